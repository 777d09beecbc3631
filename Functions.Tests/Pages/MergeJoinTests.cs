using AudienceSync.Values;

namespace AudienceSync.Pages;

public sealed class MergeJoinTests
{
    private static readonly MemberHasher Hasher = new(new byte[16]);

    [Fact]
    public async Task NextAsync_RandomSets_PairsAsANaiveJoinDoes()
    {
        for (var seed = 0; seed < 1_500; seed++)
        {
            var random = new Random(seed);
            var keyBits = random.Next(0, 12);
            var ids = Enumerable.Range(0, random.Next(1, 60)).Select(i => $"id-{i}").ToList();
            var lefts = Side(random, ids);
            var rights = Side(random, ids);
            var expected = lefts.Keys.Union(rights.Keys)
                .OrderBy(id => KeyOf(id, keyBits)).ThenBy(id => id, StringComparer.Ordinal)
                .Select(id => (lefts.TryGetValue(id, out var l) ? $"{id}={l}" : null, rights.TryGetValue(id, out var r) ? $"{id}={r}" : null));

            var pairs = await JoinAsync(
                Pages(lefts, keyBits, random.Next(1, 8)).ToAsyncEnumerable(), Pages(rights, keyBits, random.Next(1, 8)).ToAsyncEnumerable());

            // Within one key, rows of one side alone come before or after pairs by their ids: all in the order of (key, id).
            pairs.Select(pair => (Show(pair.Left), Show(pair.Right))).ShouldBe(expected, $"seed {seed}");
        }
    }

    [Fact]
    public async Task NextAsync_PagesThatOverlap_PairsAsANaiveJoinDoes()
    {
        for (var seed = 0; seed < 1_500; seed++)
        {
            var random = new Random(seed);
            var keyBits = random.Next(0, 12);
            var ids = Enumerable.Range(0, random.Next(1, 60)).Select(i => $"id-{i}").ToList();
            var lefts = Side(random, ids);
            var rights = Side(random, ids);
            var expected = lefts.Keys.Union(rights.Keys)
                .OrderBy(id => KeyOf(id, keyBits)).ThenBy(id => id, StringComparer.Ordinal)
                .Select(id => (lefts.TryGetValue(id, out var l) ? $"{id}={l}" : null, rights.TryGetValue(id, out var r) ? $"{id}={r}" : null));

            // Each side in runs: any rows together, in order among themselves.
            var leftPages = lefts.GroupBy(_ => random.Next(4)).SelectMany(run => Pages(run.ToDictionary(), keyBits, random.Next(1, 8)));
            var rightPages = rights.GroupBy(_ => random.Next(1, 4)).SelectMany(run => Pages(run.ToDictionary(), keyBits, random.Next(1, 8)));
            var pairs = await JoinAsync(
                MergedRows.ReadAsync(leftPages.ToAsyncEnumerable(), CancellationToken.None), MergedRows.ReadAsync(rightPages.ToAsyncEnumerable(), CancellationToken.None));

            pairs.Select(pair => (Show(pair.Left), Show(pair.Right))).ShouldBe(expected, $"seed {seed}");
        }
    }

    [Fact]
    public async Task NextAsync_KeysThatNeverRepeatAndNoChange_NeedsKeysAndHashesOnly()
    {
        var lefts = Enumerable.Range(0, 500).ToDictionary(i => $"id-{i}", _ => 1);
        var rights = Enumerable.Range(100, 500).ToDictionary(i => $"id-{i}", _ => 1);

        var pairs = await JoinAsync(
            Pages(lefts, 64, 70, PageParts.KeysAndHashes).ToAsyncEnumerable(), Pages(rights, 64, 90, PageParts.KeysAndHashes).ToAsyncEnumerable());

        (pairs.Count(pair => pair.Right is null), pairs.Count(pair => pair.Left is null), pairs.Count).ShouldBe((100, 100, 600));
    }

    [Fact]
    public async Task NextAsync_ChangedRowWithoutBody_SaysToReadWholePages()
    {
        var lefts = Pages(new() { ["a"] = 1 }, 64, 10, PageParts.KeysAndHashes);
        var rights = Pages(new() { ["a"] = 2 }, 64, 10);

        var error = await Should.ThrowAsync<InvalidOperationException>(() => JoinAsync(lefts.ToAsyncEnumerable(), rights.ToAsyncEnumerable()));

        error.Message.ShouldContain("whole page");
    }

    [Fact]
    public async Task NextAsync_OneKeyOverManyPages_IsOneGroup()
    {
        var lefts = Enumerable.Range(0, 40).ToDictionary(i => $"id-{i}", i => i);
        var rights = Enumerable.Range(20, 40).ToDictionary(i => $"id-{i}", i => i);

        var pairs = await JoinAsync(Pages(lefts, 0, 3).ToAsyncEnumerable(), Pages(rights, 0, 7).ToAsyncEnumerable());

        pairs.Count.ShouldBe(60);
        pairs.Count(pair => pair is { Left: not null, Right: not null }).ShouldBe(20);
    }

