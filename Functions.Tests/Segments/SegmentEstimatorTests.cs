using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Segments;

public sealed class SegmentEstimatorTests : IProfileShards, IAttributeCatalog
{
    private readonly ManualTimeProvider _time = new(new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero));
    private readonly MemoryPageStore _pages = new();
    private readonly MemorySegmentSizes _sizes = new();
    private readonly SegmentService _segments;
    private readonly SegmentEstimator _estimator;
    private ProfileSet _profiles = new(1, 0, [new(null, 0)]);

    public SegmentEstimatorTests()
    {
        _segments = new(new MemorySegmentStore(), _sizes, [], this, _time);
        _estimator = new(_segments, _sizes, new(this, _pages), _time);
    }

    [Fact]
    public async Task Estimate_OverSeveralShardsAndPages_CountsEverything()
    {
        await LoadAsync(People(1_000), shardBits: 2);

        var estimate = Ok(await _estimator.EstimateAsync(
            Json("""{"rules":{"all":[{"attr":"orders","op":"gte","value":3},{"attr":"country","op":"eq","value":"DE"},{"not":{"attr":"orders","op":"gte","value":8}}]}}"""), default));

        // Of 1,000: orders = n mod 10, DE for even n, an e-mail for every third, a phone for every fourth.
        (estimate.Count, estimate.OfTotal, estimate.AsOf).ShouldBe((200, 1_000, _time.GetUtcNow()));
        estimate.PerRule.ShouldBe([new("/all/0", 700), new("/all/1", 500), new("/all/2", 800)]);
        var members = Enumerable.Range(0, 1_000).Where(n => n % 10 is >= 3 and < 8 && n % 2 == 0).ToList();
        estimate.Reach.ShouldBe(new(members.Count(n => n % 3 == 0), members.Count(n => n % 4 == 0)));
        estimate.Sample.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"attr":"orders","op":"lt","value":3}""", "", 300)]
    [InlineData("""{"not":{"attr":"orders","op":"lt","value":3}}""", "", 700)]
    [InlineData("""{"any":[{"attr":"orders","op":"lt","value":3}]}""", "/any/0", 300)]
    public async Task Estimate_RootOfOneRule_PointsToIt(string rule, string pointer, int matches)
    {
        await LoadAsync(People(1_000), shardBits: 0);

        Ok(await _estimator.EstimateAsync(Json($$"""{"rules":{{rule}}}"""), default)).PerRule.ShouldBe([new(pointer, matches)]);
    }

    [Fact]
    public async Task Estimate_Reference_IsOneRuleAtItsOwnPointer()
    {
        await LoadAsync(People(1_000), shardBits: 0);
        var segment = Ok(await _segments.CreateAsync(
            Json("""{"name":"A","rules":{"all":[{"attr":"orders","op":"gte","value":3},{"attr":"country","op":"eq","value":"DE"}]}}"""), default));

        Ok(await _estimator.EstimateAsync(Json($$$$"""{"rules":{"segment":"{{{{segment.Id}}}}"}}"""), default)).PerRule.ShouldBe([new("", 300)]);
        Ok(await _estimator.EstimateAsync(Json($$$$"""{"rules":{"not":{"segment":"{{{{segment.Id}}}}"}}}"""), default)).Count.ShouldBe(700);
        Ok(await _estimator.EstimateAsync(Json($$$$"""{"rules":{"any":[{"segment":"{{{{segment.Id}}}}"}]}}"""), default)).PerRule.ShouldBe([new("/any/0", 300)]);
    }

    [Fact]
    public async Task Estimate_AsOf_MovesTheClockOfTheRule()
    {
        await LoadAsync([new() { ["id"] = Cell.Of("a"), ["seen"] = Cell.Of(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero)) }], shardBits: 0);
        const string Rules = """{"attr":"seen","op":"withinLast","value":{"days":30}}""";

        Ok(await _estimator.EstimateAsync(Json($$"""{"rules":{{Rules}}}"""), default)).Count.ShouldBe(0);
        var then = Ok(await _estimator.EstimateAsync(Json($$"""{"rules":{{Rules}},"asOf":"2026-06-15T02:00:00+02:00"}"""), default));
        then.Count.ShouldBe(1);
        JsonSerializer.SerializeToElement(then, SegmentsJson.Default.SegmentEstimate).GetRawText().ShouldBe(
            """{"count":1,"ofTotal":1,"asOf":"2026-06-15T00:00:00Z","perRule":[{"pointer":"","matches":1}],"reach":{"email":0,"phone":0}}""");
    }

    [Fact]
    public async Task Estimate_NoProfiles_CountsNobody()
    {
        var estimate = Ok(await _estimator.EstimateAsync(Json("""{"rules":{"attr":"orders","op":"notExists"}}"""), default));

        (estimate.Count, estimate.OfTotal, estimate.PerRule[0].Matches).ShouldBe((0, 0, 0));
    }

    [Fact]
    public async Task Estimate_Faults_AreRuleInvalidAllAtOnce()
    {
        var refusal = Refused(await _estimator.EstimateAsync(
            Json("""{"rules":{"all":[{"attr":"orders","op":"is","value":3},{"segment":"seg_none"}]},"asOf":"today","limit":5}"""), default));

        (refusal.Kind, refusal.Code).ShouldBe((RefusalKind.Invalid, "rule_invalid"));
        refusal.Faults.Select(fault => fault.Pointer).ShouldBe(["/asOf", "/rules/all/0/op", "/limit"], ignoreOrder: true);
        Refused(await _estimator.EstimateAsync(Json("{}"), default)).Faults.ShouldHaveSingleItem().Pointer.ShouldBe("/rules");
        Refused(await _estimator.EstimateAsync(Json("""{"rules":{"segment":"seg_none"}}"""), default)).Faults.ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(fault => fault.Pointer.ShouldBe("/rules/segment"), fault => fault.Code.ShouldBe("unknown_segment"));
    }

    [Fact]
    public async Task Preview_Sample_IsTheFirstTwentyFiveMembersInTheOrderOfKeys()
    {
        await LoadAsync(People(1_000), shardBits: 2);
        var body = Json("""{"rules":{"attr":"orders","op":"eq","value":5}}""");

        var preview = Ok(await _estimator.PreviewAsync(body, unmasked: true, default));

        preview.Count.ShouldBe(100);
        preview.Sample.ShouldNotBeNull().Select(member => member.Id).ShouldBe(InOrder(People(1_000)).Where(n => n % 10 == 5).Take(25).Select(n => $"p-{n}"));
        Ok(await _estimator.PreviewAsync(body, unmasked: true, default)).Sample!.Select(member => member.Id).ShouldBe(preview.Sample!.Select(member => member.Id));
    }

    [Fact]
    public async Task Preview_BelowEditor_MasksWhatNamesAPerson()
    {
        await LoadAsync(
            [
                new()
                {
                    ["id"] = Cell.Of("ana@example.com"),
                    ["email"] = Cell.Of("ana@example.com"),
                    ["phone"] = Cell.Of("+14155550100"),
                    ["external_id"] = Cell.Of("A-4711"),
                    ["spare"] = Cell.Of("ana.spare@example.org"),
                    ["note"] = Cell.Of("meet @ noon"),
                    ["orders"] = Cell.Of(3),
                    ["$consent:marketing"] = Cell.Of(true),
                },
            ],
            shardBits: 0);
        var body = Json("""{"rules":{"attr":"orders","op":"exists"}}""");

        var masked = JsonSerializer.Serialize(Ok(await _estimator.PreviewAsync(body, unmasked: false, default)).Sample![0], SegmentsJson.Default.SegmentMember);
        masked.ShouldNotContain("ana");
        masked.ShouldNotContain("4155");
        masked.ShouldNotContain("4711");
        masked.ShouldNotContain("consent");
        masked.ShouldContain("@example.com");
        masked.ShouldContain("meet @ noon");

        var whole = JsonSerializer.SerializeToElement(Ok(await _estimator.PreviewAsync(body, unmasked: true, default)).Sample![0], SegmentsJson.Default.SegmentMember);
        whole.GetProperty("id").GetString().ShouldBe("ana@example.com");
        whole.GetProperty("identifiers").GetProperty("phone").GetString().ShouldBe("+14155550100");
        whole.GetProperty("attributes").GetProperty("orders").GetInt32().ShouldBe(3);
        whole.GetProperty("attributes").EnumerateObject().Select(field => field.Name).ShouldBe(["note", "orders", "spare"]);
    }

    [Theory]
    [InlineData(0, 7)]
    [InlineData(3, 50)]
    public async Task Members_PageByPage_GivesEachOnceInTheOrderOfKeys(int shardBits, int limit)
    {
        await LoadAsync(People(500), shardBits);
        var segment = Ok(await _segments.CreateAsync(Json("""{"name":"A","rules":{"attr":"country","op":"eq","value":"DE"}}"""), default));

        (await MembersAsync(segment.Id, limit)).ShouldBe(InOrder(People(500)).Where(n => n % 2 == 0).Select(n => $"p-{n}"));
    }

    [Fact]
    public async Task Members_ThatShareAKey_AreNotLostBetweenPages()
    {
        // Keys of two bits: every key is shared by many.
        await LoadAsync(People(60), shardBits: 1, key: id => (ulong)(id[^1] % 4) << 62);
        var segment = Ok(await _segments.CreateAsync(Json("""{"name":"A","rules":{"attr":"country","op":"eq","value":"DE"}}"""), default));

        (await MembersAsync(segment.Id, limit: 4)).Order(StringComparer.Ordinal)
            .ShouldBe(Enumerable.Range(0, 60).Where(n => n % 2 == 0).Select(n => $"p-{n}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Members_OfNoSegment_IsNotFound() =>
        Refused(await _estimator.MembersAsync("seg_none", new(10, null), unmasked: false, default)).Kind.ShouldBe(RefusalKind.NotFound);

    Task<ProfileSet> IProfileShards.FoldAsync(CancellationToken cancellationToken) => Task.FromResult(_profiles);

    Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> IAttributeCatalog.ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, ImmutableArray<CellType>>>(ImmutableDictionary<string, ImmutableArray<CellType>>.Empty);

    private static Row[] People(int count) =>
    [
        .. Enumerable.Range(0, count).Select(n => new Row
        {
            ["id"] = Cell.Of($"p-{n}"),
            ["orders"] = Cell.Of(n % 10),
            ["country"] = Cell.Of(n % 2 == 0 ? "DE" : "FR"),
            ["email"] = n % 3 == 0 ? Cell.Of($"p{n}@example.com") : default,
            ["phone"] = n % 4 == 0 ? Cell.Of($"+4915{n:D8}") : default,
        }),
    ];

    private static ulong Hash(string id) => new MemberHasher(new byte[16]).Key(id);

    private static IEnumerable<int> InOrder(Row[] people) => Enumerable.Range(0, people.Length).OrderBy(n => Hash($"p-{n}"));

    private async Task<List<string>> MembersAsync(string segmentId, int limit)
    {
        var seen = new List<string>();
        string? after = null;
        do
        {
            var page = Ok(await _estimator.MembersAsync(segmentId, new(limit, after), unmasked: true, default));
            page.Items.Count.ShouldBeLessThanOrEqualTo(limit);
            seen.AddRange(page.Items.Select(member => member.Id));
            after = page.Next;
        }
        while (after is not null);

        return seen;
    }

    private async Task LoadAsync(Row[] people, int shardBits, Func<string, ulong>? key = null)
    {
        var rows = people
            .Select(row => (Key: (key ?? Hash)(row["id"].AsText()), Row: row))
            .OrderBy(row => row.Key).ThenBy(row => row.Row["id"].AsText(), StringComparer.Ordinal).ToList();
        var shards = ImmutableArray.CreateBuilder<ProfileShard>();
        for (var shard = 0; shard < 1 << shardBits; shard++)
        {
            var range = KeyRange.OfShard(shard, shardBits);
            var writer = new ChainWriter(_pages, NewId.Create("pg", _time), maxRows: 40);
            foreach (var row in rows.Where(row => range.Contains(row.Key)))
            {
                await writer.AppendAsync(row.Key, 0, row.Row, default);
            }

            shards.Add(new(await writer.CompleteAsync(default), writer.RowCount));
        }

        _profiles = new(1, shardBits, shards.ToImmutable());
    }

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    private static T Ok<T>(Result<T> result) => result.ShouldBeOk();

    private static Refusal Refused<T>(Result<T> result) => result.ShouldBeOfType<Result<T>.Refused>().Refusal;
}
