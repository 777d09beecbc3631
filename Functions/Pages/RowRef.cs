using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>A row of a page, not yet decoded.</summary>
public readonly record struct RowRef(PageReader Page, int Index)
{
    public ulong Key => Page.Keys[Index];

    public ulong RowHash => Page.RowHashes[Index];

    public Cell this[string column] => Page.Find(column)?[Index] ?? default;
}
