using AudienceSync.Ids;
using AudienceSync.Values;
using Moq;

namespace AudienceSync.Pages;

/// <summary>What every page store does: run on the one in memory and on the tables of Azurite.</summary>
public abstract class PageStoreContract
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    protected abstract IPageStore Store { get; }

    /// <summary>Takes a page away behind the store's back.</summary>
    protected abstract Task RemoveAsync(string chain, int number);

    /// <summary>Changes a byte of a page's keys behind the store's back.</summary>
    protected abstract Task DamageAsync(string chain, int number);

    [Fact]
    public async Task ReadAsync_ChainWritten_GivesAllPagesInOrder()
    {
        var chain = NewChain();
        await Store.WriteAsync(chain, Pages(0, 12), CancellationToken.None);
        await Store.WriteAsync(chain, Pages(12, 5), CancellationToken.None);

        var pages = await ReadAsync(chain, KeyRange.All);

        pages.Select(page => page.Number).ShouldBe(Enumerable.Range(0, 17));
        pages.Select(page => page.ReadRow(1)["id"].AsText()).ShouldBe(Enumerable.Range(0, 17).Select(number => $"{number}-1"));
        pages[3].Keys.ToArray().ShouldBe([30UL, 31, 32]);
        pages[3].RowHashes.ToArray().ShouldBe([3UL, 3, 3]);
    }

    [Fact]
    public async Task ReadAsync_Range_GivesThePagesThatOverlapIt()
    {
        var chain = NewChain();
        await Store.WriteAsync(chain, Pages(0, 20), CancellationToken.None);

        (await NumbersAsync(new(42, 61))).ShouldBe([4, 5, 6]);
        (await NumbersAsync(new(43, 49))).ShouldBeEmpty();
        (await NumbersAsync(new(0, 0))).ShouldBe([0]);
        (await NumbersAsync(new(192, ulong.MaxValue))).ShouldBe([19]);
        (await NumbersAsync(new(193, ulong.MaxValue))).ShouldBeEmpty();
        (await NumbersAsync(new(0, ulong.MaxValue - 1))).Count.ShouldBe(20);

        async Task<List<int>> NumbersAsync(KeyRange range) => (await ReadAsync(chain, range)).ConvertAll(page => page.Number);
    }

    [Fact]
    public async Task ReadAsync_RangesOfKeysWithTheTopBit_ComparesWithoutSign()
    {
        var chain = NewChain();
        await Store.WriteAsync(chain, [Page(0, [1UL]), Page(1, [1UL << 63]), Page(2, [ulong.MaxValue])], CancellationToken.None);

        (await ReadAsync(chain, KeyRange.OfShard(0, 1))).ConvertAll(page => page.Number).ShouldBe([0]);
        (await ReadAsync(chain, KeyRange.OfShard(1, 1))).ConvertAll(page => page.Number).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task ReadAsync_KeysAndHashes_LeavesTheBody()
    {
        var chain = NewChain();
        await Store.WriteAsync(chain, Pages(0, 3), CancellationToken.None);

        var pages = await ReadAsync(chain, KeyRange.All, PageParts.KeysAndHashes);

        pages.Count.ShouldBe(3);
        pages[2].Keys.ToArray().ShouldBe([20UL, 21, 22]);
        pages[2].RowHashes.ToArray().ShouldBe([2UL, 2, 2]);
        Should.Throw<InvalidOperationException>(() => pages[2].Find("id"));
    }

    [Fact]
    public async Task WriteAsync_SamePageAgain_ReplacesIt()
    {
        var chain = NewChain();
        await Store.WriteAsync(chain, [LargePage(0, 'a')], CancellationToken.None);
        await Store.WriteAsync(chain, [Page(0, [7UL])], CancellationToken.None);

        (await Store.ReadPageAsync(chain, 0, CancellationToken.None)).Keys.ToArray().ShouldBe([7UL]);
    }

    [Fact]
    public async Task WriteAsync_NoPages_WritesNothing()
    {
        var chain = NewChain();
        await Store.WriteAsync(chain, [], CancellationToken.None);

        await Should.ThrowAsync<DamagedPageException>(() => ReadAsync(chain, KeyRange.All));
    }

    [Fact]
    public async Task WriteAsync_PagesOfTheLargestSize_AreReadBackWhole()
    {
        var chain = NewChain();
        var written = Enumerable.Range(0, 6).Select(number => LargePage(number, (char)('a' + number))).ToList();
        written.ShouldAllBe(page => page.Size > PackedPage.MaxBytes - 3_000);
        await Store.WriteAsync(chain, written, CancellationToken.None);

        var pages = await ReadAsync(chain, KeyRange.All);

        pages.Select(page => page.Find("t")!.ShouldNotBeNull()[0].AsText()[0]).ShouldBe("abcdef");
    }

    [Fact]
    public async Task WriteAsync_MoreThanAHundredPages_WritesAll()
    {
        var chain = NewChain();
        await Store.WriteAsync(chain, Pages(0, 230), CancellationToken.None);

        (await ReadAsync(chain, KeyRange.All, PageParts.KeysAndHashes)).Select(page => page.Number).ShouldBe(Enumerable.Range(0, 230));
    }

    [Fact]
    public async Task ReadPageAsync_PageThere_GivesIt()
    {
        var chain = NewChain();
        await Store.WriteAsync(chain, Pages(0, 3), CancellationToken.None);

        var page = await Store.ReadPageAsync(chain, 1, CancellationToken.None);

        (page.Number, page.ReadRow(2)["id"].AsText()).ShouldBe((1, "1-2"));
    }

    [Fact]
    public async Task ReadPageAsync_PageMissing_NamesIt()
    {
        var chain = NewChain();
        await Store.WriteAsync(chain, Pages(0, 3), CancellationToken.None);

        var error = await Should.ThrowAsync<DamagedPageException>(() => Store.ReadPageAsync(chain, 3, CancellationToken.None));

        error.Message.ShouldBe($"Page {chain}/3 is missing.");
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task ReadAsync_PageMissing_NamesIt(int missing, bool keysOnly)
    {
        var chain = NewChain();
        await Store.WriteAsync(chain, Pages(0, 5), CancellationToken.None);
        await RemoveAsync(chain, missing);

        var error = await Should.ThrowAsync<DamagedPageException>(() => ReadAsync(chain, KeyRange.All, keysOnly ? PageParts.KeysAndHashes : PageParts.Whole));

        error.Message.ShouldBe($"Page {chain}/{missing} is missing.");
    }

    [Fact]
    public async Task ReadAsync_PageOfARangeMissing_NamesIt()
    {
        var chain = NewChain();
        await Store.WriteAsync(chain, Pages(0, 9), CancellationToken.None);
        await RemoveAsync(chain, 5);

        var error = await Should.ThrowAsync<DamagedPageException>(() => ReadAsync(chain, new(40, 69)));

        error.Message.ShouldBe($"Page {chain}/5 is missing.");
    }

    [Fact]
    public async Task ReadAsync_PageDamaged_NamesIt()
    {
        var chain = NewChain();
        await Store.WriteAsync(chain, Pages(0, 3), CancellationToken.None);
        await DamageAsync(chain, 1);

        (await Should.ThrowAsync<DamagedPageException>(() => ReadAsync(chain, KeyRange.All))).Message.ShouldContain($"{chain}/1 is damaged");
        (await Should.ThrowAsync<DamagedPageException>(() => ReadAsync(chain, KeyRange.All, PageParts.KeysAndHashes))).Message.ShouldContain($"{chain}/1");
        (await Should.ThrowAsync<DamagedPageException>(() => Store.ReadPageAsync(chain, 1, CancellationToken.None))).Message.ShouldContain($"{chain}/1");
    }

    [Fact]
    public async Task ReadAsync_ChainThatIsNotThere_IsDamaged()
    {
        await Should.ThrowAsync<DamagedPageException>(() => ReadAsync(NewChain(), KeyRange.All));
        await Should.ThrowAsync<DamagedPageException>(() => ReadAsync(NewChain(), new(5, 6)));
        await Should.ThrowAsync<DamagedPageException>(() => Store.ReadPageAsync(NewChain(), 0, CancellationToken.None));
    }

    [Fact]
    public async Task DeleteAsync_Chain_TakesAllItsPagesAndNoOthers()
    {
        var (chain, other) = (NewChain(), NewChain());
        await Store.WriteAsync(chain, Pages(0, 130), CancellationToken.None);
        await Store.WriteAsync(other, Pages(0, 2), CancellationToken.None);

        await Store.DeleteAsync(chain, CancellationToken.None);
        await Store.DeleteAsync(chain, CancellationToken.None);

        await Should.ThrowAsync<DamagedPageException>(() => ReadAsync(chain, KeyRange.All));
        (await ReadAsync(other, KeyRange.All)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task ListAsync_ChainsOfSeveralAges_GivesTheOlderOnesOnce()
    {
        var (old, young) = (NewChain(-2), NewChain(0));
        await Store.WriteAsync(old, Pages(0, 3), CancellationToken.None);
        await Store.WriteAsync(young, Pages(0, 3), CancellationToken.None);

        var listed = await Store.ListAsync(Now.AddHours(-1), CancellationToken.None).ToListAsync();

        listed.Count(chain => chain == old).ShouldBe(1);
        listed.ShouldNotContain(young);
        (await Store.ListAsync(Now.AddHours(1), CancellationToken.None).ToListAsync()).ShouldContain(young);
        (await Store.ListAsync(Now.AddHours(-3), CancellationToken.None).ToListAsync()).ShouldNotContain(old);
    }

    private static string NewChain(int hours = 0)
    {
        var time = new Mock<TimeProvider>();
        time.Setup(provider => provider.GetUtcNow()).Returns(Now.AddHours(hours));
        return NewId.Create("pg", time.Object);
    }

    private async Task<List<PageReader>> ReadAsync(string chain, KeyRange range, PageParts parts = PageParts.Whole) =>
        await Store.ReadAsync(chain, range, parts, CancellationToken.None).ToListAsync();

    /// <summary>Page n holds the keys 10 n to 10 n + 2.</summary>
    private static List<PackedPage> Pages(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(number => Page(number, [.. Enumerable.Range(number * 10, 3).Select(key => (ulong)key)]))];

    private static PackedPage Page(int number, ulong[] keys)
    {
        var builder = new PageBuilder();
        foreach (var (index, key) in keys.Index())
        {
            builder.TryAppend(key, (ulong)number, new() { ["id"] = Cell.Of($"{number}-{index}"), ["n"] = Cell.Of(key % 7 / 2m) }).ShouldBeTrue();
        }

        return builder.Seal(number).Single();
    }

    /// <summary>A page as full as a page can be: its texts have nothing in common that could be left out.</summary>
    private static PackedPage LargePage(int number, char fill)
    {
        var builder = new PageBuilder();
        var row = 0;
        while (builder.TryAppend((ulong)((number * 1_000_000) + row), 0, new() { ["t"] = Cell.Of($"{fill}{row}{new string(fill, 2_000)}{(char)('a' + (row % 26))}") }))
        {
            row++;
        }

        return builder.Seal(number).Single();
    }
}
