namespace AudienceSync.Values;

public sealed class ListingTests
{
    private static readonly DateTimeOffset Then = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("name", "Alpha,alpha,beta,Zeta")]
    [InlineData("-name", "Zeta,beta,alpha,Alpha")]
    [InlineData("createdAt", "Zeta,beta,alpha,Alpha")]
    [InlineData("-createdAt", "Alpha,alpha,beta,Zeta")]
    [InlineData("updatedAt", "beta,Zeta,alpha,Alpha")]
    [InlineData("-updatedAt", "Alpha,alpha,Zeta,beta")]
    public void Take_Order_SortsAndBreaksTiesById(string orderBy, string names)
    {
        Item[] items =
        [
            new("i-4", "Alpha", CreatedDay: 3, UpdatedDay: 9), new("i-3", "alpha", CreatedDay: 3, UpdatedDay: 9), new("i-1", "Zeta", CreatedDay: 1, UpdatedDay: 8),
            new("i-2", "beta", CreatedDay: 2, UpdatedDay: 7),
        ];

        var all = new ListQuery(new(10, null), Order: ListOrder.Parse(orderBy)!.Value).Take(items);

        string.Join(',', all.Items.Select(item => item.Name)).ShouldBe(names);
        all.Next.ShouldBeNull();
    }

    [Theory]
    [InlineData("LOYAL", "i-1,i-2,i-3")]
    [InlineData("ünï", "i-3")]
    [InlineData("none", "")]
    public void Take_Search_LooksIntoNameKeyAndDescriptionWhateverTheLetters(string search, string ids)
    {
        Item[] items = [new("i-1", "Lapsed loyal"), new("i-2", "x", Key: "loyal-ones"), new("i-3", "y", Description: "Ünïcode Loyal"), new("i-4", "z")];

        string.Join(',', new ListQuery(new(10, null), search).Take(items).Items.Select(item => item.Id)).ShouldBe(ids);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Name")]
    [InlineData("--name")]
    [InlineData("size")]
    public void Parse_OtherWords_IsNull(string word) => ListOrder.Parse(word).ShouldBeNull();

    /// <summary>Page by page, with others being added and deleted meanwhile: whoever was there all the time comes exactly once, in order.</summary>
    [Fact]
    public void Take_PageByPageUnderChanges_GivesEachOnce()
    {
        for (var seed = 0; seed < 1_000; seed++)
        {
            var random = new Random(seed);
            var items = Enumerable.Range(0, random.Next(1, 60)).Select(number => Random(random, $"i-{number:D3}")).ToList();
            var kept = items.Where(_ => random.Next(3) > 0).ToList();
            var order = ListOrder.Parse(ListOrder.Words[random.Next(ListOrder.Words.Count)])!.Value;
            List<Item> seen = [];
            string? after = null;
            for (var pages = 0; pages == 0 || after is not null; pages++)
            {
                var page = new ListQuery(new(random.Next(1, 9), after), Order: order).Take(items);
                seen.AddRange(page.Items);
                after = page.Next;
                items.RemoveAll(item => !kept.Contains(item) && random.Next(4) == 0);
                items.Insert(random.Next(items.Count + 1), Random(random, $"n-{seed}-{pages:D3}"));
            }

            var whole = new ListQuery(new(int.MaxValue - 1, null), Order: order).Take(kept).Items;
            seen.Where(kept.Contains).ShouldBe(whole, $"seed {seed}");
            seen.Distinct().Count().ShouldBe(seen.Count, $"seed {seed}");
        }
    }

    private static Item Random(Random random, string id) => new(
        id, new string((char)('a' + random.Next(3)), random.Next(1, 3)) is var name && random.Next(2) == 0 ? name.ToUpperInvariant() : name, CreatedDay: random.Next(4), UpdatedDay: random.Next(4));

    private sealed record Item(string Id, string Name, string Key = "k", string Description = "", int CreatedDay = 0, int UpdatedDay = 0) : IListed
    {
        public DateTimeOffset CreatedAt => Then.AddDays(CreatedDay);

        public DateTimeOffset UpdatedAt => Then.AddDays(UpdatedDay);
    }
}
