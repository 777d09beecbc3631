using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>Reads the filters of a destination, every fault at once.</summary>
internal static class FilterReader
{
    /// <summary>Ours.</summary>
    public const int MaxFilters = 20;

    private const int MaxNameLength = 100;

    /// <summary>What a condition may be called: people who come from other systems, or from segments, write it so.</summary>
    private static readonly ImmutableArray<string> Conditions = [FilterFields.If, "when", "rules"];

    /// <param name="pointer">Of the list.</param>
    /// <param name="catalog">Attributes whose types are known.</param>
    /// <returns>As many as were sent; null where one could not be read, whose faults are told.</returns>
    public static ImmutableArray<MemberFilter?> Read(
        IReadOnlyList<JsonElement> items, string pointer, IReadOnlyDictionary<string, ImmutableArray<CellType>> catalog, ICollection<Fault> faults)
    {
        var filters = ImmutableArray.CreateBuilder<MemberFilter?>(items.Count);
        foreach (var (index, item) in items.Index())
        {
            filters.Add(JsonFields.Open(item, $"{pointer}/{index}", faults) is { } json ? Read(json, catalog, faults) : null);
        }

        return filters.MoveToImmutable();
    }

    /// <summary>Faults of what filters say about fields.</summary>
    public static IEnumerable<Fault> Check(ImmutableArray<MemberFilter?> filters, ImmutableArray<MappingEntry> mapping, FieldRules rules, string pointer)
    {
        var targets = mapping.Select(entry => entry.To).ToHashSet(StringComparer.Ordinal);
        var identifiers = mapping.Select(entry => entry.To).Where(rules.IsIdentifier).ToHashSet(StringComparer.Ordinal);
        foreach (var (index, filter) in filters.Index())
        {
            if (filter is not MemberFilter.Fields(var allows, var names))
            {
                continue;
            }

            foreach (var (at, name) in names.Index())
            {
                if (!targets.Contains(name))
                {
                    yield return new($"{pointer}/{index}/fields/{at}", "unknown_field", $"'{name}' is not a field of the mapping.{NearestName.Suggestion(name, targets)}")
                    {
                        Suggestion = NearestName.Of(name, targets),
                    };
                }
                else if (!allows && FilterSpecs.IsNeeded(mapping.First(entry => entry.To == name), rules))
                {
                    yield return new($"{pointer}/{index}/fields/{at}", "required_field", $"'{name}' cannot be left out: the platform finds the member by it, or takes none without it. To keep members from the destination, drop them.");
                }
            }

            if (!allows && rules.Need is not IdentifierNeed.Any && identifiers.Count > 0 && identifiers.All(names.Contains) && !identifiers.Any(name => IsNeeded(name)))
            {
                yield return new($"{pointer}/{index}/fields", "required_field", $"The platform needs one of {string.Join(", ", identifiers)}: leave one of them in. To keep members from the destination, drop them.");
            }
        }

        bool IsNeeded(string name) => FilterSpecs.IsNeeded(mapping.First(entry => entry.To == name), rules);
    }

    /// <summary>Columns that a query does not give, and references: a segment is one of profiles.</summary>
    public static IEnumerable<Fault> CheckQuery(ImmutableArray<MemberFilter?> filters, IReadOnlySet<string> columns, string pointer)
    {
        foreach (var (index, filter) in filters.Index())
        {
            var at = $"{pointer}/{index}/{FilterFields.If}";
            if (filter?.When is not { } rule)
            {
                continue;
            }

            foreach (var (reference, _) in RuleReferences.Of(rule, at))
            {
                yield return new(reference, "segment_of_profiles", "The members are rows of a query, and a segment is one of profiles. Compare columns of the query.");
            }

            foreach (var name in RuleReferences.AttributesOf(rule).Where(name => name is not Profiles.ProfileColumns.Id && !columns.Contains(name)).Order(StringComparer.Ordinal))
            {
                yield return new(at, "unknown_column", $"The query gives no column '{name}' that can be compared. Select it there, or compare another.{NearestName.Suggestion(name, columns)}")
                {
                    Suggestion = NearestName.Of(name, columns),
                };
            }
        }
    }

