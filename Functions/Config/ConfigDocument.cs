using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Faults;

namespace AudienceSync.Config;

/// <summary>What somebody wants to be there.</summary>
/// <param name="Sections">The kinds it speaks of at all: an empty list says that there is to be none, a missing one says nothing.</param>
internal sealed record ConfigDocument(ImmutableArray<ConfigEntry> Entries, ImmutableHashSet<ConfigKind> Sections)
{
    /// <summary>The form of the document. A later one would get another number.</summary>
    public const int Version = 1;

    /// <summary>Entries of a list. Ours.</summary>
    public const int MaxEntries = 10_000;

    /// <summary>Reads a document; null when it is not an object. What the entries say is read by those who keep them.</summary>
    public static ConfigDocument? Read(JsonElement body, ICollection<Fault> faults)
    {
        if (JsonFields.Open(body, "", faults) is not { } fields)
        {
            return null;
        }

        fields.Integer("version", Version, Version);
        var entries = ImmutableArray.CreateBuilder<ConfigEntry>();
        var sections = ImmutableHashSet.CreateBuilder<ConfigKind>();
        foreach (var kind in ConfigKinds.Listed)
        {
            if (fields.Items(kind.Section, MaxEntries) is { } items)
            {
                sections.Add(kind);
                entries.AddRange(ReadList(kind, items, faults));
            }
        }

        if (fields.Any("holdout") is { } holdout && JsonFields.Open(holdout, "/holdout", faults) is not null)
        {
            entries.Add(new(ConfigKind.Holdout, "/holdout", ConfigKind.Holdout.Word, JsonObject.Create(holdout)!));
        }

        fields.Ignore("$schema", "etag");
        fields.RefuseUnknown("a configuration document");
        return new(entries.DrainToImmutable(), sections.ToImmutable());
    }

    public ConfigEntry? Find(ConfigKind kind, string key) => Entries.FirstOrDefault(entry => entry.Kind == kind && entry.Key == key);

    private static IEnumerable<ConfigEntry> ReadList(ConfigKind kind, IReadOnlyList<JsonElement> items, ICollection<Fault> faults)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, item) in items.Index())
        {
            var pointer = $"/{kind.Section}/{index}";
            if (JsonFields.Open(item, pointer, faults) is not { } fields)
            {
                continue;
            }

            var key = fields.Text("key", int.MaxValue);
            if (string.IsNullOrEmpty(key))
            {
                if (fields.Any("key") is null or { ValueKind: JsonValueKind.String })
                {
                    fields.Refuse("key", "required", $"A {kind.Word} of a document needs its key: it is known by that, here and in every other installation.");
                }

                continue;
            }

            if (!keys.Add(key))
            {
                fields.Refuse("key", "duplicate_key", $"Another {kind.Word} of this document has the key '{key}'. Keep one of them.");
                continue;
            }

            yield return new(kind, pointer, key, JsonObject.Create(item)!);
        }
    }
}

/// <summary>One thing that a document names.</summary>
/// <param name="Pointer">Where it stands in the document.</param>
internal sealed record ConfigEntry(ConfigKind Kind, string Pointer, string Key, JsonObject Json);
