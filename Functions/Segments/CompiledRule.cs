using System.Collections.Immutable;
using AudienceSync.Pages;

namespace AudienceSync.Segments;

/// <summary>A rule made ready for pages of profiles, its clock fixed. Immutable; may be used from several threads.</summary>
public sealed class CompiledRule
{
    private readonly Func<PageColumns, Func<int, bool>> _bind;

    internal CompiledRule(ImmutableArray<string> columns, Func<PageColumns, Func<int, bool>> bind) => (Columns, _bind) = (columns, bind);

    /// <summary>The columns the rule reads, and no others; sorted.</summary>
    public ImmutableArray<string> Columns { get; }

    /// <summary>The rule over the rows of one page: its columns are looked up here, once.</summary>
    public Func<int, bool> Bind(PageReader page) => _bind(new(page));

    /// <summary>As <see cref="Bind(PageReader)"/>, sharing the columns already looked up.</summary>
    internal Func<int, bool> Bind(PageColumns columns) => _bind(columns);
}

/// <summary>The columns of one page, each looked up once.</summary>
internal sealed class PageColumns(PageReader page)
{
    private readonly Dictionary<string, ColumnReader?> _found = new(StringComparer.Ordinal);

    public ColumnReader? Find(string name)
    {
        if (!_found.TryGetValue(name, out var column))
        {
            _found.Add(name, column = page.Find(name));
        }

        return column;
    }
}
