using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Segments;

public sealed class SegmentServiceTests
{
    private const string Rule = """{"attr":"orders","op":"gte","value":3}""";

    private readonly MemorySegmentStore _store = new();
    private readonly MemorySegmentSizes _sizes = new();
    private readonly FakeSegmentUsage _usage = new();
    private readonly ManualTimeProvider _time = new(new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero));
    private readonly SegmentService _segments;

    public SegmentServiceTests() => _segments = new(_store, _sizes, [_usage], new FakeCatalog(), _time);

    [Fact]
    public async Task Create_NameAndRules_MakesASharedSegmentWithAKey()
    {
        var view = await CreateAsync($$"""{"name":"Lapsed loyal (ÄÖ)","rules":{{Rule}}}""");

        view.Id.ShouldStartWith("seg_");
        view.Key.ShouldBe("lapsed-loyal-ao");
        (view.Name, view.Description, view.Visibility).ShouldBe(("Lapsed loyal (ÄÖ)", "", SegmentVisibility.Shared));
        (view.Locked, view.LockedBy.Length).ShouldBe((false, 0));
        view.CreatedAt.ShouldBe(_time.GetUtcNow());
    }

    [Fact]
    public async Task Create_Answer_HasTheShapeOfTheContract()
    {
        var view = await CreateAsync($$"""{"key":"loyal","name":"Loyal","visibility":"private","rules":{{Rule}}}""");
        _usage.Feed(view.Id, "dst_1", locks: true);
        var json = JsonSerializer.SerializeToElement(Ok(await _segments.GetAsync(view.Id, default)), SegmentsJson.Default.SegmentView);

        json.EnumerateObject().Select(field => field.Name).ShouldBe(
            ["id", "key", "name", "description", "visibility", "status", "etag", "locked", "lockedBy", "rules", "size", "sizeAsOf", "trend", "createdAt", "updatedAt", "rulesUpdatedAt"]);
        json.GetProperty("visibility").GetString().ShouldBe("private");
        json.GetProperty("locked").GetBoolean().ShouldBeTrue();
        json.GetProperty("lockedBy").GetRawText().ShouldBe("""[{"type":"destination","id":"dst_1","name":"To dst_1"}]""");
        json.GetProperty("rules").GetRawText().ShouldBe(Rule);
        json.GetProperty("createdAt").GetString().ShouldBe("2026-11-22T10:00:00Z");
        json.GetProperty("etag").GetString().ShouldNotBeNull().ShouldStartWith("\"");
    }

    [Fact]
    public async Task Create_ManyFaults_ReportsThemAllWithPointers()
    {
        var refusal = Refused(await _segments.CreateAsync(
            Json("""{"key":"No Key","visibility":"public","naem":"x","rules":{"all":[{"attr":"orders","op":"gte","value":"three"},{"segment":"seg_none"}]}}"""), default));

        (refusal.Kind, refusal.Code).ShouldBe((RefusalKind.Invalid, "validation_failed"));
        refusal.Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldBe(
            [("/name", "missing_field"), ("/visibility", "unknown_value"), ("/rules/all/0/value", "type_mismatch"), ("/key", "invalid_key"), ("/naem", "unknown_field")],
            ignoreOrder: true);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"name":"  ","rules":{"attr":"x","op":"exists"}}""")]
    [InlineData("""{"name":null,"rules":null}""")]
    public async Task Create_WithoutNameOrRules_IsRefused(string body) =>
        Refused(await _segments.CreateAsync(Json(body), default)).Faults.ShouldNotBeEmpty();

    [Fact]
    public async Task Create_KeyTaken_RefusesAGivenKeyAndVariesAMadeOne()
    {
        await CreateAsync($$"""{"key":"vip","name":"First","rules":{{Rule}}}""");

        var refusal = Refused(await _segments.CreateAsync(Json($$"""{"key":"vip","name":"Second","rules":{{Rule}}}"""), default));
        (refusal.Kind, refusal.Code).ShouldBe((RefusalKind.Conflict, "key_taken"));
        (await CreateAsync($$"""{"name":"VIP","rules":{{Rule}}}""")).Key.ShouldBe("vip-2");
    }

    [Fact]
    public async Task Create_ReferenceToNothing_IsAFaultAtTheReference()
    {
        var refusal = Refused(await _segments.CreateAsync(Json("""{"name":"A","rules":{"all":[{"not":{"segment":"seg_none"}}]}}"""), default));

        refusal.Faults.ShouldHaveSingleItem().Pointer.ShouldBe("/rules/all/0/not/segment");
        refusal.Faults[0].Code.ShouldBe("unknown_segment");
    }

    [Fact]
    public async Task Patch_RuleThatLeadsBack_NamesThePath()
    {
        var a = await CreateAsync($$"""{"key":"a","name":"A","rules":{{Rule}}}""");
        var b = await CreateAsync($$$$"""{"key":"b","name":"B","rules":{"not":{"segment":"{{{{a.Id}}}}"}}}""");
        var c = await CreateAsync($$$$"""{"key":"c","name":"C","rules":{"any":[{"segment":"{{{{b.Id}}}}"}]}}""");

        var refusal = Refused(await PatchAsync(a, $$$$"""{"rules":{"all":[{{{{Rule}}}},{"segment":"{{{{c.Id}}}}"}]}}"""));
        var fault = refusal.Faults.ShouldHaveSingleItem();
        (fault.Pointer, fault.Code).ShouldBe(("/rules/all/1/segment", "segment_cycle"));
        fault.Detail.ShouldContain("a → c → b → a");

        Refused(await PatchAsync(a, $$$$"""{"rules":{"segment":"{{{{a.Id}}}}"}}""")).Faults.ShouldHaveSingleItem().Detail.ShouldContain("a → a");
    }

    [Fact]
    public async Task Resolve_NestedReferences_ReplacesThemAll()
    {
        var a = await CreateAsync($$"""{"key":"a","name":"A","rules":{{Rule}}}""");
        var b = await CreateAsync($$$$"""{"key":"b","name":"B","rules":{"not":{"segment":"{{{{a.Id}}}}"}}}""");
        var c = await CreateAsync($$$$"""{"key":"c","name":"C","rules":{"any":[{"segment":"{{{{b.Id}}}}"},{"segment":"{{{{a.Id}}}}"}]}}""");

        RuleWriter.ToJson(Ok(await _segments.ResolveAsync(c.Id, default))).GetRawText().ShouldBe($$$$"""{"any":[{"not":{{{{Rule}}}}},{{{{Rule}}}}]}""");
    }

    [Fact]
    public async Task Resolve_CycleMadeBehindOurBack_IsRefused()
    {
        var a = await CreateAsync($$"""{"key":"a","name":"A","rules":{{Rule}}}""");
        var b = await CreateAsync($$$$"""{"key":"b","name":"B","rules":{"segment":"{{{{a.Id}}}}"}}""");
        var stored = (await _store.GetAsync(a.Id, default)).ShouldNotBeNull();
        await _store.TryReplaceAsync(stored with { Rules = new RuleNode.InSegment(b.Id) }, default);

        Refused(await _segments.ResolveAsync(b.Id, default)).Faults.ShouldHaveSingleItem().Code.ShouldBe("segment_cycle");
    }

    [Fact]
    public async Task Resolve_MissingSegment_IsNotFound() =>
        Refused(await _segments.ResolveAsync("seg_none", default)).Kind.ShouldBe(RefusalKind.NotFound);

    [Fact]
    public async Task Create_RuleLargerThanAnEntity_IsRefused()
    {
        var values = string.Join(',', Enumerable.Range(0, 10_000).Select(value => $"\"{new string('x', 60)}{value}\""));
        var fault = Refused(await _segments.CreateAsync(Json($$$"""{"name":"A","rules":{"attr":"x","op":"in","value":[{{{values}}}]}}"""), default)).Faults.ShouldHaveSingleItem();
        (fault.Pointer, fault.Code).ShouldBe(("/rules", "too_large"));
    }

    [Fact]
    public async Task Create_ReferencesThatMultiply_AreBounded()
    {
        var (fifty, part) = (string.Join(',', Enumerable.Repeat(Rule, 50)), "");
        var id = (await CreateAsync($$$"""{"key":"s0","name":"S","rules":{"all":[{{{fifty}}}]}}""")).Id;
        for (var level = 1; level <= 2; level++)
        {
            part = string.Join(',', Enumerable.Repeat($$"""{"segment":"{{id}}"}""", 9));
            id = (await CreateAsync($$$"""{"key":"s{{{level}}}","name":"S","rules":{"all":[{{{part}}}]}}""")).Id;
        }

        part = string.Join(',', Enumerable.Repeat($$"""{"segment":"{{id}}"}""", 2));
        var fault = Refused(await _segments.CreateAsync(Json($$$"""{"name":"S","rules":{"all":[{{{part}}}]}}"""), default)).Faults.ShouldHaveSingleItem();
        (fault.Pointer, fault.Code).ShouldBe(("/rules", "rule_too_large"));
    }

    [Fact]
    public async Task Patch_FieldsGiven_ChangesThoseAlone()
    {
        var view = await CreateAsync($$"""{"name":"Old","description":"d","rules":{{Rule}}}""");
        _time.Advance(TimeSpan.FromHours(1));

        var patched = Ok(await PatchAsync(view, """{"name":"New","rules":{"any":[{"attr":"vip","op":"eq","value":true}]}}"""));

        (patched.Name, patched.Description, patched.Key, patched.Visibility).ShouldBe(("New", "d", view.Key, view.Visibility));
        RuleWriter.ToJson(patched.Rules).GetRawText().ShouldBe("""{"any":[{"attr":"vip","op":"eq","value":true}]}""");
        (patched.CreatedAt, patched.UpdatedAt).ShouldBe((view.CreatedAt, _time.GetUtcNow()));
        patched.ETag.ShouldNotBe(view.ETag);
        Ok(await PatchAsync(patched, """{"description":null}""")).Description.ShouldBe("");
    }

    [Fact]
    public async Task Patch_AnswerSentBack_IsTakenAndItsIdentityKept()
    {
        var view = await CreateAsync($$"""{"name":"Old","rules":{{Rule}}}""");

        Ok(await PatchAsync(view, JsonSerializer.Serialize(view with { Name = "New" }, SegmentsJson.Default.SegmentView))).Name.ShouldBe("New");
        var current = Ok(await _segments.GetAsync(view.Id, default));
        Refused(await PatchAsync(current, """{"key":"other","id":"seg_2","name":null,"rules":null}""")).Faults
            .Select(fault => (fault.Pointer, fault.Code)).ShouldBe(
                [("/id", "immutable_field"), ("/key", "immutable_field"), ("/name", "missing_field"), ("/rules", "missing_field")], ignoreOrder: true);
    }

    [Fact]
    public async Task Patch_StaleETag_IsRefusedWithTheCurrentOne()
    {
        var view = await CreateAsync($$"""{"name":"A","rules":{{Rule}}}""");
        var newer = Ok(await PatchAsync(view, """{"name":"B"}"""));

        var refusal = Refused(await PatchAsync(view, """{"name":"C"}"""));
        refusal.Kind.ShouldBe(RefusalKind.PreconditionFailed);
        refusal.Extensions.ShouldNotBeNull()["etag"]!.GetValue<string>().ShouldBe(newer.ETag);
        Ok(await _segments.PatchAsync(view.Id, Json("""{"name":"D"}"""), "*", default)).Name.ShouldBe("D");
    }

    [Fact]
    public async Task Patch_OvertakenBetweenReadAndWrite_IsStaleToo()
    {
        var view = await CreateAsync($$"""{"name":"A","rules":{{Rule}}}""");
        _store.BeforeWrite = () =>
        {
            _store.BeforeWrite = null;
            var stored = _store.GetAsync(view.Id, default).Result!;
            _store.TryReplaceAsync(stored with { Name = "Winner" }, default);
        };

        Refused(await PatchAsync(view, """{"name":"Loser"}""")).Kind.ShouldBe(RefusalKind.PreconditionFailed);
        Ok(await _segments.GetAsync(view.Id, default)).Name.ShouldBe("Winner");
    }

    [Fact]
    public async Task Patch_RulesOfALockedSegment_IsRefusedNamingItsDestinations()
    {
        var inner = await CreateAsync($$"""{"key":"inner","name":"Inner","rules":{{Rule}}}""");
        var outer = await CreateAsync($$$$"""{"key":"outer","name":"Outer","rules":{"not":{"segment":"{{{{inner.Id}}}}"}}}""");
        _usage.Feed(outer.Id, "dst_1", locks: true);
        _usage.Feed(inner.Id, "dst_2", locks: false);

        var refusal = Refused(await PatchAsync(inner, """{"rules":{"attr":"orders","op":"gte","value":4}}"""));
        (refusal.Kind, refusal.Code).ShouldBe((RefusalKind.Conflict, "segment_locked"));
        refusal.Extensions!["lockedBy"]!.ToJsonString().ShouldBe("""[{"type":"destination","id":"dst_1","name":"To dst_1"}]""");

        // What does not change the members may change.
        var patched = Ok(await PatchAsync(inner, $$"""{"name":"Renamed","description":"new","rules":{{Rule}}}"""));
        (patched.Name, patched.Locked).ShouldBe(("Renamed", true));

        _usage.Clear();
        Ok(await PatchAsync(patched, """{"rules":{"attr":"orders","op":"gte","value":4}}""")).Locked.ShouldBeFalse();
    }

    [Fact]
    public async Task Patch_NewRules_KeepsTheRulesBeforeAndForgetsTheSize()
    {
        var view = await CreateAsync($$"""{"name":"A","rules":{{Rule}}}""");
        (view.PreviousRules, view.RulesUpdatedAt).ShouldBe((null, _time.GetUtcNow()));
        _time.Advance(TimeSpan.FromHours(1));
        await _sizes.NoteAsync(view.Id, new(7, _time.GetUtcNow(), _time.GetUtcNow()), default);

        var renamed = Ok(await PatchAsync(view, $$"""{"name":"B","rules":{{Rule}}}"""));
        (renamed.PreviousRules, renamed.RulesUpdatedAt, renamed.Size, renamed.SizeAsOf).ShouldBe((null, view.CreatedAt, 7, _time.GetUtcNow()));

        _time.Advance(TimeSpan.FromHours(1));
        var changed = Ok(await PatchAsync(renamed, """{"rules":{"attr":"orders","op":"gte","value":4}}"""));
        RuleWriter.ToJson(changed.PreviousRules.ShouldNotBeNull()).GetRawText().ShouldBe(Rule);
        (changed.RulesUpdatedAt, changed.Size, changed.SizeAsOf, changed.Trend.Length).ShouldBe((_time.GetUtcNow(), null, null, 0));
        Ok(await _segments.GetAsync(view.Id, default)).PreviousRules.ShouldNotBeNull();
    }

    [Fact]
    public async Task Get_CountsOfSeveralDays_ShowTheLastAndTheTrend()
    {
        var view = await CreateAsync($$"""{"name":"A","rules":{{Rule}}}""");
        foreach (var size in (long[])[5, 6, 8])
        {
            await _sizes.NoteAsync(view.Id, new(size, _time.GetUtcNow().AddHours(-1), _time.GetUtcNow()), default);
            _time.Advance(TimeSpan.FromDays(1));
        }

        var counted = Ok(await _segments.GetAsync(view.Id, default));

        (counted.Size, counted.SizeAsOf).ShouldBe((8, _time.GetUtcNow().AddHours(-25)));
        counted.Trend.Select(point => point.Size).ShouldBe([5L, 6L, 8L]);
        counted.ETag.ShouldNotBe(view.ETag, "the answer shows something else");
        Ok(await PatchAsync(view, """{"name":"A count is no change"}""")).Size.ShouldBe(8);
    }

    [Fact]
    public async Task Delete_CountedSegment_ForgetsItsSize()
    {
        var view = await CreateAsync($$"""{"name":"A","rules":{{Rule}}}""");
        await _sizes.NoteAsync(view.Id, new(7, _time.GetUtcNow(), _time.GetUtcNow()), default);

        (await _segments.DeleteAsync(view.Id, view.ETag, default)).ShouldBeNull();

        (await _sizes.GetAsync(view.Id, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Patch_PrivateWhileADestinationUsesIt_IsRefused()
    {
        var view = await CreateAsync($$"""{"name":"A","rules":{{Rule}}}""");
        _usage.Feed(view.Id, "dst_1", locks: false);

        Refused(await PatchAsync(view, """{"visibility":"private"}""")).Code.ShouldBe("segment_in_use");
        _usage.Clear();
        Ok(await PatchAsync(view, """{"visibility":"private"}""")).Visibility.ShouldBe(SegmentVisibility.Private);
    }

    [Fact]
    public async Task Delete_UsedByAnything_IsRefusedWithTheUsers()
    {
        var inner = await CreateAsync($$"""{"key":"inner","name":"Inner","rules":{{Rule}}}""");
        var outer = await CreateAsync($$$$"""{"key":"outer","name":"Outer","rules":{"not":{"segment":"{{{{inner.Id}}}}"}}}""");
        _usage.Feed(inner.Id, "dst_1", locks: false);

        var refusal = (await _segments.DeleteAsync(inner.Id, inner.ETag, default)).ShouldNotBeNull();
        (refusal.Kind, refusal.Code).ShouldBe((RefusalKind.Conflict, "segment_in_use"));
        refusal.Extensions!["usedBy"]!.AsArray().Select(user => user!["id"]!.GetValue<string>()).ShouldBe(["dst_1", outer.Id]);

        _usage.Clear();
        (await _segments.DeleteAsync(outer.Id, outer.ETag, default)).ShouldBeNull();
        (await _segments.DeleteAsync(inner.Id, "\"stale\"", default)).ShouldNotBeNull().Kind.ShouldBe(RefusalKind.PreconditionFailed);
        (await _segments.DeleteAsync(inner.Id, inner.ETag, default)).ShouldBeNull();
        (await _segments.DeleteAsync(inner.Id, inner.ETag, default)).ShouldNotBeNull().Kind.ShouldBe(RefusalKind.NotFound);
    }

    [Fact]
    public async Task References_DestinationsAndSegments_AreListedWithWhatTheyLock()
    {
        var inner = await CreateAsync($$"""{"key":"inner","name":"Inner","rules":{{Rule}}}""");
        var outer = await CreateAsync($$$$"""{"key":"outer","name":"Outer","rules":{"not":{"segment":"{{{{inner.Id}}}}"}}}""");
        _usage.Feed(inner.Id, "dst_1", locks: false);
        _usage.Feed(outer.Id, "dst_2", locks: true);

        Ok(await _segments.ReferencesAsync(inner.Id, default)).ShouldBe(
            [new("destination", "dst_1", "To dst_1", false), new("segment", outer.Id, "Outer", true)]);
        Refused(await _segments.ReferencesAsync("seg_none", default)).Kind.ShouldBe(RefusalKind.NotFound);
    }

    private async Task<SegmentView> CreateAsync(string body) => Ok(await _segments.CreateAsync(Json(body), default));

    private Task<Result<SegmentView>> PatchAsync(SegmentView view, string patch) => _segments.PatchAsync(view.Id, Json(patch), view.ETag, default);

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    private static T Ok<T>(Result<T> result) => result.ShouldBeOk();

    private static Refusal Refused<T>(Result<T> result) => result.ShouldBeOfType<Result<T>.Refused>().Refusal;

    private sealed class FakeCatalog : IAttributeCatalog
    {
        public Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> ReadAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyDictionary<string, ImmutableArray<CellType>>>(
                new Dictionary<string, ImmutableArray<CellType>> { ["orders"] = [CellType.Integer] });
    }
}
