using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Suppressions;

/// <summary>A row of a level: an entry, or the word that it is off the list again.</summary>
/// <remarks>The place of the row hash holds flags, so that whoever looks for members reads keys and flags alone.</remarks>
internal readonly record struct SuppressionRow(ulong Key, string Id, SuppressionEntry? Entry)
{
    /// <summary>The entry is off the list.</summary>
    public const ulong RemovedFlag = 1;

    /// <summary>The entry is the tombstone of an erasure.</summary>
    public const ulong ErasureFlag = 2;

    private const string IdColumn = MergeJoin.IdColumn;
    private const string Type = "$type";
    private const string Reason = "$reason";
    private const string ErasureId = "$erasure";
    private const string CreatedAt = "$createdAt";

    public bool IsRemoved => Entry is null;

    public ulong Flags => Entry switch
    {
        null => RemovedFlag,
        { Origin: SuppressionOrigin.Erasure } => ErasureFlag,
        _ => 0,
    };

    public Row Write()
    {
        var row = new Row { [IdColumn] = Cell.Of(Id) };
        if (Entry is { } entry)
        {
            row[Type] = Cell.Of(entry.Type);
            row[Reason] = entry.Reason is { } reason ? Cell.Of(reason) : default;
            row[ErasureId] = entry.ErasureId is { } erasure ? Cell.Of(erasure) : default;
            row[CreatedAt] = Cell.Of(entry.CreatedAt);
        }

        return row;
    }

    public static SuppressionRow Read(PageReader page, int index)
    {
        var row = page.ReadRow(index);
        var id = row[IdColumn].AsText();
        var flags = page.RowHashes[index];
        return new(page.Keys[index], id, (flags & RemovedFlag) != 0
            ? null
            : new(
                id, row[Type].AsText(), Text(row[Reason]), (flags & ErasureFlag) != 0 ? SuppressionOrigin.Erasure : SuppressionOrigin.Request,
                Text(row[ErasureId]), row[CreatedAt].AsDateTime()));
    }

    /// <summary>The order of rows within a level.</summary>
    public static int Compare(SuppressionRow left, SuppressionRow right) => left.Key.CompareTo(right.Key) is not 0 and var order
        ? order
        : string.CompareOrdinal(left.Id, right.Id);

    private static string? Text(Cell cell) => cell.IsAbsent ? null : cell.AsText();
}