    private static MemberFilter? Read(JsonFields json, IReadOnlyDictionary<string, ImmutableArray<CellType>> catalog, ICollection<Fault> faults)
    {
        var before = faults.Count;
        var name = json.Text(FilterFields.Name, MaxNameLength);
        var rule = ReadCondition(json, catalog, faults);
        MemberFilter? filter = null;
        switch (json.Choice<FilterAction>(FilterFields.Action))
        {
            case FilterAction.Drop:
                filter = new MemberFilter.Drop();
                if (!Conditions.Any(json.Has))
                {
                    json.Refuse(FilterFields.If, "required", "Say whom the filter drops, such as {\"attr\":\"country\",\"op\":\"eq\",\"value\":\"DE\"}. To send nothing at all, disable the destination.");
                }

                json.RefuseUnknown("a filter that drops");
                break;
            case FilterAction.Sample:
                filter = new MemberFilter.Sample(ReadShare(json), ReadSalt(json));
                json.RefuseUnknown("a filter that samples");
                break;
            case (FilterAction.Allow or FilterAction.Deny) and var action:
                filter = new MemberFilter.Fields(action is FilterAction.Allow, ReadFields(json, faults));
                json.RefuseUnknown("a filter of fields");
                break;
            default:
                if (!json.Has(FilterFields.Action))
                {
                    json.Refuse(FilterFields.Action, "required", "Say what the filter does: drop or sample members, allow or deny fields.");
                }

                break;
        }

        return faults.Count == before ? filter! with { Name = string.IsNullOrWhiteSpace(name) ? null : name.Trim(), When = rule } : null;
    }

    private static RuleNode? ReadCondition(JsonFields json, IReadOnlyDictionary<string, ImmutableArray<CellType>> catalog, ICollection<Fault> faults)
    {
        var given = Conditions.Select(name => (Name: name, Value: json.Any(name))).Where(pair => pair.Value is not null).ToList();
        foreach (var (name, _) in given.Skip(1))
        {
            json.Refuse(name, "ambiguous", $"The condition is in '{given[0].Name}' already. Keep one of them.");
        }

        return given is [var (spelling, value), ..] ? RuleReader.Read(value!.Value, json.PointerTo(spelling), catalog, faults) : null;
    }

    /// <summary>In hundredths of a percent.</summary>
    private static int ReadShare(JsonFields json)
    {
        if (json.Number(FilterFields.Percent, 0, 100) is not { } percent)
        {
            if (!json.Has(FilterFields.Percent))
            {
                json.Refuse(FilterFields.Percent, "required", "Say which share of the members is kept, in percent.");
            }

            return 0;
        }

        if (percent * 100 != decimal.Truncate(percent * 100))
        {
            json.Refuse(FilterFields.Percent, "too_fine", $"'percent' is {percent}; members are dealt into 10,000 buckets, so it has at most two decimals.");
        }

        return (int)Math.Clamp(percent * 100, 0, Buckets.Count);
    }

    private static string? ReadSalt(JsonFields json)
    {
        var salt = json.Text(FilterFields.Salt, RuleReader.MaxNameLength);
        if (salt is "")
        {
            json.Refuse(FilterFields.Salt, "required", "A salt is a text of your own. Leave it out to have one of the destination's.");
        }

        return salt;
    }

    private static ImmutableArray<string> ReadFields(JsonFields json, ICollection<Fault> faults)
    {
        var items = json.Items(FilterFields.Fields, MappingEntry.MaxEntries);
        if (items is null or { Count: 0 })
        {
            if (items is not null || !json.Has(FilterFields.Fields))
            {
                json.Refuse(FilterFields.Fields, "required", "Name fields as the mapping's \"to\" does, such as [\"email\"].");
            }

            return [];
        }

        var names = ImmutableArray.CreateBuilder<string>(items.Count);
        foreach (var (index, item) in items.Index())
        {
            if (item.ValueKind is JsonValueKind.String)
            {
                names.Add(item.GetString()!);
            }
            else
            {
                faults.Add(new($"{json.PointerTo(FilterFields.Fields)}/{index}", JsonFields.WrongType, "A field is named by a text, as the mapping's \"to\"."));
            }
        }

        return names.ToImmutable();
    }
}
