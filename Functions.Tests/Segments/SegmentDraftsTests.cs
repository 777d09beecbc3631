using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Segments;

public sealed class SegmentDraftsTests : IAttributeCatalog, ISegmentRuns
{
    private const string Rule = """{"attr":"orders","op":"gte","value":3}""";
    private const string NewRule = """{"attr":"orders","op":"gte","value":5}""";

    private readonly MemorySegmentStore _store = new();
    private readonly FakeSegmentUsage _usage = new();
    private readonly ManualTimeProvider _time = new(new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero));
    private readonly SegmentService _segments;
    private readonly SegmentDrafts _drafts;
    private readonly Dictionary<string, string> _active = [];

    public SegmentDraftsTests()
    {
        _segments = new(_store, new MemorySegmentSizes(), [_usage], this, _time);
        _drafts = new(_store, [_usage], this, _segments, this, _time);
    }

    [Fact]
    public async Task Put_LockedSegment_StagesBesideThePresentRules()
    {
        var segment = await CreateAsync();
        _usage.Feed(segment.Id, "dst_1", locks: true);

        var draft = await PutAsync(segment, $$"""{"rules":{{NewRule}},"name":"Renamed"}""", segment.ETag);

        (draft.SegmentId, draft.Name, draft.Description, draft.Stale).ShouldBe((segment.Id, "Renamed", null, false));
        Show(draft.Rules).ShouldBe(NewRule);
        (await _drafts.GetAsync(segment.Id, default)).ShouldBeOk().ETag.ShouldBe(draft.ETag);
        var shown = (await _segments.GetAsync(segment.Id, default)).ShouldBeOk();
        (Show(shown.Rules), shown.Name, shown.Draft).ShouldBe((Rule, "Loyal", new(_time.GetUtcNow(), Stale: false)));
    }

    [Fact]
    public async Task Put_ETags_GuardAgainstOthers()
    {
        var segment = await CreateAsync();
        var body = $$"""{"rules":{{NewRule}}}""";

        (await _drafts.PutAsync(segment.Id, Json(body), "\"stale\"", default)).ShouldBeRefused("etag_mismatch").Extensions!["etag"]!.GetValue<string>()
            .ShouldBe((await _segments.GetAsync(segment.Id, default)).ShouldBeOk().ETag);
        var first = await PutAsync(segment, body, ifMatch: null);
        (await _drafts.PutAsync(segment.Id, Json(body), ifMatch: null, default)).ShouldBeRefused("etag_mismatch");
        (await _drafts.PutAsync(segment.Id, Json(body), segment.ETag, default)).ShouldBeRefused("etag_mismatch").Extensions!["etag"]!.GetValue<string>().ShouldBe(first.ETag);
        var second = await PutAsync(segment, body, first.ETag);
        (await _drafts.PutAsync(segment.Id, Json(body), first.ETag, default)).ShouldBeRefused("etag_mismatch");
        (await _drafts.DeleteAsync(segment.Id, first.ETag, default)).ShouldNotBeNull().Code.ShouldBe("etag_mismatch");
        await PutAsync(segment, body, ETags.Any);
        (await _drafts.DeleteAsync(segment.Id, ETags.Any, default)).ShouldBeNull();
        (await _drafts.DeleteAsync(segment.Id, second.ETag, default)).ShouldNotBeNull().Kind.ShouldBe(RefusalKind.NotFound);
    }

    [Fact]
    public async Task Put_Faults_AreToldAtOnce()
    {
        var segment = await CreateAsync();

        var refusal = (await _drafts.PutAsync(
            segment.Id, Json($$$$"""{"rules":{"all":[{"attr":"orders","op":"gte","value":"many"},{"segment":"seg_none"}]},"name":" ","visibility":"private"}"""), ETags.Any, default))
            .ShouldBeRefused("validation_failed");

        refusal.Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldBe(
            [("/rules/all/0/value", "type_mismatch"), ("/name", "empty_text"), ("/visibility", "unknown_field")], ignoreOrder: true);
        (await _drafts.PutAsync(segment.Id, Json("{}"), ETags.Any, default)).ShouldBeRefused("validation_failed").Faults.ShouldHaveSingleItem().Pointer.ShouldBe("/rules");
        (await _drafts.PutAsync(segment.Id, Json($$$$"""{"rules":{"segment":"{{{{segment.Id}}}}"}}"""), ETags.Any, default)).ShouldBeRefused("validation_failed")
            .Faults.ShouldHaveSingleItem().Code.ShouldBe("segment_cycle");
        (await _drafts.PutAsync("seg_none", Json("{}"), ETags.Any, default)).ShouldBeRefused("not_found");
        (await _drafts.GetAsync(segment.Id, default)).ShouldBeRefused("not_found");
        (await _drafts.GetAsync("seg_none", default)).ShouldBeRefused("not_found");
    }

    [Fact]
    public async Task Publish_BetweenRuns_ChangesALockedSegmentAndKeepsTheRulesBefore()
    {
        var segment = await CreateAsync();
        _usage.Feed(segment.Id, "dst_1", locks: true);
        await PutAsync(segment, $$"""{"rules":{{NewRule}},"description":"From five on."}""", segment.ETag);
        _time.Advance(TimeSpan.FromHours(1));

        var published = (await _drafts.PublishAsync(segment.Id, ifMatch: null, default)).ShouldBeOk();

        (Show(published.Rules), Show(published.PreviousRules!), published.Name, published.Description).ShouldBe((NewRule, Rule, "Loyal", "From five on."));
        (published.Locked, published.Draft, published.RulesUpdatedAt).ShouldBe((true, null, _time.GetUtcNow()));
        (await _drafts.GetAsync(segment.Id, default)).ShouldBeRefused("not_found");
        (await _drafts.PublishAsync(segment.Id, ifMatch: null, default)).ShouldBeRefused("not_found");
    }

    [Fact]
    public async Task Publish_WhileADestinationIsInARun_IsRefusedNamingTheRuns()
    {
        var inner = await CreateAsync();
        var outer = await CreateAsync($$$$"""{"key":"outer","name":"Outer","rules":{"not":{"segment":"{{{{inner.Id}}}}"}}}""");
        _usage.Feed(outer.Id, "dst_1", locks: false);
        _usage.Feed(inner.Id, "dst_2", locks: true);
        await PutAsync(inner, $$"""{"rules":{{NewRule}}}""", inner.ETag);
        _active["dst_1"] = "run_1";
        _active["dst_3"] = "run_3";

        var refusal = (await _drafts.PublishAsync(inner.Id, ifMatch: null, default)).ShouldBeRefused("run_active");

        refusal.Kind.ShouldBe(RefusalKind.Conflict);
        refusal.Extensions!["runId"]!.GetValue<string>().ShouldBe("run_1");
        refusal.Extensions["runs"]!.ToJsonString().ShouldBe("""[{"runId":"run_1","destinationId":"dst_1"}]""");
        Show((await _segments.GetAsync(inner.Id, default)).ShouldBeOk().Rules).ShouldBe(Rule);
        _active.Clear();
        (await _drafts.PublishAsync(inner.Id, ifMatch: null, default)).ShouldBeOk();
    }

    [Fact]
    public async Task Publish_SegmentChangedSince_IsStaleUntilTheDraftIsPutAgain()
    {
        var segment = await CreateAsync();
        var draft = await PutAsync(segment, $$"""{"rules":{{NewRule}}}""", segment.ETag);
        (await _segments.PatchAsync(segment.Id, Json("""{"description":"Changed."}"""), ETags.Any, default)).ShouldBeOk();

        (await _drafts.GetAsync(segment.Id, default)).ShouldBeOk().Stale.ShouldBeTrue();
        (await _drafts.PublishAsync(segment.Id, ifMatch: null, default)).ShouldBeRefused("draft_stale").Kind.ShouldBe(RefusalKind.Conflict);

        (await PutAsync(segment, $$"""{"rules":{{NewRule}}}""", draft.ETag)).Stale.ShouldBeFalse();
        (await _drafts.PublishAsync(segment.Id, ifMatch: null, default)).ShouldBeOk().Description.ShouldBe("Changed.");
    }

    [Fact]
    public async Task Publish_OvertakenWhileItWrites_LosesWithoutAMix()
    {
        var segment = await CreateAsync();
        await PutAsync(segment, $$"""{"rules":{{NewRule}},"name":"From the draft"}""", segment.ETag);
        _store.BeforeWrite = () =>
        {
            _store.BeforeWrite = null;
            var stored = _store.GetAsync(segment.Id, default).Result!;
            _store.TryReplaceAsync(stored with { Description = "Winner" }, default);
        };

        (await _drafts.PublishAsync(segment.Id, ifMatch: null, default)).ShouldBeRefused("draft_stale");

        var shown = (await _segments.GetAsync(segment.Id, default)).ShouldBeOk();
        (Show(shown.Rules), shown.Name, shown.Description, shown.PreviousRules).ShouldBe((Rule, "Loyal", "Winner", null));
        shown.Draft.ShouldNotBeNull().Stale.ShouldBeTrue();
    }

    [Fact]
    public async Task Publish_DraftReplacedWhileItWrites_PublishesNeither()
    {
        var segment = await CreateAsync();
        await PutAsync(segment, $$"""{"rules":{{NewRule}}}""", segment.ETag);
        _store.BeforeWrite = () =>
        {
            _store.BeforeWrite = null;
            _drafts.PutAsync(segment.Id, Json("""{"rules":{"attr":"orders","op":"gte","value":9}}"""), ETags.Any, default).Result.ShouldBeOk();
        };

        (await _drafts.PublishAsync(segment.Id, ifMatch: null, default)).ShouldBeRefused("etag_mismatch");

        Show((await _segments.GetAsync(segment.Id, default)).ShouldBeOk().Rules).ShouldBe(Rule);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Publish_IfMatch_TakesTheDraftsOrTheSegmentsETag(bool isDrafts)
    {
        var segment = await CreateAsync();
        var draft = await PutAsync(segment, $$"""{"rules":{{NewRule}}}""", segment.ETag);

        (await _drafts.PublishAsync(segment.Id, "\"other\"", default)).ShouldBeRefused("etag_mismatch");
        (await _drafts.PublishAsync(segment.Id, isDrafts ? draft.ETag : segment.ETag, default)).ShouldBeOk();
    }

    [Fact]
    public async Task Publish_ReferenceThatIsGone_IsRefused()
    {
        var (segment, other) = (await CreateAsync(), await CreateAsync($$"""{"key":"other","name":"Other","rules":{{Rule}}}"""));
        await PutAsync(segment, $$$$"""{"rules":{"segment":"{{{{other.Id}}}}"}}""", segment.ETag);
        (await _segments.DeleteAsync(other.Id, other.ETag, default)).ShouldBeNull("a draft is no use yet");

        var refusal = (await _drafts.PublishAsync(segment.Id, ifMatch: null, default)).ShouldBeRefused("rule_invalid");

        refusal.Faults.ShouldHaveSingleItem().Pointer.ShouldBe("/rules/segment");
    }

    Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> IAttributeCatalog.ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, ImmutableArray<CellType>>>(
            new Dictionary<string, ImmutableArray<CellType>> { ["orders"] = [CellType.Integer] });

    Task<ImmutableArray<SegmentRun>> ISegmentRuns.ActiveAsync(IReadOnlyCollection<SegmentUser> users, CancellationToken cancellationToken) =>
        Task.FromResult<ImmutableArray<SegmentRun>>([.. _active.Where(run => users.Any(user => user.Id == run.Key)).Select(run => new SegmentRun(run.Value, run.Key))]);

    private async Task<SegmentView> CreateAsync(string body = $$"""{"key":"loyal","name":"Loyal","rules":{{Rule}}}""") =>
        (await _segments.CreateAsync(Json(body), default)).ShouldBeOk();

    private async Task<SegmentDraftView> PutAsync(SegmentView segment, string body, string? ifMatch) =>
        (await _drafts.PutAsync(segment.Id, Json(body), ifMatch, default)).ShouldBeOk();

    private static JsonElement Json(string json) => JsonElement.Parse(json);

    private static string Show(RuleNode rule) => RuleWriter.ToJson(rule).GetRawText();
}
