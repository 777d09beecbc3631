namespace AudienceSync.Profiles;

/// <summary>Ids of the rows of a generation and of a ledger: the profile's own, or of each of several rows of one profile that with a suffix.</summary>
/// <remarks>No profile id holds the separator, and it stands before all that one may hold: rows in order of their ids are in order of their profiles.</remarks>
internal static class RowIds
{
    private const char Separator = '\u001F';

    /// <param name="first">With <paramref name="second"/> 128 bits that tell the row from others of the profile.</param>
    public static string Of(string profileId, ulong first, ulong second) => $"{profileId}{Separator}{first:x16}{second:x16}";

    /// <summary>Whether the profile may have other rows beside the one of this id.</summary>
    public static bool IsOfSeveral(string rowId) => rowId.Contains(Separator, StringComparison.Ordinal);

    /// <summary>As <see cref="IsOfSeveral(string)"/>, of an id in UTF-8.</summary>
    public static bool IsOfSeveral(ReadOnlySpan<byte> rowId) => rowId.Contains((byte)Separator);

    public static string ProfileOf(string rowId) => rowId.IndexOf(Separator, StringComparison.Ordinal) is >= 0 and var at ? rowId[..at] : rowId;
}
