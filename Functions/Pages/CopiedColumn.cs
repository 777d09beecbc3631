using AudienceSync.Pages.Columns;

namespace AudienceSync.Pages;

/// <summary>A column of a stored page whose cells are copied into pages under construction. For one writer.</summary>
internal sealed class CopiedColumn(string name, StoredColumn source)
{
    public string Name => name;

    public StoredColumn Source => source;

    /// <summary>Where the cells go in the page under construction, remembered by its builder.</summary>
    public ColumnStage? Target { get; set; }

    public (PageColumns Columns, int Page) TargetPage { get; set; }
}
