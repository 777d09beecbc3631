#pragma warning disable CS9113 // signatures first, bodies with the codec
using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Keyed 64-bit hashes of an installation (SipHash-2-4): member keys, row hashes, payload hashes. Never 0 for <see cref="Payload"/>.</summary>
public sealed class MemberHasher(ReadOnlyMemory<byte> secret)
{
    /// <summary>The member key of a profile id: rows are sorted by it, shards are ranges of it. Two ids may share a key.</summary>
    public ulong Key(string profileId) => throw new NotSupportedException();

    /// <summary>Hash over every cell (name, type and value, in the order of names) of a row; decimals by value, not scale.</summary>
    public ulong Row(Row row) => throw new NotSupportedException();

    /// <summary>As <see cref="Row"/>, never 0: 0 stands for "unknown" in ledgers.</summary>
    public ulong Payload(Row row) => throw new NotSupportedException();

    public ReadOnlyMemory<byte> Secret => secret;
}

/// <summary>A range of member keys, both ends included.</summary>
public readonly record struct KeyRange(ulong First, ulong Last)
{
    public static KeyRange All { get; } = new(0, ulong.MaxValue);

    /// <summary>Range of shard <paramref name="shard"/> when keys are cut by their top <paramref name="bits"/> bits (0–16).</summary>
    public static KeyRange OfShard(int shard, int bits) => bits == 0
        ? All
        : new((ulong)shard << (64 - bits), ((ulong)shard << (64 - bits)) | (ulong.MaxValue >> bits));

    public bool Contains(ulong key) => key >= First && key <= Last;

    public bool Overlaps(KeyRange other) => First <= other.Last && other.First <= Last;
}

/// <summary>One sealed page: what a store keeps as one entity. The parts are opaque to everyone but the codec.</summary>
/// <param name="Header">Format version, row count, key range, schema, checksums.</param>
/// <param name="Keys">Member keys column. With <paramref name="Hashes"/> it is all that a diff reads.</param>
/// <param name="Body">The other columns; empty when only keys and hashes were read.</param>
public sealed record PackedPage(int Number, ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Keys, ReadOnlyMemory<byte> Hashes, ReadOnlyMemory<byte> Body)
{
    /// <summary>Most bytes of all parts together: Azurite counts an entity's 1 MiB after base64 (720 KiB passes, 780 KiB does not).</summary>
    public const int MaxBytes = 720 * 1024;

    /// <summary>First and last key and row count, read from the header alone.</summary>
    public KeyRange Range => throw new NotSupportedException();

    public int RowCount => throw new NotSupportedException();
}

/// <summary>A stored page is damaged or of an unknown format version; the message names the page.</summary>
public sealed class DamagedPageException(string message) : Exception(message);

/// <summary>Fills pages with rows in order of (key, id).</summary>
/// <remarks>Columns are found as rows come: a column is (name, type), so one attribute may have two types in one page. Not thread-safe.</remarks>
/// <param name="maxRows">Most rows a page; a page is also full when the next row could pass <see cref="PackedPage.MaxBytes"/>.</param>
public sealed class PageBuilder(int maxRows = 10_000)
{
    public int RowCount => throw new NotSupportedException();

    /// <summary>Appends a row; false when the page is full (then seal and append again).</summary>
    /// <exception cref="ArgumentException">The row alone is larger than a page, or its key is below the one before.</exception>
    public bool TryAppend(ulong key, ulong rowHash, Row row) => throw new NotSupportedException();

    /// <summary>Encodes the page and empties the builder for the next. <paramref name="number"/> is the page's place in its chain, from 0.</summary>
    public PackedPage Seal(int number) => throw new NotSupportedException();
}

/// <summary>Reads one page. Opening checks format and checksums of the parts at hand.</summary>
public sealed class PageReader
{
    private PageReader()
    {
    }

