using System.Collections.Immutable;
using AudienceSync.Pages;

namespace AudienceSync.Segments;

/// <summary>A rule made ready for pages of profiles, its clock fixed. Immutable; may be used from several threads.</summary>
public sealed class CompiledRule
{
    private readonly Func<PageReader, Func<int, bool>> _bind;

    internal CompiledRule(ImmutableArray<string> columns, Func<PageReader, Func<int, bool>> bind) => (Columns, _bind) = (columns, bind);

    /// <summary>The columns the rule reads, and no others; sorted.</summary>
    public ImmutableArray<string> Columns { get; }

    /// <summary>The rule over the rows of one page: its columns are looked up here, once.</summary>
    public Func<int, bool> Bind(PageReader page) => _bind(page);
}
