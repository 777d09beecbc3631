using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Profiles;
using AudienceSync.Profiles.Attributes;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>Puts an entry for each attribute of a category in the place of the entry that selects the category.</summary>
/// <remarks>
/// An attribute that has an entry of its own is left to that, and one that the platform cannot take is left out: what comes into a category later must not stop a
/// destination that works. The result depends on nothing but the arguments, whatever the order of the attributes.
/// </remarks>
internal static class CategoryMapping
{
    /// <summary>Most fields of a mapping with its categories, so that a run's settings fit their entity. Ours.</summary>
    public const int MostFields = 500;

    /// <summary>What <see cref="MappingEntry.To"/> is where a category comes without.</summary>
    public const string DefaultTarget = "{{name}}";

    private const string Name = "name";
    private const string Suffix = "suffix";
    private const string Category = "category";

    /// <summary>The places that the target of a category may have.</summary>
    public static ImmutableArray<string> Places { get; } = [Name, Suffix, Category];

    /// <summary>Of <see cref="Places"/> those that differ from attribute to attribute.</summary>
    public static ImmutableArray<string> Telling { get; } = [Name, Suffix];

    public static bool HasAny(IEnumerable<MappingEntry?> mapping) => mapping.Any(entry => entry is { Category: not null });

    /// <param name="attributes">Those there are, with their types; of profiles the identifiers are added to them.</param>
    /// <param name="rules">Of the platform.</param>
    public static ExpandedMapping Expand(
        ImmutableArray<MappingEntry?> mapping, IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, bool ofProfiles, FieldRules rules)
    {
        var taken = mapping.Where(entry => entry is { Category: null }).Select(entry => entry!.To).ToHashSet(StringComparer.Ordinal);
        var own = mapping.Where(entry => entry is { From: not null }).Select(entry => entry!.From!).ToHashSet(StringComparer.Ordinal);
        ImmutableArray<string> names = [.. attributes.Keys.Concat(ofProfiles ? ProfileColumns.Identifiers : []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var fields = ImmutableArray.CreateBuilder<ExpandedField>();
        var leftOut = ImmutableArray.CreateBuilder<LeftOutAttribute>();
        var room = MostFields - taken.Count;
        foreach (var (index, entry) in mapping.Index())
        {
            if (entry is null)
            {
                continue;
            }

            if (entry.Category is not { } category)
            {
                fields.Add(new(index, entry));
                continue;
            }

            var target = MappingTemplate.Parse(entry.To, "", []);
            foreach (var name in target is null ? [] : names.Where(name => AttributeNames.IsIn(name, category) && !own.Contains(name)))
            {
                var field = entry with { Category = null, From = name, To = TargetOf(target!, name) };
                if (WhyNot(field, taken, attributes, rules) is { } why)
                {
                    leftOut.Add(new(index, name, why));
                }
                else if (room == 0)
                {
                    leftOut.Add(new(index, name, $"A mapping has at most {MostFields} fields, those of its categories among them."));
                }
                else
                {
                    taken.Add(field.To);
                    fields.Add(new(index, field));
                    room--;
                }
            }
        }

        return new(fields.ToImmutable(), leftOut.ToImmutable());
    }

    private static string TargetOf(MappingTemplate target, string name) => target.Render(place => Cell.Of(place switch
    {
        Name => name,
        Suffix => AttributeNames.SuffixOf(name),
        _ => AttributeNames.CategoryOf(name),
    })).ToString();

    private static string? WhyNot(MappingEntry field, HashSet<string> taken, IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, FieldRules rules) =>
        field.To.Length > MappingEntry.MaxTargetLength ? $"'{field.To}' is longer than {MappingEntry.MaxTargetLength} characters."
        : taken.Contains(field.To) ? $"'{field.To}' is mapped by another entry."
        : rules.CheckTarget(field.To) is { } fault ? fault.Detail
        : MappingRules.CheckTypes([field], rules, attributes, "").FirstOrDefault()?.Detail;
}

/// <summary>A mapping with its categories put into attributes.</summary>
internal sealed record ExpandedMapping(ImmutableArray<ExpandedField> Fields, ImmutableArray<LeftOutAttribute> LeftOut)
{
    public ImmutableArray<MappingEntry> Entries => [.. Fields.Select(each => each.Entry)];
}

/// <param name="Index">Of the entry of the mapping that it comes from.</param>
internal readonly record struct ExpandedField(int Index, MappingEntry Entry);

/// <param name="Index">Of the entry that selects the category.</param>
internal sealed record LeftOutAttribute(int Index, string Name, string Why);
