using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AudienceSync.Campaigns;
using AudienceSync.Destinations;
using AudienceSync.Segments;
using AudienceSync.Triggers;
using AudienceSync.Triggers.Shapes;
using AudienceSync.Values;

namespace AudienceSync.OpenApi;

/// <summary>JSON Schemas (2020-12) of what is sent and answered, each object type once under its name.</summary>
/// <remarks>
/// Answers come from the app's source-generated serializers, bodies that are read by hand from the types in <c>Triggers/Shapes</c>. An answer
/// may gain fields, so its objects are open; a body refuses what it does not know, so its objects are closed.
/// </remarks>
internal sealed class Schemas(XmlDocs docs)
{
    private static readonly JsonSerializerOptions ByReflection = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Types that write themselves, and what they write.</summary>
    private static readonly Dictionary<Type, Type> Shapes = new() { [typeof(DestinationSource)] = typeof(SourceShape), [typeof(CampaignSchedule)] = typeof(CampaignScheduleShape), [typeof(AudienceSync.Destinations.MemberFilter)] = typeof(FilterShape) };

    private static readonly ImmutableArray<JsonTypeInfo> Generated = [.. ReadGenerated()];

    private readonly Dictionary<(Type, Direction), string> _names = [];

    /// <summary>By name; what the document puts under <c>components</c>.</summary>
    public SortedDictionary<string, JsonNode> Components { get; } = new(StringComparer.Ordinal);

    public JsonNode OfAnswer(Type type) => Of(type, Direction.Answer);

    public JsonNode OfBody(Type type) => Of(type, Direction.Body);

    /// <summary>Every field optional and nullable, at any depth; lists are replaced whole.</summary>
    public JsonNode OfPatch(Type type) => Of(type, Direction.Patch);

    /// <summary>Of a parameter's value.</summary>
    public JsonNode OfValue(Type type) => Export(type, Direction.Body);

    private JsonNode Of(Type type, Direction direction)
    {
        var node = Export(type, direction);
        return node is JsonObject exported && exported.ContainsKey("$ref") ? exported : throw new InvalidOperationException($"{type} is not an object.");
    }

