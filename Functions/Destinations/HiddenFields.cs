using System.Collections.Immutable;
using AudienceSync.Pages;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>Fields that are left out of what is sent about members for whom a rule holds.</summary>
internal sealed class HiddenFields
{
    private readonly ImmutableArray<(CompiledRule When, ImmutableArray<string> Targets)> _filters;

    private HiddenFields(ImmutableArray<(CompiledRule When, ImmutableArray<string> Targets)> filters)
    {
        _filters = filters;
        Columns = [.. filters.SelectMany(filter => filter.When.Columns).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The columns that the rules look at.</summary>
    public ImmutableArray<string> Columns { get; }

    /// <param name="filters">As <see cref="FilterSpecs.Specify"/> gives them.</param>
    /// <param name="asOf">The clock of the rules.</param>
    /// <returns>Null where everyone's fields are sent.</returns>
    public static HiddenFields? Of(ImmutableArray<MemberFilter> filters, DateTimeOffset asOf)
    {
        ImmutableArray<(CompiledRule, ImmutableArray<string>)> hiding =
        [
            .. filters.OfType<MemberFilter.Fields>().Where(filter => filter is { When: not null, Names.IsEmpty: false })
                .Select(filter => (RuleCompiler.Compile(filter.When!, asOf), filter.Names)),
        ];
        return hiding.IsEmpty ? null : new(hiding);
    }

    /// <summary>Renders rows of a page without them. Not thread-safe.</summary>
    public Func<int, Row> Bind(PageReader page, Func<int, Row> render)
    {
        var hidden = _filters.Select(filter => (Rows: filter.When.Select(page), filter.Targets)).ToArray();
        return index =>
        {
            var rendered = render(index);
            foreach (var (rows, targets) in hidden)
            {
                if (rows[index])
                {
                    Remove(rendered, targets);
                }
            }

            return rendered;
        };
    }

    /// <summary>Leaves them out of what was rendered of a profile at hand.</summary>
    public Row Apply(Row profile, Row rendered)
    {
        var page = SinglePage.Of(profile);
        foreach (var (when, targets) in _filters)
        {
            if (when.Select(page)[0])
            {
                Remove(rendered, targets);
            }
        }

        return rendered;
    }

    private static void Remove(Row rendered, ImmutableArray<string> targets)
    {
        foreach (var target in targets)
        {
            rendered[target] = default;
        }
    }
}
