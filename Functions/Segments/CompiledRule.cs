using System.Collections.Immutable;
using AudienceSync.Pages;

namespace AudienceSync.Segments;

/// <summary>A rule made ready for pages of profiles, its clock fixed. Immutable; may be used from several threads.</summary>
public sealed class CompiledRule
{
    private readonly Func<PageReader, RowSet, RowSet> _select;

    internal CompiledRule(ImmutableArray<string> columns, Func<PageReader, RowSet, RowSet> select) => (Columns, _select) = (columns, select);

    /// <summary>The columns the rule reads, and no others; sorted.</summary>
    public ImmutableArray<string> Columns { get; }

    /// <summary>The rows of a page that the rule holds for, evaluated column by column.</summary>
    public RowSet Select(PageReader page) => _select(page, RowSet.All(page.Count));

    /// <summary>As <see cref="Select(PageReader)"/>, of the given rows alone: others are not looked at.</summary>
    public RowSet Select(PageReader page, RowSet among) => _select(page, among);
}
