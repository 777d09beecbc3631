using System.Collections.Concurrent;
using System.Numerics;
using AudienceSync.Benchmarks.Sample;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>Our side of "a stream of rows to a sealed packed generation".</summary>
internal static class GenerationBuilder
{
    /// <summary>Most members of a shard: they are held in memory while it is sorted.</summary>
    private const int MaxShardMembers = 250_000;
    private const int SpillBytes = 64 * 1024;

    /// <summary>The secret of the measured installation; fixed, so that every run packs the same pages.</summary>
    public static MemberHasher Hasher { get; } = new("benchmark secret"u8.ToArray());

    /// <param name="members">About how many there will be.</param>
    /// <param name="threads">Parts of the source read, and shards written, at the same time.</param>
    public static async Task<StoredGeneration> BuildAsync(IMemberSource source, int members, string folder, int threads, CancellationToken cancellationToken)
    {
        var bits = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)((members / MaxShardMembers) + 1)));
        var spill = Directory.CreateDirectory(Path.Combine(folder, "spill")).FullName;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, part =>
        {
            using var sink = new ShardSpill(spill, part, bits);
            var reference = sink;
            source.Read(part, threads, ref reference);
        });

        var store = new FilePageStore(folder);
        var chains = new string[1 << bits];
        var rows = new ConcurrentBag<long>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, chains.Length, options, async (shard, token) =>
        {
            (chains[shard], var count) = await WriteShardAsync(store, spill, shard, token);
            rows.Add(count);
        });
        Directory.Delete(spill, recursive: true);
        var generation = new StoredGeneration(folder, bits, chains, rows.Sum());
        generation.Save();
        return generation;
    }

    private static async Task<(string Chain, long Rows)> WriteShardAsync(FilePageStore store, string spill, int shard, CancellationToken cancellationToken)
    {
        var rows = new List<(ulong Key, string Id, Row Row)>();
        foreach (var file in Directory.EnumerateFiles(spill, ShardSpill.NameOf("*", shard)))
        {
            var sink = new Rows(rows);
            new CsvFile(file).Read(0, 1, ref sink);
        }

        rows.Sort(static (a, b) => a.Key.CompareTo(b.Key) is not 0 and var order ? order : string.CompareOrdinal(a.Id, b.Id));
        var writer = new ChainWriter(store, NewId.Create("pg", TimeProvider.System));
        foreach (var (key, _, row) in rows)
        {
            await writer.AppendAsync(key, Hasher.Row(row), row, cancellationToken);
        }

        return (await writer.CompleteAsync(cancellationToken) ?? "", rows.Count);
    }

    /// <summary>Writes members to a file for each shard.</summary>
    private sealed class ShardSpill(string folder, int part, int bits) : IMemberSink, IDisposable
    {
        private readonly FileStream[] _files =
            [.. Enumerable.Range(0, 1 << bits).Select(shard => new FileStream(Path.Combine(folder, NameOf($"{part}", shard)), FileMode.Create, FileAccess.Write, FileShare.None, SpillBytes))];

        private readonly byte[] _line = new byte[MemberText.MaxBytes + 1];

        public static string NameOf(string part, int shard) => $"{shard}-{part}.csv";

        public void Take(in Member member)
        {
            var key = Hasher.Key(System.Text.Encoding.UTF8.GetString(member.Id));
            var length = MemberText.Write(member, _line);
            _line[length] = (byte)'\n';
            _files[bits == 0 ? 0 : (int)(key >> (64 - bits))].Write(_line, 0, length + 1);
        }

        public void Dispose()
        {
            foreach (var file in _files)
            {
                file.Dispose();
            }
        }
    }

    private readonly struct Rows(List<(ulong Key, string Id, Row Row)> rows) : IMemberSink
    {
        public void Take(in Member member)
        {
            var row = MemberRows.ToRow(member);
            var id = row[MergeJoin.IdColumn].AsText();
            rows.Add((Hasher.Key(id), id, row));
        }
    }
}