    /// <param name="name">Names the page in errors.</param>
    /// <exception cref="DamagedPageException"/>
    public static PageReader Open(PackedPage page, string name) => throw new NotSupportedException();

    public int Count => throw new NotSupportedException();

    public int Number => throw new NotSupportedException();

    public ReadOnlySpan<ulong> Keys => throw new NotSupportedException();

    public ReadOnlySpan<ulong> RowHashes => throw new NotSupportedException();

    /// <summary>The columns of the page; one name may come with several types.</summary>
    public ImmutableArray<(string Name, CellType Type)> Columns => throw new NotSupportedException();

    /// <summary>The cells of one name, whatever their types; null when the page has no such column. Reads no other column.</summary>
    public ColumnReader? Find(string name) => throw new NotSupportedException();

    /// <summary>All cells of one row.</summary>
    public Row ReadRow(int index) => throw new NotSupportedException();
}

/// <summary>The cells of one name in one page.</summary>
public sealed class ColumnReader
{
    private ColumnReader()
    {
    }

    /// <summary>The cell of a row; absent when the row has none.</summary>
    public Cell this[int row] => throw new NotSupportedException();
}

/// <summary>A row of a page, not yet decoded.</summary>
public readonly record struct RowRef(PageReader Page, int Index)
{
    public ulong Key => Page.Keys[Index];

    public ulong RowHash => Page.RowHashes[Index];

    public Cell this[string column] => Page.Find(column)?[Index] ?? default;
}

/// <summary>Full outer merge join of two sorted streams of pages.</summary>
public static class MergeJoin
{
    /// <summary>Name of the column that holds the profile id, in every page: rows with equal keys are told apart by it.</summary>
    public const string IdColumn = "id";

    /// <summary>Pairs rows by (key, id): a row of one side alone comes with null on the other. Ids are decoded only where keys are equal and hashes differ, or keys repeat.</summary>
    public static IAsyncEnumerable<(RowRef? Left, RowRef? Right)> FullOuterAsync(
        IAsyncEnumerable<PageReader> left, IAsyncEnumerable<PageReader> right, CancellationToken cancellationToken) => throw new NotSupportedException();
}

/// <summary>Which parts of a page to read.</summary>
public enum PageParts
{
    Whole,

    /// <summary>Header, keys and row hashes.</summary>
    KeysAndHashes,
}

/// <summary>Keeps chains of pages: a chain is written once, by one writer, and becomes visible to others when a manifest names it.</summary>
public interface IPageStore
{
    /// <summary>Writes pages of a chain; repeatable (a page of the same number is replaced).</summary>
    Task WriteAsync(string chain, IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken);

    /// <summary>Reads the pages of a chain that overlap the range, in order.</summary>
    IAsyncEnumerable<PageReader> ReadAsync(string chain, KeyRange range, PageParts parts, CancellationToken cancellationToken);

    /// <exception cref="DamagedPageException">The page is missing or damaged.</exception>
    Task<PageReader> ReadPageAsync(string chain, int number, CancellationToken cancellationToken);

    Task DeleteAsync(string chain, CancellationToken cancellationToken);

    /// <summary>Chains whose id (made by <see cref="Ids.NewId"/>, prefix <c>pg</c>) is older than <paramref name="before"/>.</summary>
    IAsyncEnumerable<string> ListAsync(DateTimeOffset before, CancellationToken cancellationToken);
}

/// <summary>Writes a stream of sorted rows into a new chain: seals pages as they fill, sends them off in groups.</summary>
public sealed class ChainWriter(IPageStore store, string chain, int maxRows = 10_000)
{
    public string Chain => chain;

    public long RowCount => throw new NotSupportedException();

    public int PageCount => throw new NotSupportedException();

    public Task AppendAsync(ulong key, ulong rowHash, Row row, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Ends the page at hand although it is not full: the next row opens a new one.</summary>
    public Task EndPageAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Seals and writes what is left. Null when no row was written (then there is no chain).</summary>
    public Task<string?> CompleteAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}
