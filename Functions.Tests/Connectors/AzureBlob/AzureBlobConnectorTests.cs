using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Files;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.AzureBlob;

public sealed class AzureBlobConnectorTests
{
    private static readonly (string, string)[] Sas =
        [("account", "exampleacct"), ("container", "drop"), ("prefix", "crm/2026"), ("sasToken", "?sv=2022&sig=s3cret%2B")];

    private static readonly (string, string)[] Principal =
        [("account", "exampleacct"), ("container", "drop"), ("tenantId", "contoso.example"), ("clientId", "app-1"), ("clientSecret", "s3cret")];

    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Fact]
    public async Task Deliver_Delta_UploadsPublishesAndCleansUp()
    {
        var wire = WireFile.Read("azure-blob", "delta-sas");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(outbound, Sas);

        wire.ShouldBe(outbound.Sent);
        var receipt = FileReceipt.Parse(report.Outcome.ShouldBeOfType<DeliveryOutcome.Stored>().Receipt);
        receipt.Name.ShouldBe("crm/2026/lapsed_loyal/delta/dt=2026-11-22/lapsed_loyal_run_1_00000.csv");
        (receipt.Rows, receipt.Bytes).ShouldBe((2, outbound.Sent[0].Body.Length));
        report.Exchanges.ShouldAllBe(exchange => !exchange.ToString().Contains("s3cret", StringComparison.Ordinal));
        report.Exchanges.SelectMany(exchange => exchange.RequestHeaders).ShouldAllBe(header => !header.Value.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Complete_FullSet_WritesTheManifest()
    {
        var wire = WireFile.Read("azure-blob", "manifest");
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"access_token":"t-1","expires_in":3599}"""), ScriptedOutbound.Answer(201));
        var receipt = new FileReceipt("lapsed_loyal/full/dt=2026-11-22/lapsed_loyal_run_1_00000.ndjson.gz", 2, 99, "ab", ["email", "user_id"]);

        var report = await Client(outbound).CompleteAsync(
            AzureBlobConnector.Definition,
            Samples.Settings([.. Principal, ("fileMode", "full"), ("format", "ndjson"), ("gzip", "true")]),
            new(Samples.AnaAndBo().Audience, "run_1", Samples.Now, IsFull: true, [receipt.ToText()]),
            CancellationToken.None);

        wire.ShouldBe([outbound.Sent[1]]);
        report.ShouldNotBeNull().Outcome.ShouldBeOfType<DeliveryOutcome.Settled>();
    }

    [Fact]
    public async Task Check_ServicePrincipal_FetchesATokenAndListsTheContainer()
    {
        var wire = WireFile.Read("azure-blob", "token");
        var outbound = wire.Outbound();

        var steps = await Client(outbound).CheckAsync(AzureBlobConnector.Definition, Samples.Settings([.. Principal, ("prefix", "crm/2026")]), CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        steps.ShouldAllBe(step => step.Ok);
    }

    [Fact]
    public async Task Deliver_CopyTakesItsTime_IsAwaited()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(201),
            ScriptedOutbound.Answer(202, null, ("x-ms-copy-status", "pending")),
            ScriptedOutbound.Answer(200, null, ("x-ms-copy-status", "pending")),
            ScriptedOutbound.Answer(200, null, ("x-ms-copy-status", "success")),
            ScriptedOutbound.Answer(202));

        var delivery = DeliverAsync(outbound, Sas);
        _time.Advance(TimeSpan.FromSeconds(1));

        (await delivery).Outcome.ShouldBeOfType<DeliveryOutcome.Stored>();
        outbound.Sent.Select(sent => sent.Method).ShouldBe(["PUT", "PUT", "HEAD", "HEAD", "DELETE"]);
    }

    [Fact]
    public async Task Deliver_CopyFails_IsTriedAgainAndNotStored()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(201), ScriptedOutbound.Answer(202, null, ("x-ms-copy-status", "aborted")));

        (await DeliverAsync(outbound, Sas)).Outcome.ShouldBeOfType<DeliveryOutcome.Failed>().Code.ShouldBe("copy_failed");
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    public async Task Deliver_TemporaryFileStays_IsStoredAllTheSame(int status) =>
        (await DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(201), ScriptedOutbound.Answer(202, null, ("x-ms-copy-status", "success")), ScriptedOutbound.Answer(status)), Sas))
            .Outcome.ShouldBeOfType<DeliveryOutcome.Stored>();

    [Theory]
    [InlineData(400, "InvalidResourceName", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(401, "InvalidAuthenticationInfo", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "AuthenticationFailed", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "AuthorizationPermissionMismatch", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, "ContainerNotFound", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(409, "ContainerBeingDeleted", typeof(DeliveryOutcome.Failed))]
    [InlineData(411, "MissingContentLengthHeader", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(412, "LeaseIdMissing", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(413, "RequestBodyTooLarge", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(429, "TooManyRequests", typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, "OperationTimedOut", typeof(DeliveryOutcome.Failed))]
    [InlineData(503, "ServerBusy", typeof(DeliveryOutcome.Throttled))]
    [InlineData(503, "Unknown", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Error_SaysWhoMustActAndIsNeverHalved(int status, string code, Type expected)
    {
        foreach (var before in (int[])[0, 1])
        {
            var outbound = new ScriptedOutbound(Enumerable.Repeat(ScriptedOutbound.Answer(201), before).Append(ScriptedOutbound.Answer(status, null, ("x-ms-error-code", code))));

            var outcome = (await DeliverAsync(outbound, Sas)).Outcome;

            outcome.ShouldBeOfType(expected);
            outcome.ToString().ShouldContain(code);
        }
    }

    [Fact]
    public async Task Deliver_Retry_WritesTheSameNamesAndBytes()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(500), ScriptedOutbound.Answer(500));
        (string, string)[] settings = [.. Sas, ("gzip", "true")];

        await DeliverAsync(outbound, settings);
        _time.Advance(TimeSpan.FromDays(2));
        await DeliverAsync(outbound, settings);

        outbound.Sent[1].Url.ShouldBe(outbound.Sent[0].Url);
        outbound.Sent[1].Body.ShouldBe(outbound.Sent[0].Body);
        outbound.Sent[0].Headers["content-type"].ShouldBe("application/gzip");
        outbound.Sent[0].Headers.ShouldNotContainKey("content-encoding");
    }

    [Fact]
    public void CapabilitiesOf_FullMode_SaysThatFilesHoldEveryone()
    {
        AzureBlobConnector.Definition.CapabilitiesOf(Samples.Settings(("fileMode", "full"))).FullFiles.ShouldBeTrue();
        AzureBlobConnector.Definition.CapabilitiesOf(Samples.Settings()).FullFiles.ShouldBeFalse();
    }

    [Theory]
    [InlineData("/secrets required")]
    [InlineData("/secrets ambiguous", "accountKey", "YWNjZXNzLWtleQ==", "sasToken", "sv=1&sig=2")]
    [InlineData("/secrets/accountKey invalid_secret", "accountKey", "AccountKey=abc")]
    [InlineData("/secrets/sasToken invalid_format", "sasToken", "sv=1&se=2")]
    [InlineData("/settings/tenantId required,/settings/clientId required", "clientSecret", "s3cret")]
    [InlineData("/settings/container invalid_format", "accountKey", "YWNjZXNzLWtleQ==", "container", "Bad--Name")]
    [InlineData("/settings/prefix invalid_format", "accountKey", "YWNjZXNzLWtleQ==", "prefix", "../up")]
    [InlineData("/settings/prefix invalid_format", "accountKey", "YWNjZXNzLWtleQ==", "prefix", "/lead")]
    [InlineData("/settings/account invalid_format", "accountKey", "YWNjZXNzLWtleQ==", "account", "My-Account")]
    [InlineData("", "accountKey", "YWNjZXNzLWtleQ==", "prefix", "a/b=1/c.d")]
    public void Check_Settings_NameWhatIsWrong(string expected, params string[] pairs)
    {
        var settings = new Dictionary<string, string> { ["account"] = "exampleacct", ["container"] = "drop" };
        foreach (var pair in pairs.Chunk(2))
        {
            settings[pair[0]] = pair[1];
        }

        string.Join(',', SettingRules.Check(AzureBlobConnector.Definition, Samples.Settings([.. settings.Select(pair => (pair.Key, pair.Value))]))
            .Select(fault => $"{fault.Pointer} {fault.Code}")).ShouldBe(expected);
    }

    private ConnectorClient Client(IOutbound outbound) => new(outbound, _time);

    private Task<DeliveryReport> DeliverAsync(IOutbound outbound, params (string, string)[] settings) =>
        Client(outbound).DeliverAsync(AzureBlobConnector.Definition, Samples.Settings(settings), Samples.AnaAndBo(), CancellationToken.None);
}
