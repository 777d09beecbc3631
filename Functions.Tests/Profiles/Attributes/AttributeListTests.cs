using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Profiles.Attributes;

/// <summary>The catalogue over profiles in several shards, against counts made by hand.</summary>
public sealed class AttributeListTests
{
    private static readonly AttributeFilter Everything = new(null, [], [], [], [], null);

    private readonly ProfileWorld _world = new(new() { RowsPerShard = 100 });
    private readonly FakeUsage _usage = new();
    private readonly AttributeList _list;

    public AttributeListTests() => _list = new(_world.Attributes, new(_world.Fold, _world.Pages, _world.Hasher), [_usage]);

    [Fact]
    public async Task ListAsync_ProfilesInManyShards_CountsThemAsOne()
    {
        await SendAsync(1_000, number => $$"""
            {"shop_orders":{{number % 7}},"tier":"{{(number % 2 == 0 ? "gold" : "silver")}}","tags":["t{{number % 3}}","t{{number % 5}}"],"score":{{number}}.5
             {{(number % 4 == 0 ? $",\"note\":\"n{number}\"" : "")}} }
            """);
        (await _world.FoldAsync()).ShardBits.ShouldBeGreaterThanOrEqualTo(3);

        var all = await ListAsync();

        all.Keys.ShouldBe(["email", "external_id", "gaid", "idfa", "note", "phone", "score", "shop_orders", "tags", "tier"]);
        var orders = all["shop_orders"];
        (orders.Kind, orders.Type, orders.Category, orders.PiiClass).ShouldBe((AttributeKind.Attribute, "integer", "shop", PiiClass.None));
        (orders.Profiles, orders.Filled, orders.FillRate, orders.DistinctEstimate, orders.DistinctIsExact).ShouldBe((1_000, 1_000, 1, 7, true));
        (all["tier"].DistinctEstimate, all["tags"].DistinctEstimate, all["tags"].Type).ShouldBe((2, 5, "textList"));
        (all["note"].Filled, all["note"].FillRate, all["note"].DistinctEstimate, all["note"].DistinctIsExact).ShouldBe((250, 0.25, 250, true));
        all["score"].DistinctIsExact.ShouldBeFalse();
        all["score"].DistinctEstimate.ShouldBeInRange(900, 1_100);
        (all["email"].Kind, all["email"].Category, all["email"].PiiClass, all["email"].Filled).ShouldBe((AttributeKind.Identifier, "identifiers", PiiClass.Direct, 1_000));
        (all["phone"].Filled, all["phone"].FillRate, all["phone"].DistinctEstimate, all["phone"].DistinctIsExact).ShouldBe((0, 0, 0, true));
    }

