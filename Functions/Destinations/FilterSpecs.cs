using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Segments;

namespace AudienceSync.Destinations;

/// <summary>Makes of the filters of a destination what a run works by.</summary>
internal static class FilterSpecs
{
    /// <summary>Looks up what conditions refer to.</summary>
    /// <param name="faults">Receives each fault, below <c>/filters</c>.</param>
    public static async Task CheckAsync(ImmutableArray<MemberFilter?> filters, SegmentResolver resolver, ICollection<Fault> faults, CancellationToken cancellationToken)
    {
        foreach (var (index, filter) in filters.Index())
        {
            await ResolveAsync(filter?.When, index, resolver, faults, cancellationToken);
        }
    }

    /// <summary>Replaces the references of conditions.</summary>
    /// <param name="faults">Receives each fault, below <c>/filters</c>.</param>
    public static async Task<ImmutableArray<MemberFilter>> ResolveAsync(
        ImmutableArray<MemberFilter> filters, SegmentResolver resolver, ICollection<Fault> faults, CancellationToken cancellationToken)
    {
        var resolved = ImmutableArray.CreateBuilder<MemberFilter>(filters.Length);
        foreach (var (index, filter) in filters.Index())
        {
            resolved.Add(filter with { When = await ResolveAsync(filter.When, index, resolver, faults, cancellationToken) });
        }

        return resolved.DrainToImmutable();
    }

    /// <summary>The mapping without the fields that are left out for everyone, and the filters that are to be asked about each member: those of fields say what goes.</summary>
    public static (ImmutableArray<MappingEntry> Mapping, ImmutableArray<MemberFilter> Filters) Specify(
        ImmutableArray<MemberFilter> filters, string destinationId, ImmutableArray<MappingEntry> mapping, FieldRules rules)
    {
        if (CategoryMapping.HasAny(mapping))
        {
            // Which fields there are is told by the query: then once more.
            return (mapping, Salted(filters, destinationId));
        }

        foreach (var always in filters.OfType<MemberFilter.Fields>().Where(filter => filter.When is null))
        {
            mapping = [.. mapping.Where(entry => !IsLeftOut(entry, always, rules))];
        }

        var asked = ImmutableArray.CreateBuilder<MemberFilter>();
        foreach (var filter in Salted(filters, destinationId))
        {
            switch (filter)
            {
                case MemberFilter.Fields { When: not null } some:
                    asked.Add(some with { Allows = false, Names = [.. mapping.Where(entry => IsLeftOut(entry, some, rules)).Select(entry => entry.To)] });
                    break;
                case MemberFilter.Sample or MemberFilter.Drop:
                    asked.Add(filter);
                    break;
            }
        }

        return (mapping, asked.DrainToImmutable());
    }

    /// <summary>Whom a filter leaves out; null for one of fields, which leaves out nobody.</summary>
    /// <param name="filter">As <see cref="Specify"/> gives it.</param>
    public static RuleNode? LeftOut(MemberFilter filter) => filter switch
    {
        MemberFilter.Drop { When: { } rule } => rule,
        MemberFilter.Sample(var share, var salt) { When: var rule } => Draw(share, salt!) is var drawn && rule is null ? drawn : new RuleNode.All([rule, drawn]),
        _ => null,
    };

    /// <summary>Whom filters leave out; null where that is nobody.</summary>
    public static RuleNode? LeftOut(ImmutableArray<MemberFilter> filters)
    {
        ImmutableArray<RuleNode> rules = [.. filters.Select(LeftOut).OfType<RuleNode>()];
        return rules switch { [] => null, [var one] => one, _ => new RuleNode.Any(rules) };
    }

    /// <summary>Whether a field is always sent: the member is found by it, or the platform takes none without it.</summary>
    public static bool IsNeeded(MappingEntry entry, FieldRules rules) =>
        entry.Identifier || rules.Required.Contains(entry.To) || (rules.Need is IdentifierNeed.AllOf && rules.IsIdentifier(entry.To));

    /// <summary>Columns that conditions look at.</summary>
    public static IEnumerable<string> ColumnsOf(ImmutableArray<MemberFilter> filters) =>
        filters.Select(filter => filter.When).OfType<RuleNode>().SelectMany(RuleReferences.AttributesOf).Distinct(StringComparer.Ordinal);

    private static async Task<RuleNode?> ResolveAsync(RuleNode? rule, int index, SegmentResolver resolver, ICollection<Fault> faults, CancellationToken cancellationToken) =>
        rule is null ? null : await resolver.ResolveAsync(rule, $"/filters/{index}/{FilterFields.If}", owner: null, faults, cancellationToken);

    /// <summary>A mapping that reads what conditions look at beside what is sent: for who asks a query for one row.</summary>
    public static ImmutableArray<MappingEntry> ReadBy(ImmutableArray<MappingEntry> mapping, ImmutableArray<MemberFilter> filters) =>
        [.. mapping, .. ColumnsOf(filters).Where(column => column is not ProfileColumns.Id).Select(column => new MappingEntry { From = column, To = column })];

    /// <summary>A list of allowed fields need not name identifiers.</summary>
    private static bool IsLeftOut(MappingEntry entry, MemberFilter.Fields filter, FieldRules rules) =>
        filter.Allows
            ? !filter.Names.Contains(entry.To) && !IsNeeded(entry, rules) && !rules.IsIdentifier(entry.To)
            : filter.Names.Contains(entry.To) && !IsNeeded(entry, rules);

    /// <summary>A sample without a salt has one of the destination's, by its place among the samples.</summary>
    private static ImmutableArray<MemberFilter> Salted(ImmutableArray<MemberFilter> filters, string destinationId)
    {
        var salted = ImmutableArray.CreateBuilder<MemberFilter>(filters.Length);
        var samples = 0;
        foreach (var filter in filters)
        {
            samples += filter is MemberFilter.Sample ? 1 : 0;
            salted.Add(filter is MemberFilter.Sample sample ? sample with { Salt = sample.Salt ?? $"{destinationId}/sample/{samples}" } : filter);
        }

        return salted.MoveToImmutable();
    }

    private static RuleNode Draw(int share, string salt) => new RuleNode.Bucket(salt, share, Buckets.Count);
}
