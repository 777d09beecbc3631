using System.Globalization;
using System.Text.Json.Nodes;

namespace AudienceSync.Connectors.Kit;

/// <summary>JSON Schema (2020-12) of a connection's settings and of its secrets: what forms and clients go by. Hidden settings are left out.</summary>
internal static class SettingsSchema
{
    public const string Dialect = "https://json-schema.org/draft/2020-12/schema";

    /// <remarks>Without <see cref="BaseUrl"/>, which is no business of forms.</remarks>
    public static JsonObject OfSettings(ConnectorDefinition connector) => Schema(connector.Settings.Where(field => field.Kind is not SettingKind.Secret && field.Name != BaseUrl.Name));

    public static JsonObject OfSecrets(ConnectorDefinition connector) => Schema(connector.Settings.Where(field => field.Kind is SettingKind.Secret));

    private static JsonObject Schema(IEnumerable<SettingField> fields)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var field in fields.Where(field => !field.Hidden))
        {
            properties[field.Name] = Property(field);
            if (field.Required)
            {
                required.Add(field.Name);
            }
        }

        return new() { ["$schema"] = Dialect, ["type"] = "object", ["properties"] = properties, ["required"] = required, ["additionalProperties"] = false };
    }

    private static JsonObject Property(SettingField field)
    {
        var property = new JsonObject
        {
            ["type"] = field.Kind switch { SettingKind.Number => "integer", SettingKind.Flag => "boolean", _ => "string" },
            ["title"] = field.Label,
            ["description"] = field.Help,
        };
        switch (field.Kind)
        {
            case SettingKind.Secret:
                property["writeOnly"] = true;
                break;
            case SettingKind.Url:
                property["format"] = "uri";
                break;
            case SettingKind.Choice:
                property["enum"] = new JsonArray([.. field.Choices.Select(choice => (JsonNode)choice)]);
                break;
            case SettingKind.Number when field.Range is var (min, max):
                (property["minimum"], property["maximum"]) = (min, max);
                break;
        }

        if (field.Pattern is { } pattern)
        {
            property["pattern"] = $"^(?:{pattern})$";
        }

        if (field.Default is { } value)
        {
            property["default"] = field.Kind switch
            {
                SettingKind.Number => long.Parse(value, CultureInfo.InvariantCulture),
                SettingKind.Flag => value is "true",
                _ => value,
            };
        }

        return property;
    }
}
