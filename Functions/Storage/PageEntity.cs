using AudienceSync.Pages;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>A packed page ⇄ a table entity: each part in binary properties of its own, so that keys and hashes can be read alone.</summary>
internal static class PageEntity
{
    private const string Number = "N";
    private const string Header = "H";
    private const string Keys = "K";
    private const string Hashes = "R";
    private const string Body = "B";

    private const int MaxChunks = (PackedPage.MaxBytes + DocumentEntity.ChunkBytes - 1) / DocumentEntity.ChunkBytes;

    /// <summary>The properties to select for <see cref="PageParts.KeysAndHashes"/>.</summary>
    public static IReadOnlyList<string> KeysAndHashes { get; } =
    [
        "PartitionKey", "RowKey", Number, .. new[] { Header, Keys, Hashes }.SelectMany(part => Enumerable.Range(0, MaxChunks).Select(chunk => $"{part}{chunk}")),
    ];

    public static TableEntity Write(string partitionKey, string rowKey, PackedPage page)
    {
        var entity = new TableEntity(partitionKey, rowKey) { [Number] = page.Number };
        DocumentEntity.WriteChunks(entity, Header, page.Header);
        DocumentEntity.WriteChunks(entity, Keys, page.Keys);
        DocumentEntity.WriteChunks(entity, Hashes, page.Hashes);
        DocumentEntity.WriteChunks(entity, Body, page.Body);
        return entity;
    }

    /// <exception cref="DamagedPageException"/>
    public static PageReader Read(TableEntity entity, PageParts parts) => PageReader.Open(
        new(
            entity.GetInt32(Number) ?? 0,
            DocumentEntity.ReadChunks(entity, Header),
            DocumentEntity.ReadChunks(entity, Keys),
            DocumentEntity.ReadChunks(entity, Hashes),
            parts is PageParts.Whole ? DocumentEntity.ReadChunks(entity, Body) : default),
        $"{entity.PartitionKey}/{entity.RowKey}",
        parts);
}
