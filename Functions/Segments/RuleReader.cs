using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Reads a rule from JSON and reports everything wrong with it at once.</summary>
/// <remarks>The value of a comparison is read by <see cref="RuleOperandReader"/>.</remarks>
public sealed class RuleReader
{
    /// <summary>Rules within rules.</summary>
    public const int MaxDepth = 32;

    /// <summary>Rules of a tree, groups included.</summary>
    public const int MaxNodes = 500;

    /// <summary>Characters of an attribute's name and of a bucket's salt.</summary>
    public const int MaxNameLength = 256;

    /// <summary>Faults reported at most; the rest show once these are mended.</summary>
    public const int MaxFaults = 100;

    private static readonly ImmutableArray<string> Kinds = ["all", "any", "not", "attr", "segment", "bucket"];
    private static readonly ImmutableArray<string> CompareFields = ["attr", "op", "value"];
    private static readonly ImmutableArray<string> BucketFields = ["salt", "from", "to"];
    private static readonly ImmutableArray<string> AllFields = [.. Kinds, "op", "value"];

    private readonly bool _isStored;
    private readonly string _root;
    private readonly RuleFaults _faults;
    private readonly RuleOperandReader _operands;
    private int _nodes;

    private RuleReader(string root, IReadOnlyDictionary<string, ImmutableArray<CellType>> catalog, bool isStored = false)
    {
        _isStored = isStored;
        _root = root;
        _faults = new(MaxFaults);
        _operands = new(_faults, catalog);
    }

    /// <param name="pointer">JSON Pointer of <paramref name="json"/> in its document, such as <c>/rules</c>; begins each fault's pointer.</param>
    /// <param name="catalog">Attributes whose types are known: comparing them across types is a fault. Others are taken as they come, for an attribute may arrive later.</param>
    /// <param name="faults">Receives each fault.</param>
    /// <returns>The rule, or null when there were faults.</returns>
    public static RuleNode? Read(
        JsonElement json, string pointer, IReadOnlyDictionary<string, ImmutableArray<CellType>> catalog, ICollection<Fault> faults)
    {
        var reader = new RuleReader(pointer, catalog);
        var node = reader.ReadNode(json, pointer, depth: 1);
        foreach (var fault in reader._faults.All)
        {
            faults.Add(fault);
        }

        return reader._faults.All.Count == 0 ? node : null;
    }

    /// <summary>Reads a rule that was kept: one of ours, which may be larger than a written one and look at internal columns.</summary>
    /// <exception cref="JsonException">The JSON is no rule.</exception>
    internal static RuleNode ReadStored(JsonElement json)
    {
        var reader = new RuleReader("", ImmutableDictionary<string, ImmutableArray<CellType>>.Empty, isStored: true);
        return reader.ReadNode(json, "", depth: 1) is { } rule && reader._faults.All.Count == 0
            ? rule
            : throw new JsonException($"The stored rule cannot be read: {reader._faults.All[0].Pointer} {reader._faults.All[0].Code}.");
    }

    private RuleNode? ReadNode(JsonElement json, string pointer, int depth)
    {
        if (++_nodes > MaxNodes && !_isStored)
        {
            // Said once, for the whole tree.
            return _nodes > MaxNodes + 1 ? null
                : Refuse(_root, "too_many_rules", $"A segment takes at most {MaxNodes} rules, groups included. Move a part into a segment of its own and refer to it.");
        }

        if (depth > MaxDepth && !_isStored)
        {
            return Refuse(pointer, "too_deep", $"Rules nest at most {MaxDepth} deep. Move the inner part into a segment of its own and refer to it.");
        }

        if (json.ValueKind is not JsonValueKind.Object)
        {
            return Refuse(pointer, "wrong_type", $"A rule is an object such as {{\"attr\":\"orders\",\"op\":\"gte\",\"value\":3}}, not {RuleFaults.Describe(json)}.");
        }

        var fields = ReadFields(json, pointer);
        var kinds = Kinds.Where(fields.ContainsKey).ToArray();
        if (kinds.Length > 1)
        {
            return Refuse(pointer, "ambiguous_rule", $"A rule is one thing, but this one holds {string.Join(" and ", kinds.Select(kind => $"'{kind}'"))}. Put each into an object of its own inside 'all' or 'any'.");
        }

        var kind = kinds.FirstOrDefault() ?? (fields.ContainsKey("op") ? "attr" : null);
        if (kind is null)
        {
            return CheckNames(fields.Keys, pointer, AllFields)
                ? Refuse(pointer, "missing_field", $"A rule holds one of {string.Join(", ", Kinds)}; this one holds none.")
                : null;
        }

        CheckNames(fields.Keys, pointer, kind == "attr" ? CompareFields : [kind]);
        return kind switch
        {
            "all" => ReadList(fields[kind], $"{pointer}/all", depth) is { } rules ? new RuleNode.All(rules) : null,
            "any" => ReadList(fields[kind], $"{pointer}/any", depth) is { } rules ? new RuleNode.Any(rules) : null,
            "not" => ReadNode(fields[kind], $"{pointer}/not", depth + 1) is { } rule ? new RuleNode.Not(rule) : null,
            "segment" => ReadSegment(fields[kind], $"{pointer}/segment"),
            "bucket" => ReadBucket(fields[kind], $"{pointer}/bucket"),
            _ => ReadCompare(fields, pointer),
        };
    }