    [Fact]
    public async Task NextAsync_NothingOnBothSides_GivesNothing() =>
        (await JoinAsync(AsyncEnumerable.Empty<PageReader>(), AsyncEnumerable.Empty<PageReader>())).ShouldBeEmpty();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NextAsync_PagesOutOfOrder_IsDamaged(bool left)
    {
        var pages = Pages(Enumerable.Range(0, 30).ToDictionary(i => $"id-{i}", _ => 1), 64, 10);
        var unsorted = Enumerable.Reverse(pages).ToAsyncEnumerable();

        var error = await Should.ThrowAsync<DamagedPageException>(
            () => left ? JoinAsync(unsorted, AsyncEnumerable.Empty<PageReader>()) : JoinAsync(AsyncEnumerable.Empty<PageReader>(), unsorted));

        error.Message.ShouldContain("test/1");
    }

    [Fact]
    public async Task NextAsync_IdsOfOneKeyOutOfOrder_IsDamaged()
    {
        var unsorted = Page(0, [(5, 1, new Row { ["id"] = Cell.Of("b") }), (5, 1, new Row { ["id"] = Cell.Of("a") })]);
        var twice = Page(0, [(5, 1, new Row { ["id"] = Cell.Of("a") }), (5, 2, new Row { ["id"] = Cell.Of("a") })]);
        var other = Page(0, [(5, 1, new Row { ["id"] = Cell.Of("a") })]);

        foreach (var page in (PageReader[])[unsorted, twice])
        {
            var error = await Should.ThrowAsync<DamagedPageException>(
                () => JoinAsync(new[] { page }.ToAsyncEnumerable(), new[] { other }.ToAsyncEnumerable()));
            error.Message.ShouldContain("out of order");
        }
    }

    [Fact]
    public async Task NextAsync_NeededIdMissing_IsDamaged()
    {
        var without = Page(0, [(5, 1, new Row { ["x"] = Cell.Of("b") })]);
        var other = Page(0, [(5, 2, new Row { ["id"] = Cell.Of("a") })]);

        var error = await Should.ThrowAsync<DamagedPageException>(
            () => JoinAsync(new[] { without }.ToAsyncEnumerable(), new[] { other }.ToAsyncEnumerable()));

        error.Message.ShouldContain("has no id");
    }

    [Fact]
    public async Task NextAsync_RandomSetsWithoutTheEqualRows_ListsEveryDifferenceAndCountsTheRest()
    {
        for (var seed = 0; seed < 1_500; seed++)
        {
            var random = new Random(seed);
            var keyBits = random.Next(0, 20);
            var ids = Enumerable.Range(0, random.Next(1, 60)).Select(i => $"id-{i}").ToList();
            var lefts = Side(random, ids);
            var rights = random.Next(3) == 0 ? new(lefts) : Side(random, ids);
            var counted = new CountEqual();
            var (leftRows, rightRows) = (random.Next(1, 8), random.Next(1, 8));

            var pairs = await JoinAsync(Pages(lefts, keyBits, leftRows).ToAsyncEnumerable(), Pages(rights, keyBits, rightRows).ToAsyncEnumerable(), counted);

            var same = lefts.Count(row => rights.TryGetValue(row.Key, out var value) && value == row.Value);
            counted.Rows.ShouldBe(same, $"seed {seed}");
            pairs.Count.ShouldBe(lefts.Keys.Union(rights.Keys).Count() - same, $"seed {seed}");
        }
    }

    [Fact]
    public async Task NextAsync_SamePagesOnBothSides_ComparesHeadersOnly()
    {
        var rows = Enumerable.Range(0, 200).ToDictionary(i => $"id-{i}", _ => 1);
        var counted = new CountEqual();

        var pairs = await JoinAsync(Headers(rows), Headers(rows), counted);

        (pairs.Count, counted.Pages, counted.Rows).ShouldBe((0, 20, 200));

        IAsyncEnumerable<PageReader> Headers(Dictionary<string, int> all) => all
            .Select(row => (Key: KeyOf(row.Key, 64), Row: new Row { ["id"] = Cell.Of(row.Key) }))
            .OrderBy(row => row.Key)
            .Select(row => (row.Key, Hasher.Row(row.Row), row.Row))
            .Chunk(10)
            .Select((chunk, number) => PageReader.Open(number, PageCodecTests.SealAndOpen(chunk).Page.Header.Span, new Unreadable(), $"test/{number}"))
            .ToAsyncEnumerable();
    }

