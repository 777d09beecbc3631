using System.Text;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>About how many bytes values take in a page, from above.</summary>
internal static class ProfileSize
{
    /// <summary>Most bytes of one operation: several must fit a page beside others.</summary>
    public const int MaxOperationBytes = 256 * 1024;

    /// <summary>Most bytes of a profile: it must fit a page (720 KiB) with room for the page's own columns.</summary>
    public const int MaxProfileBytes = 512 * 1024;

    /// <summary>What a column costs apart from names and values: its place in the page's header, its frame, a time, of an identifier three.</summary>
    private const int ColumnBytes = 96;

    /// <summary>Two numbers of ticks and a length.</summary>
    private const int SeenBytes = 24;

    /// <summary>Most bytes of a character in JSON: <c>\uXXXX</c>.</summary>
    private const int EscapedBytes = 6;

    /// <summary>A name with its value and its time. The name stands in the page's header and among the times.</summary>
    public static int Of(string name, Cell cell) => ColumnBytes + (2 * Utf8(name)) + Of(cell);

    /// <summary>A consent stands twice: as a column, and in the JSON of all with state and time.</summary>
    public static int Of(string purpose, Consent consent) =>
        ColumnBytes + 160 + Utf8(purpose) + (EscapedBytes * (purpose.Length + (consent.Source?.Length ?? 0)));

    /// <summary>Values of an identifier with two times each, beyond the one that its column holds.</summary>
    public static int Of(SeenValues seen) => seen.Values.Skip(1).Sum(value => SeenBytes + Utf8(value.Value));

    public static int Of(ProfileOperation operation) =>
        64 + Utf8(operation.Id) + operation.Values.Sum(pair => Of(pair.Key, pair.Value)) + operation.Consents.Sum(pair => Of(pair.Key, pair.Value));

    private static int Of(Cell cell) => cell.Type switch
    {
        CellType.Text => Utf8(cell.AsText()),
        CellType.TextList => cell.AsTextList().Sum(text => 4 + Utf8(text)),
        CellType.Bytes => cell.AsBytes().Length,
        _ => 16,
    };

    private static int Utf8(string text) => Encoding.UTF8.GetByteCount(text);
}
