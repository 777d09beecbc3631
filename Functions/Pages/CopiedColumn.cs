using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>A column of a stored page whose cells are copied into pages under construction. For one writer.</summary>
internal sealed class CopiedColumn(string name, StoredColumn source)
{
    public string Name => name;

    public StoredColumn Source => source;

    /// <summary>Where the cells go in the page under construction, remembered by its builder.</summary>
    public ColumnStage? Target { get; set; }

    public (PageColumns Columns, int Page) TargetPage { get; set; }

    /// <summary>A column that has the same value in every row of a page, to be copied with columns of that page.</summary>
    public static CopiedColumn Constant(string name, Cell value, PageReader page)
    {
        var (stage, bytes) = (ColumnStage.For(value.Type), new ByteSink());
        for (var row = 0; row < page.Count; row++)
        {
            stage.Add(row, value);
        }

        stage.Write(bytes, 0, page.Count);
        return new(name, new(bytes.Written.ToArray(), value.Type, page.Count, new(page.Name, name)));
    }
}
