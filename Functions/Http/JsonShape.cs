using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using AudienceSync.Faults;

namespace AudienceSync.Http;

/// <summary>Compares a JSON document with the type it is to become, and names every fault at once; the serializer alone would stop at the first.</summary>
internal static class JsonShape
{
    public static Result<T> Read<T>(JsonElement json, JsonTypeInfo<T> type)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        Check(json, type, "", nullable: false, faults);
        if (faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        try
        {
            return json.Deserialize(type)!;
        }
        catch (JsonException e)
        {
            // What only a converter of its own can tell.
            return Refusal.Invalid([new(JsonPointer.FromPath(e.Path), "wrong_type", "The value cannot be read as what this field takes.")]);
        }
    }

    private static void Check(JsonElement json, JsonTypeInfo type, string pointer, bool nullable, ImmutableArray<Fault>.Builder faults)
    {
        if (Nullable.GetUnderlyingType(type.Type) is { } underlying)
        {
            (type, nullable) = (type.Options.GetTypeInfo(underlying), true);
        }

        if (IsFree(type))
        {
            return;
        }

        if (json.ValueKind is JsonValueKind.Null)
        {
            if (!nullable)
            {
                faults.Add(WrongType(json, type, pointer));
            }

            return;
        }

        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object when json.ValueKind is JsonValueKind.Object:
                CheckObject(json, type, pointer, faults);
                break;
            case JsonTypeInfoKind.Dictionary when json.ValueKind is JsonValueKind.Object:
                foreach (var property in json.EnumerateObject())
                {
                    Check(property.Value, ElementType(type), JsonPointer.Append(pointer, property.Name), nullable: true, faults);
                }

                break;
            case JsonTypeInfoKind.Enumerable when json.ValueKind is JsonValueKind.Array:
                foreach (var (index, item) in json.EnumerateArray().Index())
                {
                    Check(item, ElementType(type), JsonPointer.Append(pointer, index), nullable: false, faults);
                }

                break;
            case JsonTypeInfoKind.None:
                CheckValue(json, type, pointer, faults);
                break;
            default:
                faults.Add(WrongType(json, type, pointer));
                break;
        }
    }

    private static void CheckObject(JsonElement json, JsonTypeInfo type, string pointer, ImmutableArray<Fault>.Builder faults)
    {
        var fields = type.Properties.Where(field => field.Set is not null || field.AssociatedParameter is not null).ToList();
        var open = type.Properties.Any(field => field.IsExtensionData);
        var seen = new HashSet<JsonPropertyInfo>();
        foreach (var property in json.EnumerateObject())
        {
            var at = JsonPointer.Append(pointer, property.Name);
            var comparison = type.Options.PropertyNameCaseInsensitive ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
            if (fields.Find(field => !field.IsExtensionData && field.Name.Equals(property.Name, comparison)) is { } field)
            {
                seen.Add(field);
                Check(property.Value, type.Options.GetTypeInfo(field.PropertyType), at, IsNullable(field), faults);
            }
            else if (!open)
            {
                var names = fields.Select(each => each.Name);
                faults.Add(new(at, "unknown_field", $"'{property.Name}' is not a field here.{Mend(property.Name, names)}"));
            }
        }

        foreach (var field in fields.Where(field => IsRequired(field) && !seen.Contains(field)))
        {
            faults.Add(new(JsonPointer.Append(pointer, field.Name), "required", $"'{field.Name}' is required and missing."));
        }
    }

    private static void CheckValue(JsonElement json, JsonTypeInfo type, string pointer, ImmutableArray<Fault>.Builder faults)
    {
        if (type.Type == typeof(string) && json.ValueKind is JsonValueKind.String)
        {
            return;
        }

        try
        {
            json.Deserialize(type);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            faults.Add(type.Type.IsEnum && json.ValueKind is JsonValueKind.String ? UnknownName(json, type, pointer) : WrongType(json, type, pointer));
        }
    }

    private static Fault UnknownName(JsonElement json, JsonTypeInfo type, string pointer)
    {
        var names = Names(type);
        return new(pointer, "unknown_value", $"'{json.GetString()}' is not a value of this field.{NearestName.Suggestion(json.GetString()!, names)} It takes {string.Join(", ", names)}.");
    }

    private static Fault WrongType(JsonElement json, JsonTypeInfo type, string pointer)
    {
        var found = json.ValueKind switch
        {
            JsonValueKind.Null => "null",
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.True or JsonValueKind.False => "true or false",
            JsonValueKind.Number => $"the number {Short(json.GetRawText())}",
            _ => $"the text '{Short(json.GetString()!)}'",
        };
        return new(pointer, "wrong_type", $"This takes {Wanted(type)}, but got {found}.");
    }

    private static string Wanted(JsonTypeInfo type) => type.Kind switch
    {
        JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "an object",
        JsonTypeInfoKind.Enumerable => "a list",
        _ when type.Type.IsEnum => $"one of {string.Join(", ", Names(type))}",
        _ => WantedValue(type.Type),
    };

    private static string WantedValue(Type type)
    {
        if (type == typeof(string))
        {
            return "a text";
        }

        if (type == typeof(bool))
        {
            return "true or false";
        }

        if (type == typeof(DateTimeOffset) || type == typeof(DateTime))
        {
            return "an RFC 3339 date-time, such as 2026-10-01T00:00:00Z";
        }

        if (type == typeof(DateOnly))
        {
            return "a date, such as 2026-10-01";
        }

        return Type.GetTypeCode(type) switch
        {
            TypeCode.Int32 => "a whole number of 32 bits",
            TypeCode.Int64 => "a whole number of 64 bits",
            TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16 or TypeCode.UInt32 or TypeCode.UInt64 => "a small whole number",
            TypeCode.Decimal or TypeCode.Double or TypeCode.Single => "a number",
            _ => "another value",
        };
    }

    /// <summary>Takes whatever JSON comes: documents kept as such, and closed families, whose converter knows more than this check.</summary>
    private static bool IsFree(JsonTypeInfo type) =>
        type.PolymorphismOptions is not null || type.Type == typeof(JsonElement) || type.Type == typeof(object) || type.Type.IsAssignableTo(typeof(JsonNode));

    private static bool IsNullable(JsonPropertyInfo field) =>
        field.AssociatedParameter is { } parameter ? parameter.IsNullable : field.IsSetNullable;

    /// <summary>Required by keyword, or a constructor's reference without a default: leaving it out would put null where the type promises none.</summary>
    private static bool IsRequired(JsonPropertyInfo field) =>
        field.IsRequired || field.AssociatedParameter is { HasDefaultValue: false, IsNullable: false, ParameterType.IsValueType: false };

    private static JsonTypeInfo ElementType(JsonTypeInfo type) => type.Options.GetTypeInfo(type.ElementType ?? typeof(JsonElement));

    private static string[] Names(JsonTypeInfo type) =>
        [.. Enum.GetValuesAsUnderlyingType(type.Type).Cast<object>().Select(value => JsonSerializer.SerializeToElement(Enum.ToObject(type.Type, value), type).ToString())];

    private static string Mend(string name, IEnumerable<string> names) =>
        NearestName.Suggestion(name, names) is { Length: > 0 } suggestion ? suggestion : $" Fields here: {string.Join(", ", names)}.";

    private static string Short(string text) => text.Length <= 40 ? text : $"{text[..40]}…";
}
