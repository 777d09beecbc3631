using System.Text.Json;

namespace AudienceSync.Faults;

/// <summary>Reads the members of a JSON object, gathering every fault with its pointer. A <c>null</c> member reads as absent.</summary>
/// <remarks>Ask for each member once, then call <see cref="RefuseUnknown"/>: what was not asked for is a fault with the nearest name.</remarks>
public sealed class JsonFields
{
    /// <summary>Code of a value of the wrong JSON type.</summary>
    public const string WrongType = "wrong_type";

    /// <summary>Code of a member that the object does not have.</summary>
    public const string UnknownField = "unknown_field";

    private readonly JsonElement _json;
    private readonly ICollection<Fault> _faults;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ignored = new(StringComparer.Ordinal);

    private JsonFields(JsonElement json, string pointer, ICollection<Fault> faults) => (_json, Pointer, _faults) = (json, pointer, faults);

    /// <summary>Where the object stands in the document.</summary>
    public string Pointer { get; }

    /// <summary>Opens an object; anything else is a fault and null.</summary>
    public static JsonFields? Open(JsonElement json, string pointer, ICollection<Fault> faults)
    {
        if (json.ValueKind is JsonValueKind.Object)
        {
            return new(json, pointer, faults);
        }

        faults.Add(new(pointer, WrongType, $"An object is wanted here, not {Describe(json)}."));
        return null;
    }

    /// <summary>JSON Pointer (RFC 6901) of a member or item of <paramref name="parent"/>.</summary>
    public static string PointerTo(string parent, string name) =>
        $"{parent}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    public string PointerTo(string name) => PointerTo(Pointer, name);

    /// <summary>Whether the member is there, be it <c>null</c>.</summary>
    public bool Has(string name) => _json.TryGetProperty(name, out _);

    /// <summary>The member as it is; null when absent or <c>null</c>.</summary>
    public JsonElement? Any(string name)
    {
        _known.Add(name);
        return _json.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;
    }

    /// <param name="maxLength">Most characters.</param>
    public string? Text(string name, int maxLength)
    {
        if (Any(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind is not JsonValueKind.String)
        {
            Refuse(name, WrongType, $"'{name}' is a text, not {Describe(value)}.");
            return null;
        }

        var text = value.GetString()!;
        if (text.Length > maxLength)
        {
            Refuse(name, "too_long", $"'{name}' has {text.Length} characters; at most {maxLength} are kept. Shorten it.");
        }

        return text;
    }

    public bool? Flag(string name)
    {
        if (Any(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Refuse(name, WrongType, $"'{name}' is true or false, not {Describe(value)}.");
        return null;
    }

    /// <summary>A number within the bounds, both included.</summary>
    public decimal? Number(string name, decimal min, decimal? max = null)
    {
        if (Any(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind is not JsonValueKind.Number || !value.TryGetDecimal(out var number))
        {
            Refuse(name, WrongType, $"'{name}' is a number, not {Describe(value)}.");
            return null;
        }

        if (number < min || number > max)
        {
            Refuse(name, "out_of_range", max is null
                ? $"'{name}' is {number}; it must be {min} or more."
                : $"'{name}' is {number}; it must lie between {min} and {max}.");
        }

        return number;
    }

    /// <summary>A whole number within the bounds, both included.</summary>
    public int? Integer(string name, int min, int max)
    {
        if (Any(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDecimal(out var number) && number != decimal.Truncate(number))
        {
            Refuse(name, WrongType, $"'{name}' is a whole number, not {number}.");
            return null;
        }

        // Beyond the bounds the fault is already told; the value only has to stay one that can be kept.
        return Number(name, min, max) is { } whole ? (int)Math.Clamp(whole, min, max) : null;
    }

    /// <summary>A word of a closed list, spelt in lower camel case.</summary>
    public T? Choice<T>(string name)
        where T : struct, Enum
    {
        if (Text(name, int.MaxValue) is not { } text)
        {
            return null;
        }

        foreach (var value in Enum.GetValues<T>())
        {
            if (Spelling(value) == text)
            {
                return value;
            }
        }

        var choices = Enum.GetValues<T>().Select(Spelling).ToList();
        Refuse(name, "unknown_value", $"'{text}' is not one of {string.Join(", ", choices)}.{NearestName.Suggestion(text, choices)}");
        return null;
    }

    public JsonFields? Object(string name) => Any(name) is { } value ? Open(value, PointerTo(name), _faults) : null;

    /// <summary>The items of a list; null when absent.</summary>
    public IReadOnlyList<JsonElement>? Items(string name, int max)
    {
        if (Any(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind is not JsonValueKind.Array)
        {
            Refuse(name, WrongType, $"'{name}' is a list, not {Describe(value)}.");
            return null;
        }

        if (value.GetArrayLength() > max)
        {
            Refuse(name, "too_many", $"'{name}' has {value.GetArrayLength()} entries; at most {max} are kept.");
        }

        return [.. value.EnumerateArray().Take(max)];
    }

    public IEnumerable<JsonProperty> Members() => _json.EnumerateObject();

    /// <summary>Members that answers carry and requests may repeat without effect.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            _ignored.Add(name);
        }
    }

    /// <summary>Each member that was neither asked for nor ignored is a fault.</summary>
    public void RefuseUnknown(string what)
    {
        foreach (var member in _json.EnumerateObject())
        {
            if (!_known.Contains(member.Name) && !_ignored.Contains(member.Name))
            {
                Refuse(member.Name, UnknownField, $"'{member.Name}' is not a field of {what}.{NearestName.Suggestion(member.Name, _known)}");
            }
        }
    }

    /// <summary>Notes a fault of a member.</summary>
    public void Refuse(string name, string code, string detail) => _faults.Add(new(PointerTo(name), code, detail));

    /// <summary>As JSON spells the words of our lists.</summary>
    public static string Spelling<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    private static string Describe(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null or JsonValueKind.Undefined => "null",
        _ => "true or false",
    };
}
