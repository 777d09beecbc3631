using Azure;
using Azure.Core;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;

namespace AudienceSync.Local;

/// <summary>What is sent, and what is made of answers, without a service.</summary>
public sealed class TablesWireTests
{
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private const string NotFound = """{"odata.error":{"code":"ResourceNotFound","message":{"lang":"en-US","value":"The specified resource does not exist.\nRequestId:x"}}}""";

    private static readonly Uri Endpoint = new("http://127.0.0.1:10002/devstoreaccount1");

    private readonly ScriptedTransport _transport = new();

    // Signatures: computed apart from this code (HMAC-SHA256 in Python) from the string that the service's documentation describes.
    [Theory]
    [InlineData("Tables", "", "Z8XisY9OdaPkicx7xCX7eg8cdhXD22lvFQImG+XNRls=")]
    [InlineData("t(PartitionKey='o%27%27brien%20%25',RowKey='%C3%A9%2B')", "$filter=x", "jlT7CjLmDaUXq5V4RZskXOirTVbDlveYWsPhc0hZr0U=")]
    [InlineData("t", "timeout=5&comp=acl", "+lqmbaCOaGTbK23I9p6XTa8R0PZcdJ4q24KKRd8Byfg=")]
    public async Task SharedKeyLite_KnownRequest_IsSignedAsDocumented(string path, string query, string signature)
    {
        var rest = new TableRest(
            Endpoint, _transport.Answer(200).Options(), _ => new SharedKeyLitePolicy(new(Account, Key), new StoppedClock(new(2026, 6, 26, 23, 39, 12, TimeSpan.Zero))));
        using var message = rest.Create(RequestMethod.Get, path);
        message.Request.Uri.Query = query;

        await rest.SendAsync(message, null, async: true, CancellationToken.None);

        var headers = _transport.Requests.Single().Headers;
        headers["x-ms-date"].ShouldBe("Fri, 26 Jun 2026 23:39:12 GMT");
        headers["Authorization"].ShouldBe($"SharedKeyLite {Account}:{signature}");
    }

