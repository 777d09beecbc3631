using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Files;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.GoogleCloudStorage;

public sealed class GoogleCloudStorageConnectorTests
{
    private static readonly (string, string)[] Account = [("bucket", "example-drop"), ("serviceAccountKey", ServiceAccountKeys.Json())];

    private static readonly (string, string)[] Hmac =
        [("bucket", "example-drop"), ("prefix", "crm/2026"), ("hmacAccessId", "GOOG1EXAMPLE"), ("hmacSecret", "hmac-secret-1")];

    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Fact]
    public async Task Deliver_ServiceAccount_InsertsTheObjectOnlyIfItIsNew()
    {
        var wire = WireFile.Read("google-cloud-storage", "delta");
        var outbound = new ScriptedOutbound(Token, ScriptedOutbound.Answer(200, """{"md5Hash":"IyXcJHKpo4ehp9ukXKtawA=="}"""));

        var report = await DeliverAsync(outbound, [.. Account, ("prefix", "crm/2026")]);

        wire.ShouldBe([outbound.Sent[1]]);
        FileReceipt.Parse(report.Outcome.ShouldBeOfType<DeliveryOutcome.Stored>().Receipt).Name
            .ShouldBe("crm/2026/lapsed_loyal/delta/dt=2026-11-22/lapsed_loyal_run_1_00000.csv");
        report.Exchanges[0].RequestBody!.ShouldEndWith("assertion=redacted");
    }

    [Fact]
    public async Task Deliver_HmacKey_PutsTheObjectSigned()
    {
        var wire = WireFile.Read("google-cloud-storage", "delta-hmac");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(outbound, [.. Hmac, ("userProject", "billed-1")]);

        wire.ShouldBe(outbound.Sent);
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Stored>();
    }

    [Fact]
    public async Task Check_ServiceAccount_AsksForItsPermission()
    {
        var wire = WireFile.Read("google-cloud-storage", "check");
        var outbound = new ScriptedOutbound(Token, ScriptedOutbound.Answer(200, """{"permissions":["storage.objects.create"]}"""));

        (await CheckAsync(outbound, Account)).ShouldAllBe(step => step.Ok);

        wire.ShouldBe([outbound.Sent[1]]);
    }

    [Fact]
    public async Task Check_PermissionMissing_FailsToAuthenticate() =>
        (await CheckAsync(new ScriptedOutbound(Token, ScriptedOutbound.Answer(200, """{"kind":"storage#testIamPermissionsResponse"}""")), Account)).Last().Name.ShouldBe("authenticate");

    [Fact]
    public async Task Check_HmacKey_WritesAndDeletesAnEmptyFile()
    {
        var wire = WireFile.Read("google-cloud-storage", "check-hmac");
        var outbound = wire.Outbound();

        (await CheckAsync(outbound, Hmac)).ShouldAllBe(step => step.Ok);

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task Deliver_ClockOfTheAccountIsOff_IsUnauthorized() => (await DeliverAsync(
        new ScriptedOutbound(ScriptedOutbound.Answer(400, """{"error":"invalid_grant","error_description":"Token must be a short-lived token"}""")), Account))
        .Outcome.ShouldBeOfType<DeliveryOutcome.Unauthorized>().Detail.ShouldContain("short-lived");

    [Fact]
    public async Task Deliver_TokenRefused_IsRenewedOnce()
    {
        var outbound = new ScriptedOutbound(Token, Error(401, "authError"), Token, ScriptedOutbound.Answer(200, "{}"));

        (await DeliverAsync(outbound, Account)).Outcome.ShouldBeOfType<DeliveryOutcome.Stored>();

        outbound.Unused.ShouldBe(0);
    }

    [Theory]
    [InlineData(400, "invalid", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(403, "forbidden", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "insufficientPermissions", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "rateLimitExceeded", typeof(DeliveryOutcome.Throttled))]
    [InlineData(403, "userRateLimitExceeded", typeof(DeliveryOutcome.Throttled))]
    [InlineData(404, "notFound", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(408, "requestTimeout", typeof(DeliveryOutcome.Failed))]
    [InlineData(413, "uploadTooLarge", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(429, "rateLimitExceeded", typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, "backendError", typeof(DeliveryOutcome.Failed))]
    [InlineData(503, "backendError", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_JsonError_SaysWhoMustAct(int status, string reason, Type expected)
    {
        var outcome = (await DeliverAsync(new ScriptedOutbound(Token, Error(status, reason)), Account)).Outcome;

        outcome.ShouldBeOfType(expected);
        outcome.ToString().ShouldContain(reason);
    }

    [Theory]
    [InlineData(403, "SignatureDoesNotMatch", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "AccessDenied", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(400, "ExcessHeaderValues", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(404, "NoSuchBucket", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(429, "SlowDown", typeof(DeliveryOutcome.Throttled))]
    [InlineData(503, "ServiceUnavailable", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_XmlError_SaysWhoMustAct(int status, string code, Type expected) => (await DeliverAsync(
        new ScriptedOutbound(ScriptedOutbound.Answer(status, $"<Error><Code>{code}</Code></Error>")), Hmac)).Outcome.ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_PlainText401_IsUnauthorized() => (await DeliverAsync(
        new ScriptedOutbound(Token, ScriptedOutbound.Answer(401, "Invalid Credentials"), Token, ScriptedOutbound.Answer(401, "Invalid Credentials")), Account))
        .Outcome.ShouldBeOfType<DeliveryOutcome.Unauthorized>();

    /// <summary>An earlier attempt wrote the file, and its answer was lost.</summary>
    [Fact]
    public async Task Deliver_FileIsThere_IsStored()
    {
        (await DeliverAsync(new ScriptedOutbound(Token, Error(412, "conditionNotMet")), Account)).Outcome.ShouldBeOfType<DeliveryOutcome.Stored>();
        (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(412, "<Error><Code>PreconditionFailed</Code></Error>")), Hmac)).Outcome.ShouldBeOfType<DeliveryOutcome.Stored>();
    }

    [Fact]
    public async Task Deliver_OtherDigestThanSent_IsTriedAgain() =>
        (await DeliverAsync(new ScriptedOutbound(Token, ScriptedOutbound.Answer(200, """{"md5Hash":"AAAAAAAAAAAAAAAAAAAAAA=="}""")), Account))
            .Outcome.ShouldBeOfType<DeliveryOutcome.Failed>().Code.ShouldBe("damaged");

    [Theory]
    [InlineData("/secrets required")]
    [InlineData("/secrets ambiguous", "serviceAccountKey", "{}", "hmacSecret", "x", "hmacAccessId", "GOOG1EXAMPLE")]
    [InlineData("/settings/hmacAccessId required", "hmacSecret", "x")]
    [InlineData("/secrets/serviceAccountKey invalid_secret", "serviceAccountKey", "{}")]
    public void Check_Settings_OneWayToAuthenticate(string faults, params string[] settings)
    {
        var found = SettingRules.Check(
            GoogleCloudStorageConnector.Definition, Samples.Settings([("bucket", "example-drop"), .. settings.Chunk(2).Select(pair => (pair[0], pair[1]))]));

        string.Join(',', found.Select(fault => $"{fault.Pointer} {fault.Code}").Take(1)).ShouldBe(faults);
    }

    private static HttpResponseMessage Token(SentRequest sent) => ScriptedOutbound.Answer(200, """{"access_token":"t-1","expires_in":3599,"token_type":"Bearer"}""")(sent);

    private static Func<SentRequest, HttpResponseMessage> Error(int status, string reason) => ScriptedOutbound.Answer(
        status, $$$"""{"error":{"code":{{{status}}},"message":"no: {{{reason}}}","errors":[{"domain":"global","reason":"{{{reason}}}","message":"no"}]}}""");

    private Task<DeliveryReport> DeliverAsync(ScriptedOutbound outbound, (string, string)[] settings) => new ConnectorClient(outbound, _time).DeliverAsync(
        GoogleCloudStorageConnector.Definition, Samples.Settings(settings), Samples.AnaAndBo() with { Form = DeliveryForm.File }, CancellationToken.None);

    private async Task<IEnumerable<CheckStep>> CheckAsync(ScriptedOutbound outbound, (string, string)[] settings) =>
        await new ConnectorClient(outbound, _time).CheckAsync(GoogleCloudStorageConnector.Definition, Samples.Settings(settings), CancellationToken.None);
}
