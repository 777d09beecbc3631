using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>The fields of a request that make or change a segment. Null: not given.</summary>
internal sealed record SegmentFields(string? Key, string? Name, string? Description, SegmentVisibility? Visibility, RuleNode? Rules)
{
    /// <summary>Bytes of a rule as JSON. Ours: a segment is kept in one table entity of at most 720 KiB.</summary>
    public const int MaxRuleBytes = 512 * 1024;

    /// <summary>Reads the body of a new segment: every fault, each with its pointer.</summary>
    public static SegmentFields? ReadNew(JsonElement body, IReadOnlyDictionary<string, ImmutableArray<CellType>> catalog, ICollection<Fault> faults)
    {
        if (JsonFields.Open(body, "", faults) is not { } json)
        {
            return null;
        }

        foreach (var required in (ReadOnlySpan<string>)["name", "rules"])
        {
            if (json.Any(required) is null)
            {
                json.Refuse(required, "missing_field", required == "name" ? "A segment needs a name." : "A segment needs rules: whom it holds.");
            }
        }

        return Read(json, catalog, faults);
    }

    /// <summary>Reads the body of a draft: rules, and a new name and description where they are to change. What answers carry beside may be sent back.</summary>
    public static SegmentFields? ReadDraft(JsonElement body, IReadOnlyDictionary<string, ImmutableArray<CellType>> catalog, ICollection<Fault> faults)
    {
        if (JsonFields.Open(body, "", faults) is not { } json)
        {
            return null;
        }

        if (json.Any("rules") is null)
        {
            json.Refuse("rules", "missing_field", "A draft needs rules: whom the segment is to hold.");
        }

        json.Ignore("segmentId", "baseEtag", "stale", "createdAt", "updatedAt", "etag");
        var fields = ReadWords(json) with { Rules = ReadRules(json, catalog, faults) };
        json.RefuseUnknown("a draft");
        return fields;
    }

    /// <summary>Reads a merge patch (RFC 7396) of a segment.</summary>
    /// <remarks>A rule is one value: <c>rules</c> replaces the old rule whole, since an 'all' merged into an 'any' would be neither. What cannot
    /// change may be repeated as it is, so that an answer can be edited and sent back.</remarks>
    public static SegmentFields? ReadPatch(
        JsonElement patch, Segment current, IReadOnlyDictionary<string, ImmutableArray<CellType>> catalog, ICollection<Fault> faults)
    {
        if (JsonFields.Open(patch, "", faults) is not { } json)
        {
            return null;
        }

        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("id", current.Id), ("key", current.Key)])
        {
            if (json.Has(name) && !(json.Any(name) is { ValueKind: JsonValueKind.String } given && given.ValueEquals(value)))
            {
                json.Refuse(name, "immutable_field", $"'{name}' never changes; it is '{value}'. Leave it out.");
            }
        }

        foreach (var required in (ReadOnlySpan<string>)["name", "rules"])
        {
            if (json.Has(required) && json.Any(required) is null)
            {
                json.Refuse(required, "missing_field", $"A segment keeps its {required}: null cannot clear it.");
            }
        }

        json.Ignore(
            "etag", "status", "locked", "lockedBy", "size", "sizeAsOf", "trend", "draft", "createdAt", "updatedAt", "rulesUpdatedAt", "previousRules");
        var fields = Read(json, catalog, faults);
        return fields with
        {
            Description = json.Has("description") ? fields.Description ?? "" : null,
            Visibility = json.Has("visibility") ? fields.Visibility ?? SegmentVisibility.Shared : null,
        };
    }

    private static SegmentFields Read(JsonFields json, IReadOnlyDictionary<string, ImmutableArray<CellType>> catalog, ICollection<Fault> faults)
    {
        var fields = ReadWords(json) with
        {
            Key = json.Text("key", Slug.MaxLength),
            Visibility = json.Choice<SegmentVisibility>("visibility"),
            Rules = ReadRules(json, catalog, faults),
        };
        if (fields.Key is { } key && !Slug.IsValid(key))
        {
            json.Refuse("key", "invalid_key", $"'{key}' is no key: 1 to {Slug.MaxLength} of a-z, 0-9, hyphen and underscore, the first a letter or digit.");
        }

        json.RefuseUnknown("a segment");
        return fields;
    }

    private static SegmentFields ReadWords(JsonFields json)
    {
        var name = json.Text("name", Segment.MaxNameLength)?.Trim();
        if (name is "")
        {
            json.Refuse("name", "empty_text", "The name is empty. Say whom the segment holds.");
        }

        return new(Key: null, name, json.Text("description", Segment.MaxDescriptionLength), Visibility: null, Rules: null);
    }

    private static RuleNode? ReadRules(JsonFields json, IReadOnlyDictionary<string, ImmutableArray<CellType>> catalog, ICollection<Fault> faults)
    {
        var rule = json.Any("rules") is { } rules ? RuleReader.Read(rules, json.PointerTo("rules"), catalog, faults) : null;
        if (rule is not null && RuleWriter.ToUtf8(rule).Length is > MaxRuleBytes and var size)
        {
            json.Refuse("rules", "too_large", $"The rules take {size:N0} bytes of JSON; at most {MaxRuleBytes:N0} are kept. Import long lists of values as an attribute and compare that.");
        }

        return rule;
    }
}
