using System.Text.Json;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

public sealed class DestinationValidatorTests
{
    private const string Entry = """{"from":"id","to":"user_id","identifier":true}""";

    private readonly DestinationWorld _world = new();

    [Fact]
    public async Task Validate_SoundBody_HasNoIssue() => (await ValidateAsync(DestinationWorld.Body)).ShouldBeEmpty();

    /// <summary>Each with what is merged into a sound body.</summary>
    public static TheoryData<string, string, string> Errors => new()
    {
        { """{"source":{"segmentId":"seg_none"}}""", "/source/segmentId", "unknown_segment" },
        { """{"source":{"segmentId":"seg_private"}}""", "/source/segmentId", "segment_private" },
        { """{"segmentId":"seg_private"}""", "/segmentId", "segment_private" },
        { """{"source":null}""", "/source/segmentId", "required" },
        { """{"connectionId":null}""", "/connectionId", "required" },
        { """{"connectionId":"con_none"}""", "/connectionId", "unknown_connection" },
        { """{"key":"Not A Key"}""", "/key", "invalid_key" },
        { """{"mode":"mirorr"}""", "/mode", "unknown_value" },
        { """{"connectionId":"con_strict"}""", "/mode", "mode_unsupported" },
        { """{"connectionId":"con_strict","mode":"updateOnly"}""", "/mode", "mode_unsupported" },
        { """{"connectionId":"con_strict","mode":"removeOnly"}""", "/mode", "mode_unsupported" },
        { """{"connectionId":"con_files","mode":"events"}""", "/mode", "mode_unsupported" },
        { """{"mapping":null}""", "/mapping", "required" },
        { """{"filters":["drop"]}""", "/filters/0", "wrong_type" },
        { """{"filters":[{"action":"drop"}]}""", "/filters/0/if", "required" },
        { """{"filters":[{"if":{"attr":"vip","op":"eq","value":true}}]}""", "/filters/0/action", "required" },
        { """{"filters":[{"action":"dropp","if":{"attr":"vip","op":"eq","value":true}}]}""", "/filters/0/action", "unknown_value" },
        { """{"filters":[{"action":"drop","if":{"attr":"vip","op":"equals","value":true}}]}""", "/filters/0/if/op", "unknown_operator" },
        { """{"filters":[{"action":"drop","when":{"attr":"orders","op":"gt","value":"3"}}]}""", "/filters/0/when/value", "type_mismatch" },
        { """{"filters":[{"action":"drop","if":{"segment":"seg_none"}}]}""", "/filters/0/if/segment", "unknown_segment" },
        { """{"filters":[{"action":"drop","if":{"attr":"vip","op":"exists"},"when":{"attr":"vip","op":"exists"}}]}""", "/filters/0/when", "ambiguous" },
        { """{"filters":[{"action":"drop","if":{"attr":"vip","op":"exists"},"percent":5}]}""", "/filters/0/percent", "unknown_field" },
        { """{"filters":[{"action":"sample"}]}""", "/filters/0/percent", "required" },
        { """{"filters":[{"action":"sample","percent":100.5}]}""", "/filters/0/percent", "out_of_range" },
        { """{"filters":[{"action":"sample","percent":0.125}]}""", "/filters/0/percent", "too_fine" },
        { """{"filters":[{"action":"sample","percent":10,"salt":""}]}""", "/filters/0/salt", "required" },
        { """{"filters":[{"action":"deny"}]}""", "/filters/0/fields", "required" },
        { """{"filters":[{"action":"deny","fields":[7]}]}""", "/filters/0/fields/0", "wrong_type" },
        { """{"filters":[{"action":"deny","fields":["emial"]}]}""", "/filters/0/fields/0", "unknown_field" },
        { """{"filters":[{"action":"allow","fields":["email"]},{"action":"deny","fields":["label","user_id"]}]}""", "/filters/1/fields/1", "required_field" },
        { """{"mapping":[]}""", "/mapping", "identifier_missing" },
        { """{"mapping":[{"from":"id","to":"user_id"}]}""", "/mapping", "identifier_missing" },
        { $$"""{"mapping":[{{Entry}},{"from":"email","to":""}]}""", "/mapping/1/to", "required" },
        { $$"""{"mapping":[{{Entry}},{"from":"email"}]}""", "/mapping/1/to", "required" },
        { $$"""{"mapping":[{{Entry}},{"to":"x"}]}""", "/mapping/1", "required" },
        { $$"""{"mapping":[{{Entry}},{"from":"email","template":"{{"{{email}}"}}","to":"x"}]}""", "/mapping/1", "source_ambiguous" },
        { $$"""{"mapping":[{{Entry}},{"from":"","to":"x"}]}""", "/mapping/1/from", "required" },
        { $$"""{"mapping":[{{Entry}},{"from":"$consents","to":"x"}]}""", "/mapping/1/from", "unknown_attribute" },
        { $$"""{"mapping":[{{Entry}},{"template":"{{"{{$times}}"}}","to":"x"}]}""", "/mapping/1/template", "unknown_attribute" },
        { $$"""{"mapping":[{{Entry}},{"template":"{{"{{email"}}","to":"x"}]}""", "/mapping/1/template", "template_invalid" },
        { $$"""{"mapping":[{{Entry}},{"from":"email","to":"user_id"}]}""", "/mapping/1/to", "duplicate_target" },
        { """{"connectionId":"con_strict","mode":"addOnly","mapping":[{"from":"email","to":"email","identifier":true},{"from":"orders","to":"ordres"}]}""", "/mapping/1/to", "unknown_field" },
        { """{"connectionId":"con_strict","mode":"addOnly","mapping":[{"from":"orders","to":"orders","identifier":true}]}""", "/mapping", "missing_identifier" },
        { """{"connectionId":"con_strict","mode":"addOnly","mapping":[{"from":"vip","to":"email","identifier":true}]}""", "/mapping/0/from", "type_clash" },
        { """{"mapping":[{"from":"id","to":"user_id","identifier":true,"nulls":"send"}]}""", "/mapping/0/nulls", "policy_conflict" },
        { """{"mapping":[{"from":"id","to":"user_id","identifier":true,"setOnce":true}]}""", "/mapping/0/setOnce", "policy_conflict" },
        { $$"""{"mapping":[{{Entry}},{"from":"email","to":"mail","setOnce":true,"nulls":"send"}]}""", "/mapping/1/setOnce", "policy_conflict" },
        { $$"""{"mapping":[{{Entry}},{"from":"email","to":"mail","nulls":"sned"}]}""", "/mapping/1/nulls", "unknown_value" },
        { $$"""{"mapping":[{{Entry}},{"category":"","to":"{{"{{name}}"}}"}]}""", "/mapping/1/category", "required" },
        { $$"""{"mapping":[{{Entry}},{"category":"shop","to":"shop"}]}""", "/mapping/1/to", "name_missing" },
        { $$"""{"mapping":[{{Entry}},{"category":"shop","to":"{{"{{category}}"}}"}]}""", "/mapping/1/to", "name_missing" },
        { $$"""{"mapping":[{{Entry}},{"category":"shop","to":"{{"{{nmae}}"}}"}]}""", "/mapping/1/to", "unknown_name" },
        { $$"""{"mapping":[{{Entry}},{"category":"shop","to":"{{"{{name"}}"}]}""", "/mapping/1/to", "template_invalid" },
        { $$"""{"mapping":[{{Entry}},{"category":"shop","to":""}]}""", "/mapping/1/to", "required" },
        { $$"""{"mapping":[{{Entry}},{"category":"shop","identifier":true}]}""", "/mapping/1/identifier", "policy_conflict" },
        { $$"""{"mapping":[{{Entry}},{"category":"shop","strategy":"all"}]}""", "/mapping/1/strategy", "strategy_conflict" },
        { $$"""{"mapping":[{{Entry}},{"category":"shop","from":"orders","to":"{{"{{name}}"}}"}]}""", "/mapping/1", "source_ambiguous" },
        { """{"mapping":[{"category":"general"}]}""", "/mapping", "identifier_missing" },
        { """{"connectionId":"con_strict","mode":"addOnly","mapping":[{"category":"general"}]}""", "/mapping", "missing_identifier" },
        { Strict("""{"from":"tags","to":"email"}"""), "/mapping/1/from", "type_clash" },
        { Strict("""{"from":"orders","to":"email"}"""), "/mapping/1/from", "type_clash" },
        { Strict("""{"from":"tags","to":"phone"}"""), "/mapping/1/from", "type_clash" },
        { Strict("""{"from":"email","to":"phone"}"""), "/mapping/1/from", "type_clash" },
        { Strict("""{"from":"country","to":"spent"}"""), "/mapping/1/from", "type_clash" },
        { Strict("""{"from":"email","to":"spent"}"""), "/mapping/1/from", "type_clash" },
        { Strict("""{"template":"{{orders}}","to":"spent"}"""), "/mapping/1/template", "type_clash" },
        { Strict("""{"value":"many","to":"spent"}"""), "/mapping/1/value", "type_clash" },
        { Strict("""{"from":"orders","to":"vip"}"""), "/mapping/1/from", "type_clash" },
        { Strict("""{"from":"orders","to":"born"}"""), "/mapping/1/from", "type_clash" },
        { Strict("""{"from":"country","to":"tags"}"""), "/mapping/1/from", "type_clash" },
        { Strict("""{"from":"tags","to":"city"}"""), "/mapping/1/from", "type_clash" },
        { """{"fromDefaults":true,"mapping":null}""", "/fromDefaults", "no_defaults" },
        { """{"schedule":{"intervalMinutes":14}}""", "/schedule/intervalMinutes", "out_of_range" },
        { """{"schedule":{"intervalMinutes":43201}}""", "/schedule/intervalMinutes", "out_of_range" },
        { """{"schedule":{"intervalMinutes":null}}""", "/schedule/intervalMinutes", "required" },
        { """{"schedule":{"cron":"0 0 6 * * *","timeZone":"UTC"}}""", "/schedule/cron", "schedule_ambiguous" },
        { """{"schedule":{"intervalMinutes":null,"cron":"0 6 * * *","timeZone":"UTC"}}""", "/schedule/cron", "invalid_cron" },
        { """{"schedule":{"intervalMinutes":null,"cron":"0 0 25 * * *","timeZone":"UTC"}}""", "/schedule/cron", "invalid_cron" },
        { """{"schedule":{"intervalMinutes":null,"cron":"0 0 6 30 2 *","timeZone":"UTC"}}""", "/schedule/cron", "schedule_never" },
        { """{"schedule":{"intervalMinutes":null,"cron":"0 0 6 * * *"}}""", "/schedule/timeZone", "required" },
        { """{"schedule":{"intervalMinutes":null,"cron":"0 0 6 * * *","timeZone":"Europe/Berln"}}""", "/schedule/timeZone", "unknown_time_zone" },
        { """{"schedule":{"timeZone":"UTC"}}""", "/schedule/timeZone", "time_zone_unused" },
        { """{"guards":{"maxRemovePercent":101}}""", "/guards/maxRemovePercent", "out_of_range" },
        { """{"guards":{"maxRemoveCount":-1}}""", "/guards/maxRemoveCount", "out_of_range" },
        { """{"guards":{"maxAddPercent":-0.5}}""", "/guards/maxAddPercent", "out_of_range" },
        { """{"guards":{"maxInvalidPercent":100.5}}""", "/guards/maxInvalidPercent", "out_of_range" },
        { """{"consentPurpose":"$all"}""", "/consentPurpose", "invalid_purpose" },
        { """{"firstRun":"backfil"}""", "/firstRun", "unknown_value" },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Validate_FaultyPart_TellsItAtItsPointer(string change, string pointer, string code)
    {
        var issues = await ValidateAsync(Changed(change));

        issues.ShouldContain(issue => issue.Pointer == pointer && issue.Code == code && issue.Severity == IssueSeverity.Error, string.Join(" | ", issues));
        (await _world.Service.CreateAsync(JsonElement.Parse(Changed(change)), default)).ShouldBeRefused("validation_failed")
            .Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldContain((pointer, code));
    }

    [Theory]
    [InlineData("""{"mode":"events","mapping":[]}""")]
    [InlineData("""{"mode":"upsert"}""")]
    [InlineData("""{"mode":"removeOnly"}""")]
    [InlineData("""{"connectionId":"con_files","mode":"mirror"}""")]
    [InlineData("""{"connectionId":"con_files","mode":"removeOnly"}""")]
    [InlineData("""{"connectionId":"con_strict","mode":"addOnly","mapping":[{"template":"{{email | lower}}","to":"email","identifier":true},{"value":"x","to":"first_name"}]}""")]
    [InlineData("""{"connectionId":"con_strict","mode":"addOnly","mapping":[{"from":"email","to":"email","identifier":true},{"from":"revenue","to":"spent"},{"from":"vip","to":"vip"},{"from":"lastOrderAt","to":"born"},{"from":"tags","to":"tags"},{"from":"orders","to":"city"}]}""")]
    [InlineData("""{"connectionId":"con_strict","mode":"addOnly","mapping":[{"from":"orders","to":"phone","identifier":true},{"value":3,"to":"spent"},{"template":"{{birthday | date: \"yyyy-MM-dd\"}}","to":"born"}]}""")]
    [InlineData("""{"source":null,"segmentId":"seg_shared"}""")]
    [InlineData("""{"mapping":[{"from":"id","to":"user_id","identifier":true},{"category":"general"},{"category":"Identifiers","to":"my {{name}}"}]}""")]
    [InlineData("""{"mapping":[{"from":"id","to":"user_id","identifier":true},{"category":"general","to":"{{suffix | upper}}","nulls":"send"}]}""")]
    [InlineData("""{"schedule":{"intervalMinutes":null,"cron":"0 0 6 * * *","timeZone":"Europe/Berlin"}}""")]
    [InlineData("""{"guards":{"maxRemovePercent":null,"maxAddPercent":500}}""")]
    [InlineData("""{"etag":"x","state":"held","lastRun":{"id":"run_1"},"nextRunAt":null,"id":"dst_1"}""")]
    public async Task Validate_SoundVariants_HaveNoIssue(string change) => (await ValidateAsync(Changed(change))).ShouldBeEmpty();

    [Fact]
    public async Task Validate_AttributeNobodyHas_IsAWarningThatSuggests()
    {
        var change = $$"""{"mapping":[{{Entry}},{"from":"ordres","to":"orders"},{"template":"{{"{{id}}{{shoe}}"}}","to":"x"}]}""";

        var issues = await ValidateAsync(Changed(change));

        issues.Select(issue => (issue.Pointer, issue.Code, issue.Severity)).ShouldBe(
        [
            ("/mapping/1/from", "unknown_attribute", IssueSeverity.Warning),
            ("/mapping/2/template", "unknown_attribute", IssueSeverity.Warning),
        ]);
        issues[0].Detail.ShouldContain("Did you mean 'orders'?");
        await _world.CreateAsync(Changed(change));
    }

    [Fact]
    public async Task Validate_UnknownTarget_SuggestsTheNearest()
    {
        var issues = await ValidateAsync(Changed("""{"connectionId":"con_strict","mode":"addOnly","mapping":[{"from":"email","to":"emial","identifier":true},{"from":"ordres","to":"orders"}]}"""));

        issues.ShouldContain(issue => issue.Detail.Contains("Did you mean 'email'?", StringComparison.Ordinal));
        issues.Select(issue => (issue.Pointer, issue.Suggestion)).ShouldBe(
            [("/mapping/0/to", "email"), ("/mapping", "email"), ("/mapping/1/from", "orders"), ("/mapping/0/identifier", null)]);
    }

    [Fact]
    public async Task Validate_CategoryThatIsEmptyOrDoesNotFit_IsAWarning()
    {
        var change = """{"connectionId":"con_strict","mode":"addOnly","mapping":[{"from":"email","to":"email","identifier":true},{"category":"shop"},{"category":"general"},{"category":"gerenal"},{"category":"identifiers"}]}""";

        var issues = await ValidateAsync(Changed(change));

        issues.ShouldAllBe(issue => issue.Severity == IssueSeverity.Warning);
        issues.Where(issue => issue.Code == "empty_category").Select(issue => (issue.Pointer, issue.Suggestion)).ShouldBe([("/mapping/1/category", null), ("/mapping/3/category", "general")]);
        var leftOut = issues.Where(issue => issue.Code == "attribute_left_out").ToList();
        leftOut.Where(issue => issue.Pointer == "/mapping/2/category").Select(issue => issue.Detail.Split('\'')[1]).ShouldBe(["birthday", "country", "lastOrderAt", "revenue"]);
        leftOut.Where(issue => issue.Pointer == "/mapping/4/category").Select(issue => issue.Detail.Split('\'')[1]).ShouldBe(["external_id", "gaid", "idfa"]);
        var created = await _world.CreateAsync(Changed(change));
        created.Mapping[1].ShouldBe(new MappingEntry { Category = "shop", To = "{{name}}" });
    }

    [Fact]
    public async Task Validate_IdentifierFlagOnAnAttribute_IsAWarning()
    {
        var issues = await ValidateAsync(Changed("""{"connectionId":"con_strict","mode":"addOnly","mapping":[{"from":"email","to":"email"},{"from":"orders","to":"orders","identifier":true}]}"""));

        issues.Select(issue => (issue.Pointer, issue.Code, issue.Severity)).ShouldBe([("/mapping/1/identifier", "not_an_identifier", IssueSeverity.Warning)]);
    }

    /// <summary>Four of five is enough; constants and attributes that nobody has are not counted.</summary>
    [Theory]
    [InlineData(8, false)]
    [InlineData(7, true)]
    [InlineData(0, true)]
    public async Task Validate_FewMembersHaveTheValue_IsAWarning(int withCountry, bool isLow)
    {
        for (var number = 0; number < 10; number++)
        {
            var profile = new Row { ["id"] = Cell.Of($"c-{number}"), ["email"] = Cell.Of($"c-{number}@example.com"), ["orders"] = Cell.Of(1L) };
            profile["country"] = number < withCountry ? Cell.Of("DE") : default;
            _world.Shards.Profiles[$"c-{number}"] = profile;
        }

        var issues = await ValidateAsync(Changed($$"""{"mapping":[{{Entry}},{"from":"country","to":"country"},{"template":"{{"{{country}}{{id}}"}}","to":"label"},{"value":1,"to":"one"}]}"""));

        issues.Select(issue => (issue.Pointer, issue.Code, issue.Severity)).ShouldBe(isLow ? [("/mapping/1/from", "low_fill_rate", IssueSeverity.Warning)] : []);
        if (isLow)
        {
            issues[0].Detail.ShouldStartWith($"{withCountry * 10} % of the segment's 10 members have a value for 'country' (less than 80 %)");
        }

        await _world.CreateAsync(Changed($$"""{"mapping":[{{Entry}},{"from":"country","to":"country"}]}"""));
    }

    [Theory]
    [InlineData("[]", "")]
    [InlineData("""{"mapping":5}""", "/mapping")]
    [InlineData("""{"maping":[]}""", "/maping")]
    [InlineData("""{"source":{"segment":"x"}}""", "/source/segment")]
    [InlineData("""{"enabled":"yes"}""", "/enabled")]
    public async Task Validate_OtherShape_IsRefused(string body, string pointer) =>
        (await _world.Validator.ValidateAsync(JsonElement.Parse(body), mayQuery: true, default)).ShouldBeRefused("validation_failed")
            .Faults.Select(fault => fault.Pointer).ShouldContain(pointer);

    [Fact]
    public async Task Validate_KeyOfAnother_IsAnIssueButNotOnesOwn()
    {
        var created = await _world.CreateAsync();

        (await ValidateAsync(DestinationWorld.Body)).ShouldHaveSingleItem().Code.ShouldBe("key_taken");
        (await ValidateAsync(Changed($$"""{"id":"{{created.Id}}"}"""))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Validate_SeveralFaults_TellsThemAllAtOnce()
    {
        var issues = await ValidateAsync("""
            {"source":{"segmentId":"seg_private"},"connectionId":"con_strict","mode":"mirror","schedule":{"intervalMinutes":1},
             "mapping":[{"from":"email","to":"emial"},{"to":"x"}],"guards":{"maxRemovePercent":-1}}
            """);

        issues.Select(issue => issue.Pointer).ShouldBe(
            ["/schedule/intervalMinutes", "/mapping/1", "/guards/maxRemovePercent", "/source/segmentId", "/mode", "/mapping/0/to"]);
    }

    private static string Strict(string entry) =>
        $$"""{"connectionId":"con_strict","mode":"addOnly","mapping":[{"from":"orders","to":"orders"},{{entry}}]}""";

    /// <summary>Whatever is wrong or suspicious; advice has tests of its own.</summary>
    private async Task<IReadOnlyList<DestinationIssue>> ValidateAsync(string body) =>
        [.. (await _world.Validator.ValidateAsync(JsonElement.Parse(body), mayQuery: true, default)).ShouldBeOk().Issues.Where(issue => issue.Severity is not IssueSeverity.Recommendation)];

    private static string Changed(string change) =>
        MergePatch.Apply(JsonElement.Parse(DestinationWorld.Body), JsonElement.Parse(change)).GetRawText();
}
