using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.Platforms.State;

/// <summary>Files of a storage platform, by bucket and name, and how the state page shows them.</summary>
internal sealed class FileStore(JsonObject extras)
{
    private const int MostShown = 256 * 1024;

    private readonly Dictionary<string, StoredFile> _files = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _files.Keys.Order(StringComparer.Ordinal);

    public StoredFile? Get(string name) => _files.GetValueOrDefault(name);

    public StoredFile Put(string name, byte[] bytes, string? contentType)
    {
        var file = new StoredFile(bytes, contentType ?? "application/octet-stream");
        _files[name] = file;
        Show();
        return file;
    }

    public bool Remove(string name)
    {
        var isRemoved = _files.Remove(name);
        Show();
        return isRemoved;
    }

    private void Show() => extras["files"] = new JsonObject(_files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => KeyValuePair.Create(file.Key, (JsonNode?)new JsonObject
    {
        ["bytes"] = file.Value.Bytes.Length,
        ["contentType"] = file.Value.ContentType,
        ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(file.Value.Bytes)),
        ["text"] = file.Value.Bytes.Length <= MostShown && !file.Value.Bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]) ? Encoding.UTF8.GetString(file.Value.Bytes) : null,
    })));

    internal sealed record StoredFile(byte[] Bytes, string ContentType)
    {
        /// <summary>MD5 in hex, as storage services tag what they keep.</summary>
        public string ETag { get; } = Convert.ToHexStringLower(MD5.HashData(Bytes));
    }
}