    /// <summary>Statistics of shards that were written before, and of those written since, are those of one count from scratch.</summary>
    [Fact]
    public async Task ListAsync_RandomChanges_EqualsACountFromScratch()
    {
        var random = new Random(11);
        var model = new Dictionary<int, (long? Orders, string? City)>();
        for (var round = 0; round < 12; round++)
        {
            var touched = Enumerable.Range(0, random.Next(1, 150)).Select(_ => random.Next(600)).Distinct().ToList();
            _world.Time.Advance(TimeSpan.FromMinutes(1));
            foreach (var chunk in touched.Chunk(500))
            {
                await _world.SendAsync([.. chunk.Select(number => Change(number, random, model))]);
            }

            var all = await ListAsync();

            all["orders"].Profiles.ShouldBe(model.Count);
            all["orders"].Filled.ShouldBe(model.Values.Count(profile => profile.Orders is not null));
            all["orders"].DistinctEstimate.ShouldBe(model.Values.Select(profile => profile.Orders).OfType<long>().Distinct().Count());
            all["city"].Filled.ShouldBe(model.Values.Count(profile => profile.City is not null));
            all["city"].DistinctEstimate.ShouldBe(model.Values.Select(profile => profile.City).OfType<string>().Distinct().Count());
        }

        model.Count.ShouldBeGreaterThan(200);
        (await _world.FoldAsync()).ShardBits.ShouldBeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public async Task ListAsync_ShardsWithoutStatistics_AreCountedAllTheSame()
    {
        await SendAsync(500, number => $$"""{"orders":{{number % 9}}}""");
        var kept = await _world.FoldAsync();
        kept.Shards.ShouldAllBe(shard => shard.Statistics != null);
        var (manifest, etag) = await _world.Manifests.ReadAsync(default);
        await _world.Manifests.TryReplaceAsync(manifest with { Shards = [.. manifest.Shards.Select((shard, index) => index % 2 == 0 ? shard with { Statistics = null } : shard)] }, etag, default);

        var orders = (await ListAsync())["orders"];

        (orders.Filled, orders.DistinctEstimate).ShouldBe((500, 9));
    }

    [Fact]
    public async Task ListAsync_SeveralTypes_ShowsTheOneThatMostHave()
    {
        await _world.SendAsync(
            Identify("a", """{"code":"x","price":1,"gone":true}"""), Identify("b", """{"code":"y","price":1.0}"""), Identify("c", """{"code":7,"price":2.50}"""));
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        await _world.SendAsync(Identify("a", """{"gone":null}"""));

        var all = await ListAsync();

        (all["code"].Type, all["code"].DistinctEstimate).ShouldBe(("text", 3));
        all["code"].Types.ShouldBe(["text", "integer"]);
        (all["price"].Type, all["price"].DistinctEstimate).ShouldBe(("decimal", 2)); // 1 and 1.0 are one value
        (all["gone"].Type, all["gone"].Filled, all["gone"].DistinctEstimate).ShouldBe(("boolean", 0, 0));
    }

    [Fact]
    public async Task ListAsync_AddressesAmongTheValues_MakeThemPersonal()
    {
        await SendAsync(40, number => $$"""{"contact2":"{{(number % 5 == 0 ? $"p{number}@x.example" : "none")}}","callback":"+1415555{{number:D4}}","colour":"red"}""");

        var all = await ListAsync();

        (all["contact2"].PiiClass, all["callback"].PiiClass, all["colour"].PiiClass).ShouldBe((PiiClass.Direct, PiiClass.Direct, PiiClass.None));
    }

    [Fact]
    public async Task ListAsync_Filters_TakeWhatTheySay()
    {
        await SendAsync(5, number => $$"""{"shop_orders":{{number}},"shop_lastName":"x","Web.visits":1.5,"vip":true}""");
        _usage.Uses.AddRange([new("shop_orders", new("segment", "seg_2", "B")), new("shop_orders", new("segment", "seg_1", "A")), new("shop_orders", new("segment", "seg_1", "A")), new("nobody", new("segment", "seg_1", "A"))]);

        (await NamesAsync(Everything with { Search = "SHOP" })).ShouldBe(["shop_lastName", "shop_orders"]);
        (await NamesAsync(Everything with { Categories = ["WEB", "general"] })).ShouldBe(["Web.visits", "vip"]);
        (await NamesAsync(Everything with { Types = ["integer", "boolean"] })).ShouldBe(["shop_orders", "vip"]);
        (await NamesAsync(Everything with { PiiClasses = [PiiClass.Direct], Kinds = [AttributeKind.Attribute] })).ShouldBe(["shop_lastName"]);
        (await NamesAsync(Everything with { Kinds = [AttributeKind.Identifier], Search = "a" })).ShouldBe(["email", "external_id", "gaid", "idfa"]);
        (await NamesAsync(Everything with { IsUsed = true })).ShouldBe(["shop_orders"]);
        (await NamesAsync(Everything with { IsUsed = false, Categories = ["shop"] })).ShouldBe(["shop_lastName"]);
        (await ListAsync())["shop_orders"].UsedBy.Select(user => user.Name).ShouldBe(["A", "B"]);
        var page = await _list.ListAsync(new(2, "email"), Everything, default);
        (page.Items.Select(view => view.Name), page.Next).ShouldSatisfyAllConditions(
            found => found.Item1.ShouldBe(["external_id", "gaid"]), found => found.Next.ShouldBe("gaid"));
    }

    private static string Identify(string id, string attributes) => $$"""{"op":"identify","id":"{{id}}","attributes":{{attributes}}}""";

    private static string Change(int number, Random random, Dictionary<int, (long? Orders, string? City)> model)
    {
        if (model.ContainsKey(number) && random.Next(4) == 0)
        {
            model.Remove(number);
            return $$"""{"op":"erase","id":"p-{{number}}"}""";
        }

        long? orders = random.Next(4) == 0 ? null : random.Next(50);
        var city = random.Next(3) == 0 ? null : $"city {random.Next(30)}";
        model[number] = (orders, city);
        return Identify($"p-{number}", $$"""{"orders":{{orders?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null"}},"city":{{(city is null ? "null" : $"\"{city}\"")}}}""");
    }

    private async Task SendAsync(int count, Func<int, string> attributes)
    {
        foreach (var chunk in Enumerable.Range(0, count).Chunk(500))
        {
            await _world.SendAsync([.. chunk.Select(number => $$"""{"op":"identify","id":"p-{{number}}","identifiers":{"email":"p{{number}}@x.example"},"attributes":{{attributes(number)}}}""")]);
        }
    }

    private async Task<SortedDictionary<string, AttributeView>> ListAsync() =>
        new((await _list.ListAsync(new(200, null), Everything, default)).Items.ToDictionary(view => view.Name), StringComparer.Ordinal);

    private async Task<IEnumerable<string>> NamesAsync(AttributeFilter filter) => (await _list.ListAsync(new(200, null), filter, default)).Items.Select(view => view.Name);

    private sealed class FakeUsage : IAttributeUsage
    {
        public List<AttributeUse> Uses { get; } = [];

        public Task<ImmutableArray<AttributeUse>> ReadAsync(IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, CancellationToken cancellationToken) =>
            Task.FromResult<ImmutableArray<AttributeUse>>([.. Uses]);
    }
}
