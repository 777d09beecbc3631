using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Destinations;

/// <summary><c>"attributes":["orders","country"]</c>: the short way to send attributes under their own names, beside a mapping or the connector's usual one.</summary>
internal static class SentAttributes
{
    private const int MaxNameLength = 128;

    public static ImmutableArray<string>? Read(JsonFields fields, ICollection<Fault> faults)
    {
        if (fields.Items("attributes", MappingEntry.MaxEntries) is not { } items)
        {
            return null;
        }

        var names = ImmutableArray.CreateBuilder<string>(items.Count);
        foreach (var (index, item) in items.Index())
        {
            if (item.ValueKind is JsonValueKind.String && item.GetString() is { Length: > 0 and <= MaxNameLength } name)
            {
                names.Add(name);
            }
            else
            {
                faults.Add(new($"{fields.PointerTo("attributes")}/{index}", JsonFields.WrongType, $"The name of an attribute is a text of 1 to {MaxNameLength} characters."));
            }
        }

        return names.DrainToImmutable();
    }

    /// <summary>The mapping with an entry for each attribute that it does not send yet.</summary>
    /// <param name="mapping">Null for the connector's usual one.</param>
    public static ImmutableArray<MappingEntry?>? Complete(ImmutableArray<MappingEntry?>? mapping, ImmutableArray<string>? attributes, ConnectorDefinition? connector)
    {
        if (attributes is not { } names)
        {
            return mapping;
        }

        ImmutableArray<MappingEntry?> given = mapping
            ?? [.. (connector?.DefaultMapping ?? []).Select(entry => new MappingEntry { From = entry.From, To = entry.To, Identifier = entry.IsIdentifier })];
        return
        [
            .. given,
            .. names.Distinct(StringComparer.Ordinal).Where(name => given.All(entry => entry?.To != name && entry?.From != name)).Select(name => new MappingEntry { From = name, To = name }),
        ];
    }

    /// <summary>Gives faults of entries that the request has none of the place of the attribute that made them.</summary>
    /// <param name="from">Faults before this one are left alone.</param>
    /// <param name="written">The mapping as the request has it.</param>
    /// <param name="completed">As <see cref="Complete"/> made it.</param>
    public static void Place(
        List<Fault> faults, int from, ImmutableArray<string>? attributes, ImmutableArray<MappingEntry?>? written, ImmutableArray<MappingEntry?>? completed)
    {
        const string mapping = "/mapping/";
        for (var at = from; attributes is { } names && completed is { } entries && at < faults.Count; at++)
        {
            var pointer = faults[at].Pointer;
            if (pointer.StartsWith(mapping, StringComparison.Ordinal)
                && int.TryParse(pointer[mapping.Length..].Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && index >= (written?.Length ?? 0) && index < entries.Length && names.IndexOf(entries[index]?.From ?? "") is >= 0 and var place)
            {
                faults[at] = faults[at] with { Pointer = $"/attributes/{place}" };
            }
        }
    }
}
