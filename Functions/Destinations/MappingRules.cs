using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>What a mapping must be: targets as the connector's card wants them, an identifier, sources that exist.</summary>
internal static class MappingRules
{
    /// <summary>Faults of the targets against the card. An event names its person by itself, so <see cref="DestinationMode.Events"/> asks for no identifier.</summary>
    public static IEnumerable<Fault> CheckTargets(ImmutableArray<MappingEntry?> mapping, FieldRules rules, DestinationMode mode, string pointer)
    {
        // An entry that could not be read has no target, and may have been the very one that is asked for.
        var unread = mapping.Index().Where(pair => pair.Item is null).Select(pair => $"{pointer}/{pair.Index}/to").ToHashSet();
        if (unread.Count > 0)
        {
            unread.Add(pointer);
        }

        foreach (var fault in rules.Check([.. mapping.Select(entry => entry?.To ?? "")], pointer))
        {
            if (!unread.Contains(fault.Pointer))
            {
                yield return fault;
            }
        }

        if (mode is not DestinationMode.Events && !mapping.Any(entry => entry is null or { Identifier: true }))
        {
            yield return new(
                pointer, "identifier_missing",
                "No entry says by which field the platform finds a member, so nobody could be removed. Set \"identifier\": true on one, such as {\"from\":\"id\",\"to\":\"user_id\",\"identifier\":true}.");
        }
    }

    /// <summary>Faults of the sources: internal columns are refused.</summary>
    public static IEnumerable<Fault> CheckSources(ImmutableArray<MappingEntry?> mapping, string pointer) =>
        from source in Sources(mapping, pointer)
        where ProfileColumns.IsInternal(source.Name)
        select new Fault(source.Pointer, "unknown_attribute", $"'{source.Name}' is not an attribute: no attribute's name begins with '$'.");

    /// <summary>Sources that no profile has had so far: it may still come, so it is a warning.</summary>
    public static IEnumerable<Fault> WarnOfUnknownSources(
        ImmutableArray<MappingEntry?> mapping, IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, string pointer) =>
        from source in Sources(mapping, pointer)
        where !ProfileColumns.IsInternal(source.Name) && !ProfileColumns.Reserved.Contains(source.Name) && !attributes.ContainsKey(source.Name)
        select new Fault(
            source.Pointer, "unknown_attribute",
            $"No profile has had the attribute '{source.Name}' so far; the field stays empty.{NearestName.Suggestion(source.Name, attributes.Keys.Concat(ProfileColumns.Reserved))}");

    /// <summary>Identifier fields of the card that are fed from an attribute which is never text or a whole number.</summary>
    public static IEnumerable<Fault> CheckTypes(
        ImmutableArray<MappingEntry?> mapping, FieldRules rules, IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, string pointer)
    {
        var identifiers = rules.IdentifierNames.ToHashSet(StringComparer.Ordinal);
        foreach (var (index, entry) in mapping.Index())
        {
            if (entry is { From: { } from } && identifiers.Contains(entry.To) && attributes.TryGetValue(from, out var types)
                && !types.IsEmpty && !types.Any(type => type is CellType.Text or CellType.Integer))
            {
                yield return new(
                    $"{pointer}/{index}/from", "type_clash",
                    $"'{entry.To}' identifies people by a text, but '{from}' holds {string.Join(" or ", types.Select(JsonFields.Spelling))}. Map another attribute, or a template.");
            }
        }
    }

    private static IEnumerable<(string Name, string Pointer)> Sources(ImmutableArray<MappingEntry?> mapping, string pointer)
    {
        foreach (var (index, entry) in mapping.Index())
        {
            if (entry?.From is { } from)
            {
                yield return (from, $"{pointer}/{index}/from");
            }
            else if (entry?.Template is { } text && MappingTemplate.Parse(text, "", []) is { } template)
            {
                foreach (var name in template.Names)
                {
                    yield return (name, $"{pointer}/{index}/template");
                }
            }
        }
    }
}
