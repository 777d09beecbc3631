using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.AzureBlob;

/// <summary>The connector against a real blob service, which checks every signature.</summary>
public sealed class AzureBlobOnAzuriteTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>, IAsyncLifetime, IDisposable
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler());
    private readonly GuardedOutbound _outbound = new(new OutboundOptions { AllowPrivateAddresses = true }, TimeProvider.System, Dns.GetHostAddressesAsync);
    private readonly string _container = $"drop-{Guid.NewGuid():N}";
    private string _account = "";
    private string _key = "";
    private string _endpoint = "";

    public async Task InitializeAsync()
    {
        var parts = azurite.ConnectionString.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        (_account, _key, _endpoint) = (parts["AccountName"], parts["AccountKey"], parts["BlobEndpoint"].TrimEnd('/'));
        using var created = await CallAsync(HttpMethod.Put, $"{_container}?restype=container");
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _http.Dispose();
        _outbound.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Deliver_TwoPartsThenComplete_LeavesPartsAndManifestAlone(bool gzip)
    {
        var settings = WithKey(("prefix", "crm"), ("gzip", gzip ? "true" : "false"));
        var batch = Samples.AnaAndBo();
        var receipts = new List<string>();
        foreach (var part in (DeliveryBatch[])[batch, batch, batch with { Number = 1 }]) // the first arrives twice
        {
            receipts.Add((await DeliverAsync(settings, part)).ShouldBeOfType<DeliveryOutcome.Stored>().Receipt);
        }

        receipts[1].ShouldBe(receipts[0]);
        var completed = await Client().CompleteAsync(
            AzureBlobConnector.Definition, settings, new(batch.Audience, batch.RunId, batch.AsOf, IsFull: false, [receipts[0], receipts[2]]), CancellationToken.None);

        completed.ShouldNotBeNull().Outcome.ShouldBeOfType<DeliveryOutcome.Settled>();
        var names = await ListAsync();
        var folder = "crm/lapsed_loyal/delta/dt=2026-11-22/lapsed_loyal_run_1_";
        var extension = gzip ? "csv.gz" : "csv";
        names.ShouldBe([$"{folder}00000.{extension}", $"{folder}00001.{extension}", $"{folder}manifest.json"]);

        var manifest = JsonDocument.Parse(await ReadAsync(names[2])).RootElement;
        foreach (var file in manifest.GetProperty("files").EnumerateArray())
        {
            var bytes = await ReadAsync(file.GetProperty("name").GetString()!);
            bytes.Length.ShouldBe(file.GetProperty("bytes").GetInt32());
            Convert.ToHexStringLower(SHA256.HashData(bytes)).ShouldBe(file.GetProperty("sha256").GetString());
            Unpacked(bytes, gzip).ShouldBe("_op,email,orders,user_id\r\nadd,ana@example.com,3,c-1\r\nremove,,,c-9\r\n");
        }
    }

    [Fact]
    public async Task Deliver_WithSasToken_StoresTheFile()
    {
        var settings = Samples.Settings(("account", _account), ("container", _container), ("endpoint", _endpoint), ("sasToken", SasToken("racwdl")), ("format", "ndjson"));

        (await DeliverAsync(settings, Samples.AnaAndBo())).ShouldBeOfType<DeliveryOutcome.Stored>();

        (await ListAsync()).ShouldBe(["lapsed_loyal/delta/dt=2026-11-22/lapsed_loyal_run_1_00000.ndjson"]);
        (await Client().CheckAsync(AzureBlobConnector.Definition, settings, CancellationToken.None)).ShouldAllBe(step => step.Ok);
    }

    [Fact]
    public async Task Check_RightKey_Passes()
    {
        var steps = await Client().CheckAsync(AzureBlobConnector.Definition, WithKey(("prefix", "crm/2026")), CancellationToken.None);

        steps.Select(step => (step.Name, step.Ok)).ShouldBe([("resolve", true), ("connect", true), ("authenticate", true)]);
    }

    [Fact]
    public async Task Check_WrongKey_EndsAtAuthenticate()
    {
        _key = Convert.ToBase64String(new byte[64]);

        (await Client().CheckAsync(AzureBlobConnector.Definition, WithKey(), CancellationToken.None))[^1].Name.ShouldBe("authenticate");
        (await DeliverAsync(WithKey(), Samples.AnaAndBo())).ShouldBeOfType<DeliveryOutcome.Unauthorized>().Code.ShouldBe("AuthorizationFailure");
    }

    [Fact]
    public async Task Deliver_NoSuchContainer_IsMisconfigured() =>
        (await DeliverAsync(WithKey(("container", "elsewhere")), Samples.AnaAndBo())).ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("ContainerNotFound");

    private ConnectorClient Client() => new(_outbound, TimeProvider.System);

    private async Task<DeliveryOutcome> DeliverAsync(ConnectorSettings settings, DeliveryBatch batch) =>
        (await Client().DeliverAsync(AzureBlobConnector.Definition, settings, batch, CancellationToken.None)).Outcome;

    private ConnectorSettings WithKey(params (string, string)[] more)
    {
        var all = new Dictionary<string, string> { ["account"] = _account, ["container"] = _container, ["endpoint"] = _endpoint, ["accountKey"] = _key };
        foreach (var (name, value) in more)
        {
            all[name] = value;
        }

        return Samples.Settings([.. all.Select(pair => (pair.Key, pair.Value))]);
    }

    private async Task<HttpResponseMessage> CallAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, $"{_endpoint}/{path}");
        request.Headers.Add("x-ms-version", "2021-12-02");
        request.Headers.Add("x-ms-date", DateTimeOffset.UtcNow.ToString("R", CultureInfo.InvariantCulture));
        request.Headers.Authorization = SharedKey.Sign(request, 0, _account, _key);
        return await _http.SendAsync(request, CancellationToken.None);
    }

    private async Task<string[]> ListAsync()
    {
        using var response = await CallAsync(HttpMethod.Get, $"{_container}?restype=container&comp=list");
        return [.. XDocument.Parse(await response.Content.ReadAsStringAsync()).Descendants("Name").Select(name => name.Value)];
    }

    private async Task<byte[]> ReadAsync(string name)
    {
        using var response = await CallAsync(HttpMethod.Get, $"{_container}/{string.Join('/', name.Split('/').Select(Uri.EscapeDataString))}");
        response.Content.Headers.ContentEncoding.ShouldBeEmpty();
        return await response.Content.ReadAsByteArrayAsync();
    }

    private static string Unpacked(byte[] bytes, bool gzip)
    {
        using var reader = new StreamReader(gzip ? new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress) : new MemoryStream(bytes));
        return reader.ReadToEnd();
    }

    /// <summary>A service SAS for the container, version 2020-12-06 (learn.microsoft.com/rest/api/storageservices/create-service-sas).</summary>
    private string SasToken(string permissions)
    {
        var expiry = DateTimeOffset.UtcNow.AddHours(1).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var text = string.Join('\n', permissions, "", expiry, $"/blob/{_account}/{_container}", "", "", "", "2020-12-06", "c", "", "", "", "", "", "", "");
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(_key), Encoding.UTF8.GetBytes(text)));
        return $"sv=2020-12-06&sr=c&sp={permissions}&se={Uri.EscapeDataString(expiry)}&sig={Uri.EscapeDataString(signature)}";
    }
}
