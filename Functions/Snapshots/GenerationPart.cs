using System.Buffers;
using System.Collections.Immutable;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Snapshots;

/// <summary>A part of the stream that <see cref="GenerationBuilder"/> reads: as memory fills, its rows are set aside in the page store, by bucket. Not thread-safe.</summary>
internal sealed class GenerationPart : IAsyncDisposable
{
    private const string BlobColumn = "rows";

    private readonly IPageStore _pages;
    private readonly MemberHasher _hasher;
    private readonly int _bucketBits;
    private readonly RowBuffer _rows;
    private readonly RowBuffer _blob;
    private readonly PooledList<byte> _bucket = new();
    private readonly List<int>[] _aside; // the pages of each bucket's rows that were set aside
    private readonly ChainWriter _writer;

    public GenerationPart(IPageStore pages, MemberHasher hasher, TimeProvider time, ImmutableArray<(string Name, CellType Type)> columns, int bucketBits)
    {
        (_pages, _hasher, _bucketBits) = (pages, hasher, bucketBits);
        _rows = new(hasher, columns, GenerationBuilder.PartBytes);
        _blob = new(hasher, [(MergeJoin.IdColumn, CellType.Text), (BlobColumn, CellType.Bytes)]);
        _aside = [.. Enumerable.Range(0, 1 << bucketBits).Select(_ => new List<int>())];
        _writer = new(pages, NewId.Create("pg", time));
    }

    /// <summary>Rows taken.</summary>
    public long Rows { get; private set; }

    /// <summary>Whether it holds as much as it may: then <see cref="SetAsideAsync"/>.</summary>
    public bool IsFull => _rows.Bytes.Length >= GenerationBuilder.PartBytes - PageBuilder.MaxRowBytes;

    /// <summary>Begins a row and gives the buffer that takes its other values, see <see cref="RowBuffer.Begin"/>; then <see cref="End"/>.</summary>
    /// <param name="id">The profile's id in UTF-8.</param>
    public RowBuffer Begin(ReadOnlySpan<byte> id)
    {
        _rows.Begin(id, _hasher.Key(id));
        return _rows;
    }

    public void End()
    {
        _rows.End();
        Rows++;
    }

    /// <summary>Writes the rows at hand as they are, to make room.</summary>
    public async ValueTask SetAsideAsync(CancellationToken cancellationToken)
    {
        var order = ArrayPool<int>.Shared.Rent(Math.Max(_rows.Count, 1));
        var ends = SortByBucket(order.AsSpan(0, _rows.Count));
        for (var bucket = 0; bucket < _aside.Length; bucket++)
        {
            Gather(order.AsSpan(bucket == 0 ? 0 : ends[bucket - 1], ends[bucket] - (bucket == 0 ? 0 : ends[bucket - 1])));
            await WriteBucketAsync(bucket, cancellationToken);
        }

        ArrayPool<int>.Shared.Return(order);
        _rows.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        _rows.Dispose();
        _blob.Dispose();
        _bucket.Dispose();
        if (_writer.PageCount > 0)
        {
            await _pages.DeleteAsync(_writer.Chain, CancellationToken.None);
        }
    }

    /// <summary>No row comes any more: all can be read by bucket. Their memory is given back, unless it holds the rows of the only part.</summary>
    internal async Task EndAsync(bool isOnly, CancellationToken cancellationToken)
    {
        if (!isOnly || _writer.PageCount > 0)
        {
            await SetAsideAsync(cancellationToken);
            _rows.Dispose();
        }

        await _writer.CompleteAsync(cancellationToken);
    }

    /// <summary>Gives the rows of a bucket that were set aside to a buffer.</summary>
    internal async Task LoadAsync(RowBuffer target, int bucket, CancellationToken cancellationToken)
    {
        foreach (var number in _aside[bucket])
        {
            using var page = await _pages.ReadPageAsync(_writer.Chain, number, cancellationToken);
            target.Load(page.Find(BlobColumn)!.BytesAt(0));
        }
    }

    /// <summary>All rows, when none had to be set aside; else null.</summary>
    internal RowBuffer? Held => _writer.PageCount == 0 ? _rows : null;

    /// <returns>Where each bucket ends in the order.</returns>
    private int[] SortByBucket(Span<int> order)
    {
        var ends = new int[_aside.Length];
        for (var row = 0; row < order.Length; row++)
        {
            ends[BucketOf(row)]++;
        }

        for (var (bucket, start) = (0, 0); bucket < ends.Length; bucket++)
        {
            (ends[bucket], start) = (start, start + ends[bucket]);
        }

        for (var row = 0; row < order.Length; row++)
        {
            order[ends[BucketOf(row)]++] = row;
        }

        return ends;
    }

    private int BucketOf(int row) => _bucketBits == 0 ? 0 : (int)(_rows.KeyOf(row) >> (64 - _bucketBits));

    private void Gather(ReadOnlySpan<int> rows)
    {
        _bucket.Clear();
        foreach (var row in rows)
        {
            var bytes = _rows.BytesOf(row);
            bytes.CopyTo(_bucket.Reserve(bytes.Length));
        }
    }

    /// <summary>A page holds one value of so many rows: no value is larger than a page.</summary>
    private async ValueTask WriteBucketAsync(int bucket, CancellationToken cancellationToken)
    {
        for (var start = 0; start < _bucket.Count;)
        {
            start += FillBlob(_bucket.Span[start..]);
            _aside[bucket].Add(_writer.PageCount);
            await _blob.WriteAsync(_writer, cancellationToken);
            await _writer.EndPageAsync(cancellationToken);
            _blob.Clear();
        }
    }

    private int FillBlob(ReadOnlySpan<byte> rows)
    {
        var length = RowBuffer.WholeRows(rows, most: PageBuilder.MaxRowBytes - 1_000);
        _blob.Begin("rows"u8, 0);
        _blob.AddText(rows[..length]);
        _blob.End();
        return length;
    }
}
