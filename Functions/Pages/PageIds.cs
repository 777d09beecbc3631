using AudienceSync.Pages.Columns;

namespace AudienceSync.Pages;

/// <summary>Profile ids of rows, compared without decoding them.</summary>
internal static class PageIds
{
    /// <exception cref="DamagedPageException">A row has no id.</exception>
    public static bool AreSame(RowRef left, RowRef right)
    {
        var (leftTexts, leftIndex) = Find(left);
        var (rightTexts, rightIndex) = Find(right);
        return leftTexts.IsSame(leftIndex, rightTexts, rightIndex);
    }

    private static (StoredTexts Texts, int Index) Find(RowRef row) => row.Page.Ids is { } ids && ids.IndexOf(row.Index) is >= 0 and var index
        ? (((TextValues)ids.Values).Texts, index)
        : throw DamagedPageException.Of(row.Page.Name, $"cannot be joined: its row {row.Index} has no id");
}
