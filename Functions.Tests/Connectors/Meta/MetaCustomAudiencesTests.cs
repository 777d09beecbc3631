using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Meta;

public sealed class MetaCustomAudiencesTests
{
    private const string Type = "meta-custom-audiences";

    private static readonly (string, string)[] Token = [("adAccountId", "123"), ("accessToken", "token-1")];

    private static readonly AudienceRef Unknown = new("dst_1", "lapsed_loyal", "Lapsed loyal", null);

    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Fact]
    public async Task Deliver_Adds_PostsSchemaAndRows()
    {
        var wire = WireFile.Read(Type, "add");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(outbound, Full(), Bo(DeliveryOperation.Add));

        wire.ShouldBe(outbound.Sent);
        Fates(report).ShouldBe([RowFate.Accepted, RowFate.Accepted]);
    }

    /// <summary>Trap: a removal takes the person out of this audience and touches nothing else.</summary>
    [Fact]
    public async Task Deliver_Removals_DeleteWithTheSameBody()
    {
        var wire = WireFile.Read(Type, "remove");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(outbound, Bo(DeliveryOperation.Remove));

        wire.ShouldBe(outbound.Sent);
        Fates(report).ShouldBe([RowFate.Accepted]);
    }

    [Fact]
    public async Task Deliver_AppSecret_SendsItsProofAndTheDefaultCountry()
    {
        var wire = WireFile.Read(Type, "app-secret");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(outbound, [.. Token, ("appSecret", "app-secret-1"), ("defaultCountry", "DE"), ("apiVersion", "v24.0")],
            Row("c-1", DeliveryOperation.Update, ("EMAIL", "ana@example.com"), ("COUNTRY", "US"), ("LOOKALIKE_VALUE", 12.5m)),
            Row("c-2", DeliveryOperation.Update, ("EMAIL", "bo@example.com"), ("LOOKALIKE_VALUE", "-3")));

        wire.ShouldBe(outbound.Sent);
        report.Exchanges.ShouldAllBe(exchange => !exchange.Url.Contains("appsecret_proof=080", StringComparison.Ordinal) && exchange.Url.Contains("redacted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deliver_NothingToMatchBy_IsRejectedWithoutACall()
    {
        var outbound = new ScriptedOutbound(Receipt(1, 0));

        var report = await DeliverAsync(
            outbound, Row("c-1", DeliveryOperation.Add, ("PHONE", "+000"), ("COUNTRY", "DE")), Row("c-2", DeliveryOperation.Add, ("EMAIL", "bo@example.com")));

        Fates(report).ShouldBe([RowFate.Rejected, RowFate.Accepted]);
        outbound.Sent.ShouldHaveSingleItem().Text.ShouldNotContain("\"\"]");
    }

    [Fact]
    public async Task Deliver_SampleNamesTheInvalidEntry_ItsRowIsRejected()
    {
        var wire = WireFile.Read(Type, "invalid-entry");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(
            outbound, Row("c-1", DeliveryOperation.Add, ("EMAIL", "ana@example.com")), Row("c-2", DeliveryOperation.Add, ("EMAIL", "bo@example.com")));

        wire.ShouldBe(outbound.Sent);
        Fates(report).ShouldBe([RowFate.Accepted, RowFate.Rejected]);
    }

    [Fact]
    public async Task Deliver_OneOfTwoIsInvalidAndNotNamed_TheBatchIsHalved() =>
        (await DeliverAsync(new ScriptedOutbound(Receipt(2, 1)), Ana(), Bo(DeliveryOperation.Add))).Outcome.ShouldBeOfType<DeliveryOutcome.Refused>().Code.ShouldBe("invalid_entry");

    [Fact]
    public async Task Deliver_AllAreInvalid_AllAreRejected() =>
        Fates(await DeliverAsync(new ScriptedOutbound(Receipt(2, 2)), Ana(), Bo(DeliveryOperation.Add))).ShouldBe([RowFate.Rejected, RowFate.Rejected]);

    /// <summary>Looking for each would take thousands of calls: they stay uncertain, in plain sight, and go out with the next run.</summary>
    [Fact]
    public async Task Deliver_ManyAreInvalid_AllAreUncertain()
    {
        var rows = Enumerable.Range(0, 100).Select(number => Row($"c-{number}", DeliveryOperation.Add, ("EMAIL", $"m{number}@example.com"))).ToArray();

        var report = await DeliverAsync(new ScriptedOutbound(Receipt(100, 17)), rows);

        Fates(report).ShouldAllBe(fate => fate == RowFate.Uncertain);
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows[0].Detail!.ShouldContain("17 of 100");
    }

    [Theory]
    [InlineData(400, 4, 0, typeof(DeliveryOutcome.Throttled))]
    [InlineData(400, 17, 2446079, typeof(DeliveryOutcome.Throttled))]
    [InlineData(400, 32, 0, typeof(DeliveryOutcome.Throttled))]
    [InlineData(400, 613, 1487742, typeof(DeliveryOutcome.Throttled))]
    [InlineData(429, 80003, 0, typeof(DeliveryOutcome.Throttled))]
    [InlineData(400, 80014, 0, typeof(DeliveryOutcome.Throttled))]
    [InlineData(400, 1, 0, typeof(DeliveryOutcome.Failed))]
    [InlineData(500, 2, 0, typeof(DeliveryOutcome.Failed))]
    [InlineData(400, 341, 0, typeof(DeliveryOutcome.Failed))]
    [InlineData(400, 368, 0, typeof(DeliveryOutcome.Failed))]
    [InlineData(400, 5000, 0, typeof(DeliveryOutcome.Failed))]
    [InlineData(400, 21009, 0, typeof(DeliveryOutcome.Failed))]
    [InlineData(500, 99999, 0, typeof(DeliveryOutcome.Failed))]
    [InlineData(400, 190, 463, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(401, 190, 460, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(400, 102, 0, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(400, 10, 0, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(403, 200, 0, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, 294, 0, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, 3, 0, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, 100, 33, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, 100, 1713230, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, 2650, 0, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, 2655, 0, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, 1487301, 0, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, 1487366, 0, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, 100, 0, typeof(DeliveryOutcome.Refused))]
    [InlineData(400, 105, 0, typeof(DeliveryOutcome.Refused))]
    [InlineData(200, 190, 0, typeof(DeliveryOutcome.Unauthorized))]
    public async Task Deliver_Error_ItsCodeDecides(int status, int code, int sub, Type expected)
    {
        var answer = ScriptedOutbound.Answer(status, $$"""{"error":{"message":"(#{{code}}) no","type":"OAuthException","code":{{code}},"error_subcode":{{sub}},"fbtrace_id":"A"} }""");

        var outcome = (await DeliverAsync(new ScriptedOutbound(answer), Ana())).Outcome;

        outcome.ShouldBeOfType(expected);
        outcome.ToString().ShouldContain($"graph_{code}");
    }

    [Fact]
    public async Task Deliver_ErrorForPeople_IsTheDetail()
    {
        var answer = ScriptedOutbound.Answer(400, """{"error":{"message":"raw","code":2655,"error_user_title":"Terms not accepted","error_user_msg":"Accept the terms."}}""");

        (await DeliverAsync(new ScriptedOutbound(answer), Ana())).Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>().Detail.ShouldBe("Terms not accepted: Accept the terms.");
    }

    [Fact]
    public async Task Deliver_TransientByFlag_IsTriedAgain() => (await DeliverAsync(
        new ScriptedOutbound(ScriptedOutbound.Answer(400, """{"error":{"message":"busy","code":4711,"is_transient":true}}""")), Ana())).Outcome.ShouldBeOfType<DeliveryOutcome.Failed>();

    [Fact]
    public async Task Deliver_ValueMissingInAValueBasedAudience_IsNobodysRowsFault() => (await DeliverAsync(
        new ScriptedOutbound(ScriptedOutbound.Answer(400, """{"error":{"message":"(#100) Value-Based Custom Audience requires LOOKALIKE_VALUE attribute.","code":100}}""")), Ana()))
        .Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>();

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    [InlineData(502)]
    public async Task Deliver_PageInsteadOfJson_IsTriedAgain(int status) =>
        (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, "<!DOCTYPE html><html/>")), Ana())).Outcome.ShouldBeOfType<DeliveryOutcome.Failed>();

    [Fact]
    public async Task Deliver_Throttled_WaitsAsTheUsageHeaderSays()
    {
        var wire = WireFile.Read(Type, "throttled");

        (await DeliverAsync(wire.Outbound(), Ana())).Outcome.ShouldBeOfType<DeliveryOutcome.Throttled>().RetryAfter.ShouldBe(TimeSpan.FromMinutes(19));
    }

    [Fact]
    public async Task Resolve_NameOnTheSecondPage_IsFound()
    {
        var wire = WireFile.Read(Type, "find");
        var outbound = wire.Outbound();

        var found = await Client(outbound).ResolveAudienceAsync(MetaCustomAudiences.Definition, Samples.Settings(Token), Unknown, CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        found.ExternalId.ShouldBe("6002");
    }

    [Fact]
    public async Task Resolve_NoSuchName_CreatesTheAudience()
    {
        var wire = WireFile.Read(Type, "create");
        var outbound = wire.Outbound();

        var found = await Client(outbound).ResolveAudienceAsync(
            MetaCustomAudiences.Definition, Samples.Settings([.. Token, ("valueBased", "true")]), Unknown, CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        found.ExternalId.ShouldBe("6003");
    }

    [Fact]
    public async Task Check_AccountIsListed_IsGood()
    {
        var wire = WireFile.Read(Type, "check");
        var outbound = wire.Outbound();

        (await CheckAsync(outbound)).ShouldAllBe(step => step.Ok);

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task Check_AccountIsNotListed_SaysSo() =>
        (await CheckAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"data":[{"id":"act_999","name":"Other"}]}"""))))
            .Last().ShouldSatisfyAllConditions(step => step.Ok.ShouldBeFalse(), step => step.Detail!.ShouldContain("act_123"));

    [Fact]
    public async Task Check_BadToken_FailsToAuthenticate() =>
        (await CheckAsync(new ScriptedOutbound(ScriptedOutbound.Answer(400, """{"error":{"message":"Invalid OAuth access token.","code":190}}"""))))
            .Last().ShouldSatisfyAllConditions(step => step.Ok.ShouldBeFalse(), step => step.Name.ShouldBe("authenticate"));

    private static DeliveryRow Ana() => Row("c-1", DeliveryOperation.Add, ("EXTERN_ID", "c-1"), ("EMAIL", "ana@example.com"));

    private static DeliveryRow Bo(DeliveryOperation operation) => Row("c-9", operation, ("EXTERN_ID", "c-9"), ("EMAIL", " Bo@Example.com"), ("PHONE", "+44 20 7946 0958"));

    private static DeliveryRow Full() => Row(
        "user-full", DeliveryOperation.Add,
        ("EXTERN_ID", "user-full"), ("EMAIL", "user1@example.com"), ("PHONE", "+1-555-123-4567"), ("DOBY", "1990"), ("DOBM", "01"), ("DOBD", "15"), ("FN", "John"), ("LN", "Doe"),
        ("FI", "J"), ("GEN", "male"), ("CT", "San Francisco"), ("ST", "California"), ("ZIP", "92000"), ("COUNTRY", "US"), ("MADID", "AB12CD-E345-FG67"));

    private static DeliveryRow Row(string id, DeliveryOperation operation, params (string, object)[] fields) => Samples.Row(id, operation, fields);

    private static Func<SentRequest, HttpResponseMessage> Receipt(int received, int invalid) => ScriptedOutbound.Answer(
        200, $$$"""{"audience_id":"6001","session_id":"1","num_received":{{{received}}},"num_invalid_entries":{{{invalid}}},"invalid_entry_samples":{}}""");

    private static IEnumerable<RowFate> Fates(DeliveryReport report) => report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Fate);

    private ConnectorClient Client(ScriptedOutbound outbound) => new(outbound, _time);

    private Task<DeliveryReport> DeliverAsync(ScriptedOutbound outbound, params DeliveryRow[] rows) => DeliverAsync(outbound, Token, rows);

    private Task<DeliveryReport> DeliverAsync(ScriptedOutbound outbound, (string, string)[] settings, params DeliveryRow[] rows) => Client(outbound).DeliverAsync(
        MetaCustomAudiences.Definition, Samples.Settings(settings), Samples.Batch(rows) with { Audience = Unknown with { ExternalId = "6001" } }, CancellationToken.None);

    private async Task<IEnumerable<CheckStep>> CheckAsync(ScriptedOutbound outbound) =>
        await Client(outbound).CheckAsync(MetaCustomAudiences.Definition, Samples.Settings(Token), CancellationToken.None);
}
