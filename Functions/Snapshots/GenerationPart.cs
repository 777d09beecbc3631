using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Snapshots;

/// <summary>A part of the stream that <see cref="GenerationBuilder"/> reads. Not thread-safe.</summary>
internal sealed class GenerationPart(
    IPageStore pages, MemberHasher hasher, TimeProvider time, ImmutableArray<(string Name, CellType Type)> columns, int bucketBits) : IAsyncDisposable
{
    private readonly RowBuffer?[] _buckets = new RowBuffer?[1 << bucketBits];
    private readonly List<int>?[] _runs = new List<int>?[1 << bucketBits]; // the pages of each bucket's runs
    private readonly ChainWriter _writer = new(pages, NewId.Create("pg", time));
    private long _bytes;

    /// <summary>Rows taken.</summary>
    public long Rows { get; private set; }

    /// <summary>Whether it holds as much as it may: then <see cref="SpillAsync"/>.</summary>
    public bool IsFull => _bytes >= GenerationBuilder.PartBytes;

    /// <summary>Begins a row and gives the buffer that takes its other values, see <see cref="RowBuffer.Begin"/>; then <see cref="End"/>.</summary>
    /// <param name="id">The profile's id in UTF-8.</param>
    public RowBuffer Begin(ReadOnlySpan<byte> id)
    {
        var key = hasher.Key(id);
        ref var bucket = ref _buckets[bucketBits == 0 ? 0 : (int)(key >> (64 - bucketBits))];
        bucket ??= new(hasher, columns);
        _bytes -= bucket.Size;
        bucket.Begin(id, key);
        return bucket;
    }

    public void End(RowBuffer row)
    {
        row.End();
        _bytes += row.Size;
        Rows++;
    }

    /// <summary>Sorts the fullest bucket and writes it as a run.</summary>
    public async ValueTask SpillAsync(CancellationToken cancellationToken)
    {
        var fullest = 0;
        for (var bucket = 1; bucket < _buckets.Length; bucket++)
        {
            fullest = (_buckets[bucket]?.Size ?? 0) > (_buckets[fullest]?.Size ?? 0) ? bucket : fullest;
        }

        await SpillAsync(fullest, cancellationToken);
    }

    /// <summary>The rows of a bucket of which none were written; null when some were.</summary>
    internal RowBuffer? Held(int bucket) => _runs[bucket] is null ? _buckets[bucket] ?? new(hasher, columns) : null;

    /// <summary>The pages of a bucket's runs, one behind the other.</summary>
    internal async IAsyncEnumerable<PageReader> ReadRunsAsync(int bucket, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var number in _runs[bucket] ?? [])
        {
            yield return await pages.ReadPageAsync(_writer.Chain, number, cancellationToken);
        }
    }

    /// <summary>Writes what is left as runs, but for buckets of which nothing was written yet when this is the only part.</summary>
    internal async Task EndAsync(bool isOnly, CancellationToken cancellationToken)
    {
        for (var bucket = 0; bucket < _buckets.Length; bucket++)
        {
            if (!isOnly || _runs[bucket] is not null)
            {
                await SpillAsync(bucket, cancellationToken);
            }
        }

        await _writer.CompleteAsync(cancellationToken);
    }

    /// <summary>Deletes the runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_writer.PageCount > 0)
        {
            await pages.DeleteAsync(_writer.Chain, CancellationToken.None);
        }
    }

    private async ValueTask SpillAsync(int bucket, CancellationToken cancellationToken)
    {
        if (_buckets[bucket] is not { Count: > 0 } rows)
        {
            return;
        }

        var first = _writer.PageCount;
        _bytes -= rows.Size;
        await rows.WriteAsync(_writer, cancellationToken);
        await _writer.EndPageAsync(cancellationToken);
        rows.Clear();
        (_runs[bucket] ??= []).AddRange(Enumerable.Range(first, _writer.PageCount - first));
    }
}
