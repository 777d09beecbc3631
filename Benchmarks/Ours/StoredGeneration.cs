using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Pages;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>A sealed generation in a folder: chains of pages for each shard, and this manifest.</summary>
/// <param name="ShardBits">Shards are ranges of the top bits of the member key.</param>
/// <param name="Chains">By shard; none where a shard has no members.</param>
/// <param name="IsInOrder">Whether each shard is one chain in order; else its pages are merged as they are read.</param>
internal sealed record StoredGeneration(string Folder, int ShardBits, ImmutableArray<ImmutableArray<string>> Chains, bool IsInOrder, long Members)
{
    private const string Manifest = "generation.json";

    /// <summary>Bytes of all files.</summary>
    public long Bytes => new DirectoryInfo(Folder).EnumerateFiles().Sum(file => file.Length);

    public void Save() => File.WriteAllText(
        Path.Combine(Folder, Manifest),
        new JsonObject
        {
            ["shardBits"] = ShardBits,
            ["members"] = Members,
            ["isInOrder"] = IsInOrder,
            ["chains"] = new JsonArray([.. Chains.Select(shard => (JsonNode)string.Join(' ', shard))]),
        }.ToJsonString());

    public static StoredGeneration Open(string folder)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, Manifest)))!;
        return new(
            folder,
            (int)json["shardBits"]!,
            [.. json["chains"]!.AsArray().Select(shard => ((string)shard!).Split(' ', StringSplitOptions.RemoveEmptyEntries).ToImmutableArray())],
            (bool)json["isInOrder"]!,
            (long)json["members"]!);
    }

    /// <summary>The rows of a range of keys, in order: those of a shard, or of several behind each other.</summary>
    /// <param name="bits">There are two to the power of so many ranges, at most as many as shards.</param>
    public IAsyncEnumerable<ISortedRows> Read(FilePageStore store, int range, int bits, CancellationToken cancellationToken)
    {
        var shards = 1 << (ShardBits - bits);
        return shards == 1
            ? ReadShard(store, range, cancellationToken)
            : Enumerable.Range(range * shards, shards).ToAsyncEnumerable().SelectMany(shard => ReadShard(store, shard, cancellationToken));
    }

    /// <summary>A copy in files of its own, so that nothing can tell two equal generations by their place.</summary>
    public void CopyTo(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in new DirectoryInfo(Folder).EnumerateFiles())
        {
            file.CopyTo(Path.Combine(folder, file.Name), overwrite: true);
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Members:N0} members, {Chains.Length} shards, {Bytes:N0} bytes");

    private IAsyncEnumerable<ISortedRows> ReadShard(FilePageStore store, int shard, CancellationToken cancellationToken)
    {
        var pages = Chains[shard].ToAsyncEnumerable().SelectMany(chain => store.ReadAsync(chain, KeyRange.All, PageParts.Whole, cancellationToken));
        return IsInOrder ? pages : MergedRows.ReadAsync(pages, cancellationToken);
    }
}
