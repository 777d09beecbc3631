using System.Collections.Immutable;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Profiles.Attributes;

/// <summary>Lists what profiles have: every attribute ever seen and every identifier, with what its values are like and what uses it.</summary>
public sealed class AttributeList(IAttributeCatalog catalog, ProfileStatistics statistics, IEnumerable<IAttributeUsage> usages)
{
    /// <summary>The words for types.</summary>
    public static ImmutableArray<string> TypeNames { get; } =
        [.. Enum.GetValues<CellType>().Where(type => type is not CellType.Absent and not CellType.Bytes).Select(JsonFields.Spelling)];

    /// <summary>A page in the order of names (ordinal).</summary>
    public async Task<ListPage<AttributeView>> ListAsync(PageRequest page, AttributeFilter filter, CancellationToken cancellationToken)
    {
        // Attributes are registered before their values are taken in: whatever is counted is in the catalogue that is read after.
        var (profiles, counted) = await statistics.ReadAsync(cancellationToken);
        var attributes = await catalog.ReadAsync(cancellationToken);
        var users = await UsersAsync(attributes, cancellationToken);
        var views = attributes
            .Concat(ProfileColumns.Identifiers.Select(name => KeyValuePair.Create(name, ImmutableArray.Create(CellType.Text))))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => View(pair.Key, pair.Value, profiles, counted.GetValueOrDefault(pair.Key), [.. users[pair.Key]]));
        return ListPage.Of(views.Where(filter.Takes), page, view => view.Name);
    }

    private async Task<ILookup<string, AttributeUser>> UsersAsync(IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, CancellationToken cancellationToken)
    {
        var uses = new List<AttributeUse>();
        foreach (var usage in usages)
        {
            uses.AddRange(await usage.ReadAsync(attributes, cancellationToken));
        }

        return uses.Distinct()
            .OrderBy(use => use.User.Type, StringComparer.Ordinal).ThenBy(use => use.User.Name, StringComparer.Ordinal).ThenBy(use => use.User.Id, StringComparer.Ordinal)
            .ToLookup(use => use.Name, use => use.User, StringComparer.Ordinal);
    }

    private static AttributeView View(string name, ImmutableArray<CellType> types, long profiles, AttributeStatistics? statistics, ImmutableArray<AttributeUser> users)
    {
        var filled = statistics?.Filled ?? 0;
        return new(
            name,
            ProfileColumns.IsIdentifier(name) ? AttributeKind.Identifier : AttributeKind.Attribute,
            JsonFields.Spelling(TypeOf(types, statistics)),
            [.. types.Select(JsonFields.Spelling)],
            AttributeNames.CategoryOf(name),
            PiiClasses.Of(name, types, statistics),
            profiles,
            filled,
            profiles == 0 ? 0 : Math.Round(filled / (double)profiles, 4),
            statistics?.Distinct.Count ?? 0,
            statistics?.Distinct.IsExact ?? true,
            users);
    }

    private static CellType TypeOf(ImmutableArray<CellType> types, AttributeStatistics? statistics)
    {
        ImmutableArray<CellType> held = [.. types.Where(type => statistics?.FilledByType.ContainsKey(type) is true)];
        held = held.IsEmpty ? types : held;
        return held.All(type => type is CellType.Integer or CellType.Decimal) ? held.Max() : held.MaxBy(type => statistics?.FilledByType.GetValueOrDefault(type) ?? 0);
    }
}