    [Fact]
    public async Task NextAsync_LongSides_HoldsOnePageOfEachAndDisposesOfThoseBehind()
    {
        var (taken, disposed, most) = (0, 0, 0);
        async IAsyncEnumerable<PageReader> Count(Dictionary<string, int> all)
        {
            foreach (var page in Pages(all, 64, 10))
            {
                taken++;
                var bytes = new Counted(() => disposed++);
                yield return await Task.FromResult(OpenLater(page, bytes));
            }
        }

        var rows = Enumerable.Range(0, 200).ToDictionary(i => $"id-{i}", _ => 1);
        await using (var join = new MergeJoin(Count(rows), Count(rows), new EveryRow(), CancellationToken.None))
        {
            while (await join.NextAsync())
            {
                most = Math.Max(most, taken - disposed);
            }
        }

        (taken, disposed).ShouldBe((40, 40));
        most.ShouldBeLessThanOrEqualTo(4);

        static PageReader OpenLater(PageReader page, Counted bytes)
        {
            var rows = Enumerable.Range(0, page.Count).Select(i => (page.Keys[i], page.RowHashes[i], page.ReadRow(i)));
            bytes.Page = PageCodecTests.SealAndOpen(rows).Page;
            return PageReader.Open(page.Number, bytes.Page.Header.Span, bytes, page.Name);
        }
    }

    [Fact]
    public async Task NextAsync_Cancelled_Stops()
    {
        using var source = new CancellationTokenSource();
        var pages = Pages(Enumerable.Range(0, 30).ToDictionary(i => $"id-{i}", _ => 1), 64, 10);
        await using var join = new MergeJoin(pages.ToAsyncEnumerable(), AsyncEnumerable.Empty<PageReader>(), new EveryRow(), source.Token);
        (await join.NextAsync()).ShouldBeTrue();

        await source.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () => await join.NextAsync());
    }

    /// <summary>Holds a page, and tells when it is disposed of.</summary>
    private sealed class Counted(Action onDispose) : IPageBytes
    {
        public PackedPage? Page { get; set; }

        public ReadOnlyMemory<byte> Read(PagePart part, int offset, int length) => part switch
        {
            PagePart.Keys => Page!.Keys.Slice(offset, length),
            PagePart.Hashes => Page!.Hashes.Slice(offset, length),
            _ => Page!.Body.Slice(offset, length),
        };

        public void Dispose() => onDispose();
    }

    private sealed class Unreadable : IPageBytes
    {
        public ReadOnlyMemory<byte> Read(PagePart part, int offset, int length) => throw new InvalidOperationException("Only the header is needed.");

        public void Dispose()
        {
        }
    }

    private static Dictionary<string, int> Side(Random random, List<string> ids) =>
        ids.Where(_ => random.Next(3) > 0).ToDictionary(id => id, _ => random.Next(3));

    private static ulong KeyOf(string id, int bits) => bits == 0 ? 0 : Hasher.Key(id) >> (64 - bits);

    private static List<PageReader> Pages(Dictionary<string, int> rows, int keyBits, int rowsPerPage, PageParts parts = PageParts.Whole) =>
    [
        .. rows.Select(row => (Key: KeyOf(row.Key, keyBits), Id: row.Key, Row: new Row { ["id"] = Cell.Of(row.Key), ["v"] = Cell.Of(row.Value) }))
            .OrderBy(row => row.Key).ThenBy(row => row.Id, StringComparer.Ordinal)
            .Select(row => (row.Key, Hasher.Row(row.Row), row.Row))
            .Chunk(rowsPerPage)
            .Select((chunk, number) => Page(number, chunk, parts)),
    ];

    private static PageReader Page(int number, IEnumerable<(ulong Key, ulong Hash, Row Row)> rows, PageParts parts = PageParts.Whole) =>
        PageReader.Open(PageCodecTests.SealAndOpen(rows).Page with { Number = number }, $"test/{number}", parts);

    private static async Task<List<(RowRef? Left, RowRef? Right)>> JoinAsync(
        IAsyncEnumerable<ISortedRows> left, IAsyncEnumerable<ISortedRows> right, IEqualRows? equal = null)
    {
        var pairs = new List<(RowRef? Left, RowRef? Right)>();
        await using var join = new MergeJoin(left, right, equal ?? new EveryRow(), CancellationToken.None);
        while (await join.NextAsync())
        {
            pairs.AddRange(join.Differences);
        }

        return pairs;
    }

    private static string? Show(RowRef? row) => row is { } found ? $"{found["id"]}={found["v"]}" : null;

    /// <summary>Lists every row, also those that both sides hold alike.</summary>
    private sealed class EveryRow : IEqualRows
    {
        public bool AreSettled(PageReader right) => false;

        public void AddSettled(PageReader right, int rows) => throw new InvalidOperationException("No page is settled.");

        public bool IsDifference(RowRef left, RowRef right) => true;
    }

    /// <summary>Counts the rows that both sides hold alike, whole pages at once where they are equal.</summary>
    private sealed class CountEqual : IEqualRows
    {
        public int Rows { get; private set; }

        public int Pages { get; private set; }

        public bool AreSettled(PageReader right) => true;

        public void AddSettled(PageReader right, int rows)
        {
            Pages += rows == right.Count ? 1 : 0;
            Rows += rows;
        }

        public bool IsDifference(RowRef left, RowRef right) => throw new InvalidOperationException("Every page is settled.");
    }
}
