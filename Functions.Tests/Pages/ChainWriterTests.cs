using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Pages;

public sealed class ChainWriterTests
{
    private const string Chain = "pg_1";

    private readonly Recorder _store = new();

    [Fact]
    public async Task CompleteAsync_NoRows_IsNullAndWritesNothing()
    {
        var writer = new ChainWriter(_store, Chain);
        await writer.EndPageAsync(CancellationToken.None);

        (await writer.CompleteAsync(CancellationToken.None)).ShouldBeNull();

        _store.Groups.ShouldBeEmpty();
        writer.PageCount.ShouldBe(0);
    }

    [Fact]
    public async Task CompleteAsync_RowsAppended_GivesTheChainWithAllRowsInOrder()
    {
        var writer = new ChainWriter(_store, Chain, maxRows: 10);
        for (var i = 0; i < 25; i++)
        {
            await writer.AppendAsync((ulong)i, (ulong)i, new() { ["id"] = Cell.Of($"id-{i}") }, CancellationToken.None);
        }

        (await writer.CompleteAsync(CancellationToken.None)).ShouldBe(Chain);

        (writer.RowCount, writer.PageCount, writer.Chain).ShouldBe((25L, 3, Chain));
        var pages = await _store.Pages.ReadAsync(Chain, KeyRange.All, PageParts.Whole, CancellationToken.None).ToListAsync();
        pages.Select(page => (page.Number, page.Count)).ShouldBe([(0, 10), (1, 10), (2, 5)]);
        pages.SelectMany(page => Enumerable.Range(0, page.Count).Select(i => page.ReadRow(i)["id"].AsText())).ShouldBe(Enumerable.Range(0, 25).Select(i => $"id-{i}"));
    }

    [Fact]
    public async Task EndPageAsync_RowsAtHand_NextRowOpensAPageAndMayBeginAnew()
    {
        var writer = new ChainWriter(_store, Chain);
        await writer.AppendAsync(9, 0, [], CancellationToken.None);
        await writer.EndPageAsync(CancellationToken.None);
        await writer.EndPageAsync(CancellationToken.None);
        await writer.AppendAsync(2, 0, [], CancellationToken.None);
        await writer.CompleteAsync(CancellationToken.None);

        _store.Groups.Single().Select(page => (page.Number, page.Range.First)).ShouldBe([(0, 9UL), (1, 2UL)]);
    }

    [Fact]
    public async Task AppendAsync_LargePages_AreSentInGroupsOfFourAtMost()
    {
        var writer = new ChainWriter(_store, Chain);
        for (var i = 0; i < 11; i++)
        {
            await writer.AppendAsync((ulong)i, 0, new() { ["t"] = Cell.Of(new string((char)('a' + i), 690_000)) }, CancellationToken.None);
        }

        await writer.CompleteAsync(CancellationToken.None);

        _store.Groups.ConvertAll(group => group.Count).ShouldBe([4, 4, 3]);
        _store.Groups.ShouldAllBe(group => group.Sum(page => page.Size) < PageGroup.MaxBytes);
    }

    [Fact]
    public async Task AppendAsync_SmallPages_AreSentInGroupsOfAHundredAtMost()
    {
        var writer = new ChainWriter(_store, Chain, maxRows: 1);
        for (var i = 0; i < 250; i++)
        {
            await writer.AppendAsync((ulong)i, 0, [], CancellationToken.None);
        }

        await writer.CompleteAsync(CancellationToken.None);

        _store.Groups.ConvertAll(group => group.Count).ShouldBe([100, 100, 50]);
    }

    [Fact]
    public async Task AppendAsync_KeyBelowThatOfAFullPage_Throws()
    {
        var writer = new ChainWriter(_store, Chain, maxRows: 1);
        await writer.AppendAsync(9, 0, [], CancellationToken.None);

        await Should.ThrowAsync<ArgumentException>(() => writer.AppendAsync(8, 0, [], CancellationToken.None));

        writer.RowCount.ShouldBe(1);
    }

    [Fact]
    public async Task AppendAsync_AfterTheEnd_Throws()
    {
        var writer = new ChainWriter(_store, Chain);
        await writer.AppendAsync(1, 1, new() { ["id"] = Cell.Of("a") }, CancellationToken.None);
        await writer.CompleteAsync(CancellationToken.None);

        await Should.ThrowAsync<InvalidOperationException>(() => writer.AppendAsync(2, 1, new() { ["id"] = Cell.Of("b") }, CancellationToken.None));
        await Should.ThrowAsync<InvalidOperationException>(() => writer.CompleteAsync(CancellationToken.None));
    }

    [Fact]
    public async Task CompleteAsync_ManyChainsOneAfterTheOther_KeepTheirColumnsApart()
    {
        var store = new MemoryPageStore();
        for (var number = 0; number < 40; number++)
        {
            var (first, second) = number % 2 == 0 ? ("a", "b") : ("b", "a");
            var writer = new ChainWriter(store, $"pg_{number}");
            await writer.AppendAsync(1, 1, new() { ["id"] = Cell.Of("x"), [first] = Cell.Of($"{number}"), [second] = Cell.Of(number) }, CancellationToken.None);
            await writer.CompleteAsync(CancellationToken.None);

            var page = await store.ReadPageAsync($"pg_{number}", 0, CancellationToken.None);
            page.Columns.Select(column => column.Name).ShouldBe(["id", first, second]);
            page.ReadRow(0)[first].ShouldBe(Cell.Of($"{number}"));
        }
    }

    [Fact]
    public async Task AppendAsync_RowLargerThanAPage_ThrowsAndTheChainGoesOn()
    {
        var writer = new ChainWriter(_store, Chain);
        await writer.AppendAsync(1, 0, [], CancellationToken.None);

        await Should.ThrowAsync<ArgumentException>(
            () => writer.AppendAsync(2, 0, new() { ["t"] = Cell.Of(new string('x', 800_000)) }, CancellationToken.None));
        await writer.AppendAsync(3, 0, [], CancellationToken.None);
        await writer.CompleteAsync(CancellationToken.None);

        writer.RowCount.ShouldBe(2);
    }

    private sealed class Recorder : IPageStore
    {
        public MemoryPageStore Pages { get; } = new();

        public List<IReadOnlyList<PackedPage>> Groups { get; } = [];

        public Task WriteAsync(string chain, IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken)
        {
            // Copies: the writer uses the memory of what it has written again.
            Groups.Add([.. pages.Select(page => new PackedPage(page.Number, page.Header.ToArray(), page.Keys.ToArray(), page.Hashes.ToArray(), page.Body.ToArray()))]);
            return Pages.WriteAsync(chain, pages, cancellationToken);
        }

        public IAsyncEnumerable<PageReader> ReadAsync(string chain, KeyRange range, PageParts parts, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<PageReader> ReadPageAsync(string chain, int number, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteAsync(string chain, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<string> ListAsync(DateTimeOffset before, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
