using System.Globalization;
using AudienceSync.Pages;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>A page as a row: partition key = chain, row key = number in eight digits; each part in binary properties of at most 64 KiB,
/// named by the letter of the part and a number (<c>H00</c>, <c>K00</c>, <c>K01</c> …).</summary>
internal static class PageEntity
{
    /// <summary>First and last key in 16 hex digits, which sort as the numbers do.</summary>
    public const string FirstKey = "FirstKey";
    public const string LastKey = "LastKey";

    private const int MaxPropertyBytes = 64 * 1024;
    private const int MaxProperties = (PackedPage.MaxBytes + MaxPropertyBytes - 1) / MaxPropertyBytes;
    private const string Header = "H";
    private const string Keys = "K";
    private const string Hashes = "R";
    private const string Body = "B";

    // Keys and hashes have one size and share the page with each other: each has half the properties at most.
    private static readonly string[] KeysAndHashes =
        ["PartitionKey", "RowKey", .. Names(Header, MaxProperties), .. Names(Keys, MaxProperties / 2), .. Names(Hashes, MaxProperties / 2)];

    /// <summary>The properties to select; null for all.</summary>
    public static IReadOnlyList<string>? PropertiesOf(PageParts parts) => parts is PageParts.KeysAndHashes ? KeysAndHashes : null;

    public static string RowKeyOf(int number) => number.ToString("D8", CultureInfo.InvariantCulture);

    public static string KeyText(ulong key) => key.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>A page of a chain: its row is its number.</summary>
    public static TableEntity Write(string chain, PackedPage page) => Write(chain, RowKeyOf(page.Number), page);

    public static TableEntity Write(string partition, string row, PackedPage page)
    {
        var entity = new TableEntity(partition, row)
        {
            [FirstKey] = KeyText(page.Range.First),
            [LastKey] = KeyText(page.Range.Last),
        };
        Split(entity, Header, page.Header);
        Split(entity, Keys, page.Keys);
        Split(entity, Hashes, page.Hashes);
        Split(entity, Body, page.Body);
        return entity;
    }

    /// <summary>The page as stored, not checked; parts that were not selected are empty.</summary>
    public static PackedPage Read(TableEntity entity) => Read(entity, int.Parse(entity.RowKey, NumberStyles.None, CultureInfo.InvariantCulture));

    /// <summary>As <see cref="Read(TableEntity)"/>, where the row is not the page's number.</summary>
    public static PackedPage Read(TableEntity entity, int number) => new(
        number,
        Join(entity, Header),
        Join(entity, Keys),
        Join(entity, Hashes),
        Join(entity, Body));

    private static IEnumerable<string> Names(string part, int count) => Enumerable.Range(0, count).Select(index => NameOf(part, index));

    private static string NameOf(string part, int index) => $"{part}{index:D2}";

    private static void Split(TableEntity entity, string part, ReadOnlyMemory<byte> bytes)
    {
        for (var index = 0; bytes.Length > 0; index++)
        {
            var taken = Math.Min(bytes.Length, MaxPropertyBytes);
            entity[NameOf(part, index)] = bytes[..taken].ToArray();
            bytes = bytes[taken..];
        }
    }

    private static ReadOnlyMemory<byte> Join(TableEntity entity, string part)
    {
        var pieces = Names(part, MaxProperties)
            .Select(name => entity.TryGetValue(name, out var value) ? value as byte[] : null)
            .TakeWhile(piece => piece is not null)
            .ToList();
        if (pieces is [var only])
        {
            return only;
        }

        var bytes = new byte[pieces.Sum(piece => piece!.Length)];
        var offset = 0;
        foreach (var piece in pieces)
        {
            piece!.CopyTo(bytes, offset);
            offset += piece.Length;
        }

        return bytes;
    }
}