    [Fact]
    public async Task AddEntity_Request_IsTheDocumentedOne()
    {
        var table = NewTable(_transport.Answer(204, "", ("ETag", "W/\"datetime'2026-11-22T07%3A09%3A51.9498760Z'\"")));

        var response = await table.AddEntityAsync(new TableEntity("p", "r")
        {
            ["S"] = "a\"b",
            ["I"] = 1,
            ["L"] = 2L,
            ["D"] = 1.0,
            ["N"] = double.NaN,
            ["B"] = true,
            ["G"] = Guid.Empty,
            ["T"] = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)).AddTicks(1),
            ["X"] = new byte[] { 0xFB, 0xFF },
            ["Nothing"] = null,
        });

        var request = _transport.Requests.Single();
        (request.Method, request.Uri.AbsoluteUri).ShouldBe(("POST", "http://127.0.0.1:10002/devstoreaccount1/t"));
        request.Body.ShouldBe(
            """
            {"PartitionKey":"p","RowKey":"r","S":"a\"b","I":1,"L@odata.type":"Edm.Int64","L":"2","D@odata.type":"Edm.Double","D":1,
            "N@odata.type":"Edm.Double","N":"NaN","B":true,"G@odata.type":"Edm.Guid","G":"00000000-0000-0000-0000-000000000000",
            "T@odata.type":"Edm.DateTime","T":"2026-01-02T02:04:05.0000001Z","X@odata.type":"Edm.Binary","X":"+/8="}
            """.ReplaceLineEndings(""));
        (request.Headers["x-ms-version"], request.Headers["DataServiceVersion"], request.Headers["Accept"], request.Headers["Prefer"], request.Headers["Content-Type"])
            .ShouldBe(("2020-12-06", "3.0", "application/json;odata=minimalmetadata", "return-no-content", "application/json"));
        response.Headers.ETag.ToString().ShouldBe("W/\"datetime'2026-11-22T07%3A09%3A51.9498760Z'\"");
    }

    [Fact]
    public async Task UpdateEntity_ETag_IsSentAsItWasRead()
    {
        const string ETag = "W/\"datetime'2026-11-22T07%3A09%3A51.9498760Z'\"";
        var table = NewTable(_transport
            .Answer(200, """{"odata.etag":"W/\"datetime'2026-11-22T07%3A09%3A51.9498760Z'\"","PartitionKey":"p","RowKey":"r"}""")
            .Answer(204).Answer(204));
        var read = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;

        await table.UpdateEntityAsync(read, read.ETag);
        await table.DeleteEntityAsync("p", "r");

        _transport.Requests[1].Headers["If-Match"].ShouldBe(ETag);
        _transport.Requests[1].Method.ShouldBe("PATCH");
        _transport.Requests[2].Headers["If-Match"].ShouldBe("*");
    }

    [Theory]
    [InlineData("""{"V@odata.type":"Edm.Int64","V":"5"}""", 5L)]
    [InlineData("""{"V":"5","V@odata.type":"Edm.Int64"}""", 5L)]
    [InlineData("""{"V":1.0}""", 1.0)]
    [InlineData("""{"V":1}""", 1)]
    [InlineData("""{"V":3000000000}""", 3000000000.0)]
    [InlineData("""{"V":1,"V@odata.type":"Edm.Double"}""", 1.0)]
    [InlineData("""{"V@odata.type":"Edm.Double","V":"-Infinity"}""", double.NegativeInfinity)]
    [InlineData("""{"V@odata.type":"Edm.String","V":"a\u00e9\n"}""", "aé\n")]
    [InlineData("""{"odata.type":"x.y","odata.id":"http://x","odata.editLink":"t","V":true}""", true)]
    [InlineData("""{"W@odata.type":"Edm.Int64","V":"text","W":"1"}""", "text")]
    [InlineData("""{"\u0056":"escaped name"}""", "escaped name")]
    [InlineData("""{"V":null}""", null)]
    public async Task GetEntity_FormsOfValues_AreRead(string row, object? expected)
    {
        var table = NewTable(_transport.Answer(200, row));

        var read = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;

        read["V"].ShouldBe(expected);
        read.Keys.ShouldNotContain(key => key.Contains("odata"));
    }

    [Fact]
    public async Task Query_EmptyPageWithAContinuation_IsNotTheEnd()
    {
        var table = NewTable(_transport
            .Answer(200, """{"value":[{"RowKey":"1"}]}""", ("x-ms-continuation-NextPartitionKey", "1!4!cA=="), ("x-ms-continuation-NextRowKey", "1!4!c+/="))
            .Answer(200, """{"odata.metadata":"m","value":[]}""", ("x-ms-continuation-NextPartitionKey", "1!4!cB=="))
            .Answer(200, """{"value":[{"RowKey":"2"},{"RowKey":"3"}]}"""));

        var rows = await table.QueryAsync<TableEntity>("A eq 'x y'", 10, ["A", "B"]).Select(row => row.RowKey).ToListAsync();

        rows.ShouldBe(["1", "2", "3"]);
        _transport.Requests.Select(request => request.Uri.PathAndQuery).ShouldBe(
        [
            "/devstoreaccount1/t()?$filter=A%20eq%20%27x%20y%27&$select=A%2CB&$top=10",
            "/devstoreaccount1/t()?$filter=A%20eq%20%27x%20y%27&$select=A%2CB&$top=10&NextPartitionKey=1%214%21cA%3D%3D&NextRowKey=1%214%21c%2B%2F%3D",
            "/devstoreaccount1/t()?$filter=A%20eq%20%27x%20y%27&$select=A%2CB&$top=10&NextPartitionKey=1%214%21cB%3D%3D",
        ]);
    }

    [Fact]
    public async Task SubmitTransaction_Request_IsTheDocumentedOne()
    {
        var table = NewTable(_transport.Answer(202, BatchAnswer("HTTP/1.1 204 No Content\r\nETag: W/\"1\"\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n")));

        var answers = await table.SubmitTransactionAsync(
        [
            new(TableTransactionActionType.Add, new TableEntity("p'", "1") { ["A"] = 1 }),
            new(TableTransactionActionType.Delete, new TableEntity("p'", "2"), new("W/\"2\"")),
        ]);

        answers.Value.Select(answer => answer.Status).ShouldBe([204, 204]);
        answers.Value[0].Headers.ETag.ToString().ShouldBe("W/\"1\"");
        var request = _transport.Requests.Single();
        request.Uri.AbsolutePath.ShouldBe("/devstoreaccount1/$batch");
        var batch = request.Headers["Content-Type"]["multipart/mixed; boundary=".Length..];
        var changeset = request.Body.Split("\r\n")[1]["Content-Type: multipart/mixed; boundary=".Length..];
        request.Body.ShouldBe($$"""
            --{{batch}}
            Content-Type: multipart/mixed; boundary={{changeset}}

            --{{changeset}}
            Content-Type: application/http
            Content-Transfer-Encoding: binary

            POST http://127.0.0.1:10002/devstoreaccount1/t HTTP/1.1
            x-ms-version: 2020-12-06
            DataServiceVersion: 3.0
            Accept: application/json;odata=minimalmetadata
            Prefer: return-no-content
            Content-Type: application/json

            {"PartitionKey":"p'","RowKey":"1","A":1}
            --{{changeset}}
            Content-Type: application/http
            Content-Transfer-Encoding: binary

            DELETE http://127.0.0.1:10002/devstoreaccount1/t(PartitionKey='p%27%27',RowKey='2') HTTP/1.1
            x-ms-version: 2020-12-06
            DataServiceVersion: 3.0
            Accept: application/json;odata=minimalmetadata
            If-Match: W/"2"


            --{{changeset}}--
            --{{batch}}--

            """.ReplaceLineEndings("\r\n"));
    }

    [Fact]
    public async Task SubmitTransaction_FailureAfterAStrayBoundary_IsRead()
    {
        var error = NotFound.Replace("The specified", "3:The specified", StringComparison.Ordinal);
        var table = NewTable(_transport.Answer(202, BatchAnswer($"--changesetresponse_1\r\nHTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n\r\n{error}\r\n")));

        var failure = await Should.ThrowAsync<TableTransactionFailedException>(
            () => table.SubmitTransactionAsync([new(TableTransactionActionType.Delete, new TableEntity("p", "r"))]));

        (failure.Status, failure.ErrorCode, failure.FailedTransactionActionIndex).ShouldBe((404, "ResourceNotFound", 3));
    }

    [Fact]
    public async Task SubmitTransaction_FewerAnswersThanActions_Fails()
    {
        var table = NewTable(_transport.Answer(202, BatchAnswer("HTTP/1.1 204 No Content\r\n\r\n")));

        await Should.ThrowAsync<RequestFailedException>(() => table.SubmitTransactionAsync(
        [
            new(TableTransactionActionType.Delete, new TableEntity("p", "1")),
            new(TableTransactionActionType.Delete, new TableEntity("p", "2")),
        ]));
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Request_TransientStatus_IsSentAgainWithItsBodyAndANewSignature(int status)
    {
        var table = NewTable(_transport.Answer(status).Fail(new IOException("reset")).Answer(204));

        (await table.AddEntityAsync(new TableEntity("p", "r") { ["A"] = "b" })).Status.ShouldBe(204);

        _transport.Requests.Count.ShouldBe(3);
        _transport.Requests.Select(request => request.Body).ShouldAllBe(body => body == """{"PartitionKey":"p","RowKey":"r","A":"b"}""");
        _transport.Requests.ShouldAllBe(request => request.Headers["Authorization"].StartsWith("SharedKeyLite"));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(409)]
    [InlineData(412)]
    public async Task Request_OtherRefusal_IsNotSentAgain(int status)
    {
        var table = NewTable(_transport.Answer(status));

        (await Should.ThrowAsync<RequestFailedException>(() => table.AddEntityAsync(new TableEntity("p", "r")))).Status.ShouldBe(status);

        _transport.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Request_TransientStatusToTheEnd_ThrowsIt()
    {
        const string Busy = """{"odata.error":{"code":"ServerBusy","message":{"value":"Try later."}}}""";
        var table = NewTable(_transport.Answer(503, Busy).Answer(503, Busy).Answer(503, Busy).Answer(503, Busy));

        var failure = await Should.ThrowAsync<RequestFailedException>(() => table.GetEntityAsync<TableEntity>("p", "r"));

        (failure.Status, failure.ErrorCode, _transport.Requests.Count).ShouldBe((503, "ServerBusy", 4));
    }

    [Theory]
    [InlineData(NotFound, "ResourceNotFound", "does not exist")]
    [InlineData("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Error><Code>InvalidHeaderValue</Code><Message>A version.</Message></Error>", "InvalidHeaderValue", "A version.")]
    [InlineData(
        "<?xml version=\"1.0\"?><m:error xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\"><m:code>AuthenticationFailed</m:code><m:message>No.</m:message></m:error>",
        "AuthenticationFailed", "No.")]
    [InlineData("""{"odata.error":{"code":"","message":{"value":"Odd."}}}""", "", "Odd.")]
    public async Task Failure_KnownBodies_GiveCodeAndMessage(string body, string code, string message)
    {
        var table = NewTable(_transport.Answer(400, body));

        var failure = await Should.ThrowAsync<RequestFailedException>(() => table.AddEntityAsync(new TableEntity("p", "r")));

        failure.ErrorCode.ShouldBe(code);
        failure.Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bad gateway")]
    [InlineData("[1]")]
    [InlineData("{\"odata.error\":7}")]
    [InlineData("<html><body>Proxy</body></html>")]
    public async Task Failure_OtherBodies_GiveTheStatus(string body)
    {
        var table = NewTable(_transport.Answer(400, body));

        var failure = await Should.ThrowAsync<RequestFailedException>(() => table.AddEntityAsync(new TableEntity("p", "r")));

        failure.Status.ShouldBe(400);
        failure.ErrorCode.ShouldBeNull();
    }

    [Fact]
    public async Task CreateIfNotExists_TableBeingDeleted_Throws()
    {
        var table = NewTable(_transport.Answer(409, """{"odata.error":{"code":"TableBeingDeleted","message":{"value":"Wait."}}}"""));

        var failure = await Should.ThrowAsync<RequestFailedException>(() => table.CreateIfNotExistsAsync());

        (failure.ErrorCode == TableErrorCode.TableBeingDeleted).ShouldBeTrue();
    }

    [Fact]
    public async Task TokenCredential_OverHttps_SendsTheToken()
    {
        var credential = new FixedToken();
        var table = new TableClient(new("https://acct.table.core.windows.net"), "t", credential, _transport.Answer(204).Options());

        await table.AddEntityAsync(new TableEntity("p", "r"));

        _transport.Requests.Single().Headers["Authorization"].ShouldBe("Bearer the-token");
        credential.Scopes.ShouldBe(["https://storage.azure.com/.default"]);
        table.AccountName.ShouldBe("acct");
    }

    [Fact]
    public async Task TokenCredential_OverHttp_SendsNothing()
    {
        var table = new TableClient(Endpoint, "t", new FixedToken(), _transport.Options());

        await Should.ThrowAsync<InvalidOperationException>(() => table.AddEntityAsync(new TableEntity("p", "r")));

        _transport.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task SharedAccessSignature_CredentialOrAddress_IsInTheQueryOnce()
    {
        _transport.Answer(503).Answer(200, """{"value":[]}""").Answer(200, """{"value":[]}""").Answer(200, """{"value":[]}""");
        TableClient[] tables =
        [
            new(new("https://acct.table.core.windows.net/t"), new AzureSasCredential("?sv=1&sig=a%2Bb"), _transport.Options()),
            new(new("https://acct.table.core.windows.net/t?sv=1&sig=a%2Bb"), _transport.Options()),
            new("TableEndpoint=https://acct.table.core.windows.net/;SharedAccessSignature=sv=1&sig=a%2Bb", "t", _transport.Options()),
        ];

        foreach (var table in tables) (await table.QueryAsync<TableEntity>(maxPerPage: 1).ToListAsync()).ShouldBeEmpty();

        _transport.Requests.Count.ShouldBe(4);
        foreach (var request in _transport.Requests)
        {
            request.Uri.AbsolutePath.ShouldBe("/t()");
            request.Uri.Query.TrimStart('?').Split('&').ShouldBe(["sv=1", "sig=a%2Bb", "$top=1"], ignoreOrder: true);
        }

        tables.ShouldAllBe(table => table.Name == "t" && table.AccountName == "acct" && table.Uri == new Uri("https://acct.table.core.windows.net/t"));
    }

    private static TableClient NewTable(ScriptedTransport transport) => new(Endpoint, "t", new TableSharedKeyCredential(Account, Key), transport.Options());

    private static string BatchAnswer(params string[] answers) =>
        "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n"
        + string.Concat(answers.Select(answer => $"--changesetresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n{answer}"))
        + "--changesetresponse_1--\r\n--batchresponse_1--\r\n";

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    private sealed class FixedToken : TokenCredential
    {
        public string[] Scopes { get; private set; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Scopes = requestContext.Scopes;
            return new("the-token", DateTimeOffset.MaxValue);
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
