using System.Globalization;
using System.Text.Json.Nodes;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>A sealed generation in a folder: a chain of pages for each shard, and this manifest.</summary>
/// <param name="ShardBits">Shards are ranges of the top bits of the member key.</param>
/// <param name="Chains">By shard; empty where a shard has no members.</param>
internal sealed record StoredGeneration(string Folder, int ShardBits, IReadOnlyList<string> Chains, long Members)
{
    private const string Manifest = "generation.json";

    /// <summary>Bytes of all files.</summary>
    public long Bytes => new DirectoryInfo(Folder).EnumerateFiles().Sum(file => file.Length);

    public void Save() => File.WriteAllText(
        Path.Combine(Folder, Manifest),
        new JsonObject { ["shardBits"] = ShardBits, ["members"] = Members, ["chains"] = new JsonArray([.. Chains.Select(chain => (JsonNode)chain)]) }.ToJsonString());

    public static StoredGeneration Open(string folder)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, Manifest)))!;
        return new(folder, (int)json["shardBits"]!, [.. json["chains"]!.AsArray().Select(chain => (string)chain!)], (long)json["members"]!);
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

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Members:N0} members, {Chains.Count} shards, {Bytes:N0} bytes");
}
