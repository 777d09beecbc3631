using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Files;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.AmazonS3;

public sealed class AmazonS3ConnectorTests
{
    private static readonly (string, string)[] Key =
        [("bucket", "example-drop"), ("region", "eu-central-1"), ("prefix", "crm/2026"), ("accessKeyId", "AKIAEXAMPLE"), ("secretAccessKey", "secret-access-key")];

    private static readonly (string, string)[] Role = [.. Key, ("roleArn", "arn:aws:iam::123456789012:role/drop"), ("externalId", "dst 1".Replace(' ', '-'))];

    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Fact]
    public async Task Deliver_Delta_PutsThePartOnlyIfItIsNew()
    {
        var wire = WireFile.Read("amazon-s3", "delta");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(outbound, Key);

        wire.ShouldBe(outbound.Sent);
        var receipt = FileReceipt.Parse(report.Outcome.ShouldBeOfType<DeliveryOutcome.Stored>().Receipt);
        receipt.Name.ShouldBe("crm/2026/lapsed_loyal/delta/dt=2026-11-22/lapsed_loyal_run_1_00000.csv");
        (receipt.Rows, receipt.Bytes).ShouldBe((2, outbound.Sent[0].Body.Length));
    }

    /// <summary>The set's manifest, written as a role: its credentials are fetched once and sign with their session token.</summary>
    [Fact]
    public async Task Complete_AsRole_FetchesCredentialsAndWritesTheManifest()
    {
        var wire = WireFile.Read("amazon-s3", "manifest-role");
        var outbound = wire.Outbound();
        var receipt = new FileReceipt("lapsed_loyal/full/dt=2026-11-22/lapsed_loyal_run_1_00000.ndjson.gz", 2, 99, "ab", ["email", "user_id"]);
        var client = Client(outbound);

        var report = await client.CompleteAsync(
            AmazonS3Connector.Definition,
            Samples.Settings([.. Role.Where(setting => setting.Item1 != "prefix"), ("fileMode", "full"), ("encryption", "aws:kms"), ("kmsKeyId", "alias/drop"), ("ownerFullControl", "true")]),
            new(Samples.AnaAndBo().Audience, "run_1", Samples.Now, IsFull: true, [receipt.ToText()]),
            CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        report.ShouldNotBeNull().Outcome.ShouldBeOfType<DeliveryOutcome.Settled>();
        report.Exchanges.ShouldAllBe(exchange => !$"{exchange.ResponseBody}".Contains("role-secret", StringComparison.Ordinal) && !$"{exchange.ResponseBody}".Contains("role-session", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deliver_TwoBatchesAsRole_FetchCredentialsOnceUntilTheyEnd()
    {
        var answers = new List<Func<SentRequest, HttpResponseMessage>> { Credentials, Ok, Ok, Credentials, Ok };
        var outbound = new ScriptedOutbound(answers);
        var client = Client(outbound);

        await DeliverAsync(client, Role);
        await DeliverAsync(client, Role);
        _time.Advance(TimeSpan.FromMinutes(59));
        await DeliverAsync(client, Role);

        outbound.Sent.Select(sent => sent.Url.Host.Split('.')[0]).ShouldBe(["sts", "example-drop", "example-drop", "sts", "example-drop"]);
    }

    [Fact]
    public async Task Deliver_RoleRefused_IsUnauthorized() => (await DeliverAsync(
        new ScriptedOutbound(ScriptedOutbound.Answer(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")), Role))
        .Outcome.ShouldBeOfType<DeliveryOutcome.Unauthorized>();

    [Fact]
    public async Task Check_Key_WritesAndDeletesAnEmptyFile()
    {
        var wire = WireFile.Read("amazon-s3", "check");
        var outbound = wire.Outbound();

        (await Client(outbound).CheckAsync(AmazonS3Connector.Definition, Samples.Settings(Key), CancellationToken.None)).ShouldAllBe(step => step.Ok);

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task Check_MayNotDelete_IsGoodAllTheSame() => (await Client(new ScriptedOutbound(Ok, Error(403, "AccessDenied")))
        .CheckAsync(AmazonS3Connector.Definition, Samples.Settings(Key), CancellationToken.None)).ShouldAllBe(step => step.Ok);

    [Theory]
    [InlineData(400, "AuthorizationHeaderMalformed", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(400, "ExpiredToken", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(400, "InvalidToken", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "AccessDenied", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "InvalidAccessKeyId", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "SignatureDoesNotMatch", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "RequestTimeTooSkewed", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, "NoSuchBucket", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, "EntityTooLarge", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, "KMS.DisabledException", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, "RequestTimeout", typeof(DeliveryOutcome.Failed))]
    [InlineData(409, "ConditionalRequestConflict", typeof(DeliveryOutcome.Failed))]
    [InlineData(500, "InternalError", typeof(DeliveryOutcome.Failed))]
    [InlineData(503, "ServiceUnavailable", typeof(DeliveryOutcome.Failed))]
    [InlineData(503, "SlowDown", typeof(DeliveryOutcome.Throttled))]
    public async Task Deliver_Error_SaysWhoMustActAndIsNeverHalved(int status, string code, Type expected)
    {
        var outcome = (await DeliverAsync(new ScriptedOutbound(Error(status, code)), Key)).Outcome;

        outcome.ShouldBeOfType(expected);
        outcome.ToString().ShouldContain(code is "NoSuchBucket" ? "does not exist" : code);
    }

    [Fact]
    public async Task Deliver_OtherRegion_NamesIt() => (await DeliverAsync(
        new ScriptedOutbound(ScriptedOutbound.Answer(301, "<Error><Code>PermanentRedirect</Code></Error>", ("x-amz-bucket-region", "us-west-2"))), Key))
        .Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>().Detail.ShouldContain("us-west-2");

    /// <summary>An earlier attempt wrote the file, and its answer was lost.</summary>
    [Fact]
    public async Task Deliver_FileIsThere_IsStored() =>
        (await DeliverAsync(new ScriptedOutbound(Error(412, "PreconditionFailed")), Key)).Outcome.ShouldBeOfType<DeliveryOutcome.Stored>();

    [Fact]
    public async Task Deliver_Retry_WritesTheSameNameAndBytes()
    {
        var outbound = new ScriptedOutbound(Error(500, "InternalError"), Error(500, "InternalError"));

        await DeliverAsync(outbound, [.. Key, ("gzip", "true")]);
        _time.Advance(TimeSpan.FromDays(2));
        await DeliverAsync(outbound, [.. Key, ("gzip", "true")]);

        outbound.Sent[1].Url.ShouldBe(outbound.Sent[0].Url);
        outbound.Sent[1].Body.ShouldBe(outbound.Sent[0].Body);
        outbound.Sent[0].Headers["content-type"].ShouldBe("application/gzip");
        outbound.Sent[0].Headers.ShouldNotContainKey("content-encoding");
    }

    [Theory]
    [InlineData("https://example-drop.s3.eu-central-1.amazonaws.com/a/dt%3D1", "bucket", "example-drop")]
    [InlineData("https://s3.eu-central-1.amazonaws.com/dotted.example/a/dt%3D1", "bucket", "dotted.example")]
    [InlineData("https://example-drop.s3.cn-north-1.amazonaws.com.cn/a/dt%3D1", "region", "cn-north-1")]
    [InlineData("https://minio.example:9000/example-drop/a/dt%3D1", "endpoint", "https://minio.example:9000/")]
    [InlineData("https://s3.eu-central-1.amazonaws.com/example-drop/a/dt%3D1", "baseUrl", "http://127.0.0.1:1/amazon-s3")]
    public void Address_Bucket_IsInTheHostWhereItMayBe(string expected, string name, string value) => AmazonS3Settings.Address(
        Samples.Settings([.. Key.Where(setting => setting.Item1 != name), (name, value)]), "a/dt=1").AbsoluteUri.ShouldBe(expected);

    [Theory]
    [InlineData("", "roleArn", "arn:aws:iam::123456789012:role/path/drop", "externalId", "abc")]
    [InlineData("/settings/roleArn required", "externalId", "abc")]
    [InlineData("/settings/encryption invalid_choice", "kmsKeyId", "alias/drop")]
    [InlineData("/settings/roleArn invalid_format", "roleArn", "drop")]
    [InlineData("/settings/bucket invalid_format", "bucket", "Bad_Name")]
    public void Check_Settings_AllFaultsAtOnce(string faults, params string[] settings)
    {
        var given = Key.ToDictionary(setting => setting.Item1, setting => setting.Item2);
        foreach (var pair in settings.Chunk(2))
        {
            given[pair[0]] = pair[1];
        }

        var found = SettingRules.Check(AmazonS3Connector.Definition, Samples.Settings([.. given.Select(pair => (pair.Key, pair.Value))]));

        string.Join(',', found.Select(fault => $"{fault.Pointer} {fault.Code}")).ShouldBe(faults);
    }

    [Fact]
    public void CapabilitiesOf_FullMode_SaysThatFilesHoldEveryone()
    {
        AmazonS3Connector.Definition.CapabilitiesOf(Samples.Settings(("fileMode", "full"))).FullFiles.ShouldBeTrue();
        AmazonS3Connector.Definition.CapabilitiesOf(Samples.Settings()).FullFiles.ShouldBeFalse();
    }

    private static HttpResponseMessage Ok(SentRequest sent) => ScriptedOutbound.Answer(200)(sent);

    private static HttpResponseMessage Credentials(SentRequest sent) => ScriptedOutbound.Answer(
        200, "<C><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-session</SessionToken></C>")(sent);

    private static Func<SentRequest, HttpResponseMessage> Error(int status, string code) => ScriptedOutbound.Answer(status, $"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no</Message></Error>");

    private ConnectorClient Client(ScriptedOutbound outbound) => new(outbound, _time);

    private Task<DeliveryReport> DeliverAsync(ScriptedOutbound outbound, (string, string)[] settings) => DeliverAsync(Client(outbound), settings);

    private static Task<DeliveryReport> DeliverAsync(ConnectorClient client, (string, string)[] settings) =>
        client.DeliverAsync(AmazonS3Connector.Definition, Samples.Settings(settings), Samples.AnaAndBo() with { Form = DeliveryForm.File }, CancellationToken.None);
}
