using System.Collections.Immutable;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>Fields that are left out of what is sent about members for whom a rule holds.</summary>
/// <remarks>The rules look at profiles, a generation holds no more than the mapping reads: so its rows are marked with the filters that apply to them, a bit for each.</remarks>
internal sealed class HiddenFields
{
    private readonly ImmutableArray<(CompiledRule When, ImmutableArray<string> Targets)> _filters;

    private HiddenFields(ImmutableArray<(CompiledRule When, ImmutableArray<string> Targets)> filters) => _filters = filters;

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

    /// <summary>The marks of the rows of a page of profiles; 0 for those of whom everything is sent.</summary>
    public Func<int, long> Mark(PageReader page)
    {
        var rows = _filters.Select(filter => filter.When.Select(page)).ToArray();
        return row =>
        {
            var marks = 0L;
            for (var filter = 0; filter < rows.Length; filter++)
            {
                marks |= rows[filter][row] ? 1L << filter : 0;
            }

            return marks;
        };
    }

    /// <summary>A profile at hand with its mark.</summary>
    public Row Mark(Row profile) => new(profile) { [ProfileColumns.Hidden] = Mark(SinglePage.Of(profile))(0) is not 0 and var marks ? Cell.Of(marks) : default };

    /// <summary>Takes the fields out of what was rendered.</summary>
    /// <param name="mark">Of the row that it was rendered of.</param>
    public Row Apply(Row rendered, Cell mark)
    {
        var marks = mark.IsAbsent ? 0 : mark.AsInteger();
        for (var filter = 0; marks != 0; filter++, marks >>= 1)
        {
            if ((marks & 1) != 0)
            {
                foreach (var target in _filters[filter].Targets)
                {
                    rendered[target] = default;
                }
            }
        }

        return rendered;
    }
}