    private ImmutableArray<RuleNode>? ReadList(JsonElement json, string pointer, int depth)
    {
        if (json.ValueKind is not JsonValueKind.Array)
        {
            _faults.Add(pointer, "wrong_type", $"This is a list of rules, not {RuleFaults.Describe(json)}.");
            return null;
        }

        if (json.GetArrayLength() == 0)
        {
            _faults.Add(pointer, "empty_list", "The list of rules is empty, and whom an empty list means is easily mistaken. Give it a rule, or remove it.");
            return null;
        }

        var rules = ImmutableArray.CreateBuilder<RuleNode>();
        foreach (var (index, item) in json.EnumerateArray().Index())
        {
            if (_nodes > MaxNodes && !_isStored)
            {
                return null;
            }

            if (ReadNode(item, $"{pointer}/{index}", depth + 1) is { } rule)
            {
                rules.Add(rule);
            }
        }

        return rules.DrainToImmutable();
    }

    private RuleNode? ReadCompare(Dictionary<string, JsonElement> fields, string pointer)
    {
        var attribute = fields.TryGetValue("attr", out var attr)
            ? ReadAttribute(attr, $"{pointer}/attr")
            : Missing(pointer, "attr", "which attribute is compared");
        var name = fields.TryGetValue("op", out var op) ? _faults.ReadText(op, $"{pointer}/op", MaxNameLength)
            : Missing(pointer, "op", "how it is compared");
        if (name is null)
        {
            return null;
        }

        if (!RuleOperators.TryParse(name, out var @operator))
        {
            return Refuse($"{pointer}/op", "unknown_operator",
                $"'{name}' is no operator.{NearestName.Suggestion(name, RuleOperators.Names)} Known are {string.Join(", ", RuleOperators.Names)}.");
        }

        var value = fields.TryGetValue("value", out var json) ? json : (JsonElement?)null;
        var operand = _operands.Read(attribute, @operator, value, pointer);
        return attribute is null || operand is null ? null : new RuleNode.Compare(attribute, @operator, operand);
    }

    private string? ReadAttribute(JsonElement json, string pointer)
    {
        if (_faults.ReadText(json, pointer, MaxNameLength) is not { } name)
        {
            return null;
        }

        if (!_isStored && (ProfileColumns.IsInternal(name) || name is ProfileColumns.TrackingId or ProfileColumns.UrlToken))
        {
            _faults.Add(pointer, "reserved_attribute", $"'{name}' is kept for the system and cannot be compared. Compare an attribute, an identifier ({string.Join(", ", ProfileColumns.Identifiers)}) or id.");
            return null;
        }

        return name;
    }

    private RuleNode.InSegment? ReadSegment(JsonElement json, string pointer) =>
        _faults.ReadText(json, pointer, MaxNameLength) is { } id ? new RuleNode.InSegment(id) : null;

    private RuleNode? ReadBucket(JsonElement json, string pointer)
    {
        if (json.ValueKind is not JsonValueKind.Object)
        {
            return Refuse(pointer, "wrong_type", $"A bucket is an object such as {{\"salt\":\"spring\",\"from\":0,\"to\":5000}}, not {RuleFaults.Describe(json)}.");
        }

        var fields = ReadFields(json, pointer);
        CheckNames(fields.Keys, pointer, BucketFields);
        var salt = fields.TryGetValue("salt", out var text) ? _faults.ReadText(text, $"{pointer}/salt", MaxNameLength) : Missing(pointer, "salt", "the text that tells this split from others");
        var from = ReadBound(fields, pointer, "from");
        var to = ReadBound(fields, pointer, "to");
        if (from >= to && !_isStored)
        {
            return Refuse($"{pointer}/to", "out_of_range", $"'to' is {to}, which leaves no bucket from {from} on: the upper bound is excluded. Make it larger than 'from'.");
        }

        return salt is null || from is null || to is null ? null : new RuleNode.Bucket(salt, from.Value, to.Value);
    }

    private int? ReadBound(Dictionary<string, JsonElement> fields, string pointer, string name)
    {
        if (!fields.TryGetValue(name, out var json))
        {
            Missing(pointer, name, $"a whole number from 0 to {Buckets.Count:N0}");
            return null;
        }

        if (json.ValueKind is JsonValueKind.Number && json.TryGetInt32(out var bound) && bound is >= 0 and <= Buckets.Count)
        {
            return bound;
        }

        _faults.Add($"{pointer}/{name}", "out_of_range", $"A bound is a whole number from 0 to {Buckets.Count:N0}, not {RuleFaults.Describe(json)}.");
        return null;
    }

    private Dictionary<string, JsonElement> ReadFields(JsonElement json, string pointer)
    {
        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in json.EnumerateObject())
        {
            if (!fields.TryAdd(property.Name, property.Value))
            {
                _faults.Add(JsonFields.PointerTo(pointer, property.Name), "duplicate_field", $"'{property.Name}' occurs twice in one object. Put each rule into an object of its own inside 'all' or 'any'.");
            }
        }

        return fields;
    }

    private bool CheckNames(IEnumerable<string> names, string pointer, ImmutableArray<string> known)
    {
        var clean = true;
        foreach (var name in names.Where(name => !known.Contains(name)))
        {
            clean = false;
            var mend = NearestName.Suggestion(name, known);
            _faults.Add(JsonFields.PointerTo(pointer, name), "unknown_field",
                $"'{name}' is no field here.{(mend.Length > 0 ? mend : $" Known are {string.Join(", ", known)}.")}");
        }

        return clean;
    }

    private string? Missing(string pointer, string field, string meaning)
    {
        _faults.Add(JsonFields.PointerTo(pointer, field), "missing_field", $"'{field}' is missing: {meaning}.");
        return null;
    }

    private RuleNode? Refuse(string pointer, string code, string detail)
    {
        _faults.Add(pointer, code, detail);
        return null;
    }
}