    private JsonNode Export(Type type, Direction direction)
    {
        var info = InfoOf(type, direction);
        return JsonSchemaExporter.GetJsonSchemaAsNode(info, new()
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) => Transform(context, node, direction),
        });
    }

    private JsonNode Transform(JsonSchemaExporterContext context, JsonNode node, Direction whole)
    {
        // A merge patch replaces lists whole: their items are bodies.
        var direction = whole is Direction.Patch && context.Path.Contains("items") ? Direction.Body : whole;
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var schema = Written(type) ?? (node is JsonObject plain ? plain : []);
        if (schema["$ref"]?.GetValue<string>().StartsWith("#/components/", StringComparison.Ordinal) is false)
        {
            // The exporter points back to where it met the type before; here each object type has a name instead.
            schema = context.TypeInfo.Kind is JsonTypeInfoKind.Object
                ? new() { ["$ref"] = $"#/components/schemas/{NameOf(type, direction)}" }
                : Export(type, direction).AsObject();
        }

        AddFormat(schema, type);
        if (type.IsEnum)
        {
            Describe(schema, type);
        }

        if (context.TypeInfo.Kind is JsonTypeInfoKind.Object && !schema.ContainsKey("$ref"))
        {
            schema = Named(schema, context.TypeInfo, context.BaseTypeInfo, direction);
        }

        return context.PropertyInfo is { } property ? OfProperty(schema, property, direction) : schema;
    }

    /// <summary>Moves the schema of an object among the components.</summary>
    private JsonObject Named(JsonObject schema, JsonTypeInfo info, JsonTypeInfo? baseInfo, Direction direction)
    {
        if (!_names.TryGetValue((info.Type, direction), out var name))
        {
            name = NameOf(info.Type, direction);
            if (direction is Direction.Answer && Components.ContainsKey(name))
            {
                name = info.Type.Name; // with the suffix that tells the two apart
            }

            if (Components.ContainsKey(name))
            {
                throw new InvalidOperationException($"Two types are called {name}; one is {info.Type}.");
            }

            _names.Add((info.Type, direction), name);
            Components.Add(name, Complete(schema, info, baseInfo, direction));
        }

        return new() { ["$ref"] = $"#/components/schemas/{name}" };
    }

    private JsonObject Complete(JsonObject schema, JsonTypeInfo info, JsonTypeInfo? baseInfo, Direction direction)
    {
        if (schema["type"] is JsonArray)
        {
            schema["type"] = "object";
        }

        if (docs.Summary(info.Type) is { } summary)
        {
            schema.Insert(0, "description", summary);
        }

        if (schema["anyOf"] is JsonArray choices)
        {
            return direction is Direction.Patch ? Merged(schema, choices) : Choice(schema, info, direction);
        }

        schema["type"] = "object";
        var discriminator = baseInfo?.PolymorphismOptions?.TypeDiscriminatorPropertyName;
        string[] required =
        [
            .. info.Properties.Where(property => IsRequired(property, direction)).Select(property => property.Name),
        ];
        schema.Remove("required");
        if (discriminator is not null && schema["properties"]?[discriminator] is not null)
        {
            required = [discriminator, .. required];
        }

        if (required.Length > 0)
        {
            schema["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]);
        }

        schema.Remove("additionalProperties");
        if (direction is not Direction.Answer)
        {
            schema["additionalProperties"] = false;
        }

        return schema;
    }

    /// <summary>One of several objects, told apart by a field that names it where there is one.</summary>
    private static JsonObject Choice(JsonObject schema, JsonTypeInfo info, Direction direction)
    {
        schema.Remove("type");
        schema.Remove("properties");
        schema.Remove("required");
        if (info.PolymorphismOptions is { DerivedTypes: [{ TypeDiscriminator: not null }, ..] options } polymorphism)
        {
            schema["discriminator"] = new JsonObject
            {
                ["propertyName"] = polymorphism.TypeDiscriminatorPropertyName,
                ["mapping"] = new JsonObject(options.Select(option => KeyValuePair.Create(
                    (string)option.TypeDiscriminator!, (JsonNode?)$"#/components/schemas/{NameOf(option.DerivedType, direction)}"))),
            };
        }

        return schema;
    }

    /// <summary>A patch may go from one choice to another: the fields of all.</summary>
    private JsonObject Merged(JsonObject schema, JsonArray choices)
    {
        var names = choices.Select(choice => choice!["$ref"]!.GetValue<string>().Split('/')[^1]).ToList();
        schema.Remove("anyOf");
        schema["type"] = "object";
        schema["properties"] = new JsonObject(names.SelectMany(name => Components[name]["properties"]!.AsObject()).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));
        schema["additionalProperties"] = false;
        names.ForEach(name => Components.Remove(name));
        return schema;
    }

    private JsonObject OfProperty(JsonObject schema, JsonPropertyInfo property, Direction direction)
    {
        var source = property.AttributeProvider as PropertyInfo ?? property.DeclaringType.GetProperty(property.Name, BindingFlags.IgnoreCase | BindingFlags.Public | BindingFlags.Instance);
        if (source?.GetCustomAttribute<AnyOfAttribute>() is { } choice)
        {
            var choices = new JsonObject { ["anyOf"] = new JsonArray([.. choice.Types.Select(type => Export(type, choice.OfItems ? Direction.Body : direction))]) };
            schema = choice.OfItems ? new() { ["type"] = "array", ["items"] = choices } : choices;
        }

        AddBounds(schema, source);
        if (source is not null && schema["additionalProperties"] is JsonObject value && new NullabilityInfoContext().Create(source).GenericTypeArguments is [_, { ReadState: NullabilityState.Nullable }])
        {
            schema["additionalProperties"] = OrNull(value.DeepClone().AsObject());
        }

        if (direction is Direction.Answer && source?.PropertyType == typeof(string) && (property.Name.EndsWith("At", StringComparison.Ordinal) || property.Name is "asOf"))
        {
            schema["format"] = "date-time";
        }

        if (IsNullable(property, direction))
        {
            schema = OrNull(schema);
        }
        else if (schema["type"] is JsonArray types)
        {
            schema["type"] = types.Select(type => type!.GetValue<string>()).Single(type => type != "null");
        }

        if (source is not null && docs.Summary(source) is { } summary)
        {
            schema["description"] = summary;
        }

        return schema;
    }

    private static bool IsRequired(JsonPropertyInfo property, Direction direction) => direction switch
    {
        Direction.Patch => false,
        Direction.Body => property.IsRequired,
        _ => property.Get is not null && property.ShouldSerialize is null
            && !(property.Options.DefaultIgnoreCondition is JsonIgnoreCondition.WhenWritingNull && property.IsGetNullable),
    };

    private static bool IsNullable(JsonPropertyInfo property, Direction direction) => direction switch
    {
        Direction.Patch => true,
        Direction.Body => property.IsSetNullable || Nullable.GetUnderlyingType(property.PropertyType) is not null,
        // What is left out when it is null is never null.
        _ => property.IsGetNullable && IsRequired(property, direction),
    };

    private static JsonObject OrNull(JsonObject schema)
    {
        switch (schema["type"])
        {
            case JsonValue one when !schema.ContainsKey("$ref"):
                schema["type"] = new JsonArray(one.GetValue<string>(), "null");
                if (schema["enum"] is JsonArray values && !values.Contains(null))
                {
                    values.Add((JsonNode?)null);
                }

                return schema;
            case JsonArray:
                return schema;
            default:
                if (schema["anyOf"] is JsonArray choices)
                {
                    choices.Add(new JsonObject { ["type"] = "null" });
                    return schema;
                }

                return schema.Count == 0 ? schema : new() { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };
        }
    }

    private static void AddFormat(JsonObject schema, Type type)
    {
        if (type.IsEnum)
        {
            schema["type"] = schema["type"] is JsonArray ? new JsonArray("string", "null") : "string";
            return;
        }

        var format = Type.GetTypeCode(type) switch
        {
            TypeCode.Int32 => "int32",
            TypeCode.Int64 => "int64",
            TypeCode.Double => "double",
            _ => null,
        };
        if (format is not null)
        {
            schema["format"] = format;
        }
    }

    /// <summary>The words of a list, each with what it means.</summary>
    private void Describe(JsonObject schema, Type type)
    {
        var lines = type.GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (Name: JsonNamingPolicy.CamelCase.ConvertName(field.Name), Text: docs.Summary(field)))
            .Where(line => line.Text is not null)
            .Select(line => $"- `{line.Name}`: {line.Text}")
            .ToList();
        string[] parts = [.. docs.Summary(type) is { } summary ? [summary] : Array.Empty<string>(), .. lines];
        if (parts.Length > 0)
        {
            schema["description"] = string.Join('\n', parts);
        }
    }

    private static void AddBounds(JsonObject schema, PropertyInfo? property)
    {
        foreach (var attribute in property?.GetCustomAttributes() ?? [])
        {
            switch (attribute)
            {
                case StringLengthAttribute length:
                    schema["maxLength"] = length.MaximumLength;
                    if (length.MinimumLength > 0)
                    {
                        schema["minLength"] = length.MinimumLength;
                    }

                    break;
                case RangeAttribute { Minimum: int min, Maximum: int max }:
                    schema["minimum"] = min;
                    if (max < int.MaxValue)
                    {
                        schema["maximum"] = max;
                    }

                    break;
                case RangeAttribute range:
                    schema["minimum"] = (double)range.Minimum;
                    if (double.IsFinite((double)range.Maximum))
                    {
                        schema["maximum"] = (double)range.Maximum;
                    }

                    break;
                case RegularExpressionAttribute pattern:
                    schema["pattern"] = pattern.Pattern;
                    break;
                case EnumDataTypeAttribute words:
                    schema["enum"] = new JsonArray([.. Enum.GetNames(words.EnumType).Select(name => (JsonNode)JsonNamingPolicy.CamelCase.ConvertName(name))]);
                    break;
                case MinLengthAttribute items:
                    schema["minItems"] = items.Length;
                    break;
                case MaxLengthAttribute items:
                    schema["maxItems"] = items.Length;
                    break;
            }
        }
    }

    /// <summary>Types that convert themselves, of which the exporter can know nothing.</summary>
    private JsonObject? Written(Type type)
    {
        if (type == typeof(DateTimeOffset))
        {
            return new() { ["type"] = "string", ["format"] = "date-time" };
        }

        if (type == typeof(Cell))
        {
            return Shared("Value");
        }

        if (type.IsAssignableTo(typeof(RuleNode)))
        {
            return Shared("Rule");
        }

        if (Shapes.TryGetValue(type, out var shape))
        {
            return Export(shape, Direction.Answer).AsObject();
        }

        return type == typeof(IReadOnlyDictionary<string, Cell>)
            ? new() { ["type"] = "object", ["additionalProperties"] = Shared("Value") }
            : null;
    }

    private JsonObject Shared(string name)
    {
        foreach (var (part, schema) in WrittenSchemas.Of(name))
        {
            Components.TryAdd(part, schema);
        }

        return new() { ["$ref"] = $"#/components/schemas/{name}" };
    }

    private static string NameOf(Type type, Direction direction)
    {
        var name = type.Name;
        foreach (var suffix in (string[])["View", "Answer", "Shape"])
        {
            name = WithoutSuffix(name, suffix);
        }

        return direction switch
        {
            Direction.Patch => $"{WithoutSuffix(WithoutSuffix(WithoutSuffix(name, "Body"), "Settings"), "Patch")}Patch",
            Direction.Body when !name.EndsWith("Body", StringComparison.Ordinal) => $"{name}Body",
            _ => name,
        };
    }

    private static string WithoutSuffix(string name, string suffix) =>
        name.EndsWith(suffix, StringComparison.Ordinal) && name.Length > suffix.Length ? name[..^suffix.Length] : name;

    private static JsonTypeInfo InfoOf(Type type, Direction direction) =>
        Generated.FirstOrDefault(info => info.Type == type) is { } generated && !type.Namespace!.EndsWith("Shapes", StringComparison.Ordinal)
            ? generated
            : direction is not Direction.Answer || type.Namespace!.EndsWith("Shapes", StringComparison.Ordinal)
                ? ByReflection.GetTypeInfo(type)
                : throw new InvalidOperationException($"No JsonSerializerContext of the app knows {type}.");

    /// <summary>Those of the API before those that only others use, and none of the stores.</summary>
    private static IEnumerable<JsonTypeInfo> ReadGenerated() => typeof(FallbackApi).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(JsonSerializerContext)) && type.Namespace != "AudienceSync.Storage")
        .OrderBy(type => type.Namespace == "AudienceSync.Triggers" ? 0 : 1)
        .Select(type => (JsonSerializerContext)type.GetProperty("Default", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!)
        .SelectMany(context => context.GetType().GetProperties()
            .Where(property => property.PropertyType.IsSubclassOf(typeof(JsonTypeInfo)))
            .Select(property => (JsonTypeInfo)property.GetValue(context)!));

    private enum Direction
    {
        Answer,
        Body,
        Patch,
    }
}
