using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>A record ⇄ a table entity: its JSON as UTF-8, cut into binary properties.</summary>
internal static class DocumentEntity
{
    /// <summary>Most bytes of one binary property (Table service: 64 KiB).</summary>
    public const int ChunkBytes = 64 * 1024;

    /// <summary>Most bytes of a document; see <see cref="Pages.PackedPage.MaxBytes"/> for why.</summary>
    public const int MaxBytes = Pages.PackedPage.MaxBytes;

    /// <exception cref="InvalidOperationException">The document is larger than an entity may be.</exception>
    public static TableEntity Write<T>(string partitionKey, string rowKey, T value, JsonTypeInfo<T> type)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(value, type);
        if (json.Length > MaxBytes)
        {
            throw new InvalidOperationException($"The document {partitionKey}/{rowKey} has {json.Length} bytes; an entity holds {MaxBytes}.");
        }

        var entity = new TableEntity(partitionKey, rowKey);
        WriteChunks(entity, "D", json);
        return entity;
    }

    public static T Read<T>(TableEntity entity, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(ReadChunks(entity, "D"), type)
        ?? throw new InvalidOperationException($"The document {entity.PartitionKey}/{entity.RowKey} is empty.");

    /// <summary>Spreads bytes over the properties <c>{prefix}0</c>, <c>{prefix}1</c> …</summary>
    public static void WriteChunks(TableEntity entity, string prefix, ReadOnlyMemory<byte> bytes)
    {
        for (var number = 0; number * ChunkBytes < bytes.Length; number++)
        {
            entity[$"{prefix}{number}"] = bytes[(number * ChunkBytes)..Math.Min((number + 1) * ChunkBytes, bytes.Length)].ToArray();
        }
    }

    public static byte[] ReadChunks(TableEntity entity, string prefix)
    {
        if (entity.GetBinary($"{prefix}0") is not { } first)
        {
            return [];
        }

        if (first.Length < ChunkBytes)
        {
            return first;
        }

        using var bytes = new MemoryStream();
        for (var number = 0; entity.GetBinary($"{prefix}{number}") is { } chunk; number++)
        {
            bytes.Write(chunk);
        }

        return bytes.ToArray();
    }
}

/// <summary>The table's ETag as a strong HTTP ETag and back: what a client holds is exactly what the table compares.</summary>
internal static class ETags
{
    private const string Prefix = "W/\"datetime'";
    private const string Suffix = "'\"";
    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789ABCDEF");

    public static string ToHttp(ETag etag)
    {
        var raw = etag.ToString();
        return raw.StartsWith(Prefix, StringComparison.Ordinal) && raw.EndsWith(Suffix, StringComparison.Ordinal)
            ? $"\"{raw[Prefix.Length..^Suffix.Length]}\""
            : $"\"x{Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(raw))}\"";
    }

    /// <summary>The table's ETag of an HTTP one; a text that is none of ours gives an ETag that matches nothing.</summary>
    public static ETag FromHttp(string etag)
    {
        if (etag is "*")
        {
            return ETag.All;
        }

        var inner = etag.Trim('"');
        return inner.StartsWith('x') && inner.Length % 2 == 1 && inner.AsSpan(1).ContainsAnyExcept(Hexadecimal) is false
            ? new ETag(System.Text.Encoding.UTF8.GetString(Convert.FromHexString(inner[1..])))
            : new ETag($"{Prefix}{Uri.EscapeDataString(Uri.UnescapeDataString(inner))}{Suffix}");
    }
}
