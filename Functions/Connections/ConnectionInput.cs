using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Connections;

/// <summary>A connection as a request spells it.</summary>
internal sealed record ConnectionInput
{
    private const int MaxNameLength = 200;
    private const int MaxValueLength = 16 * 1024;

    public string? Key { get; private init; }

    public string? Type { get; private init; }

    public string? Name { get; private init; }

    public required ImmutableDictionary<string, string> Settings { get; init; }

    /// <summary>By name: the new value, or null to clear. What is not named is kept.</summary>
    public required ImmutableDictionary<string, string?> Secrets { get; init; }

    /// <summary><c>"secrets": null</c> clears them all.</summary>
    public bool ClearsSecrets { get; private init; }

    public JsonElement? Defaults { get; private init; }

    /// <summary>Reads a request; null when it is not an object.</summary>
    public static ConnectionInput? Read(JsonElement json, ICollection<Fault> faults)
    {
        if (JsonFields.Open(json, "", faults) is not { } fields)
        {
            return null;
        }

        var input = new ConnectionInput
        {
            Key = fields.Text("key", int.MaxValue),
            Type = fields.Text("type", int.MaxValue),
            Name = fields.Text("name", MaxNameLength),
            Settings = ReadSettings(fields.Object("settings"), faults),
            Secrets = ReadSecrets(fields.Object("secrets"), faults),
            ClearsSecrets = fields.Has("secrets") && fields.Any("secrets") is null,
            Defaults = fields.Any("defaults"),
        };
        fields.Ignore("id", "etag", "status", "statusDetail", "createdAt", "updatedAt");
        fields.RefuseUnknown("a connection");
        return input;
    }

    /// <summary>The connection as a request would spell it, without secrets: what a merge patch is applied to.</summary>
    public static JsonElement Write(Connection connection, ConnectorDefinition connector)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("key", connection.Key);
            writer.WriteString("type", connection.Type);
            writer.WriteString("name", connection.Name);
            writer.WriteStartObject("settings");
            foreach (var (name, value) in connection.Settings.OrderBy(setting => setting.Key, StringComparer.Ordinal))
            {
                writer.WritePropertyName(name);
                WriteSetting(writer, value, connector.Settings.FirstOrDefault(field => field.Name == name)?.Kind);
            }

            writer.WriteEndObject();
            if (connection.Defaults is { } defaults)
            {
                writer.WritePropertyName("defaults");
                defaults.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        using var document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }

    /// <summary>Numbers and flags as JSON numbers and flags, everything else as text.</summary>
    private static void WriteSetting(Utf8JsonWriter writer, string value, SettingKind? kind)
    {
        switch (kind)
        {
            case SettingKind.Number when long.TryParse(value, out var number):
                writer.WriteNumberValue(number);
                break;
            case SettingKind.Flag when bool.TryParse(value, out var flag):
                writer.WriteBooleanValue(flag);
                break;
            default:
                writer.WriteStringValue(value);
                break;
        }
    }

    private static ImmutableDictionary<string, string> ReadSettings(JsonFields? settings, ICollection<Fault> faults)
    {
        var values = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var member in settings?.Members() ?? [])
        {
            var value = member.Value.ValueKind switch
            {
                JsonValueKind.String => member.Value.GetString()!,
                JsonValueKind.Number => member.Value.GetRawText(),
                JsonValueKind.True => "true",
                JsonValueKind.False => "false",
                JsonValueKind.Null => "",
                _ => null,
            };
            if (value is null)
            {
                faults.Add(new(settings!.PointerTo(member.Name), JsonFields.WrongType, $"'{member.Name}' is a text, a number, true or false."));
            }
            else if (value.Length > MaxValueLength)
            {
                faults.Add(TooLong(settings!, member.Name, value));
            }
            else if (value.Length > 0)
            {
                values[member.Name] = value;
            }
        }

        return values.ToImmutable();
    }

    private static ImmutableDictionary<string, string?> ReadSecrets(JsonFields? secrets, ICollection<Fault> faults)
    {
        var values = ImmutableDictionary.CreateBuilder<string, string?>(StringComparer.Ordinal);
        foreach (var member in secrets?.Members() ?? [])
        {
            if (member.Value.ValueKind is JsonValueKind.Object && member.Value.TryGetProperty("set", out _))
            {
                // What an answer says about a secret, sent back as it was: the secret is kept.
                continue;
            }

            if (member.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
            {
                faults.Add(new(secrets!.PointerTo(member.Name), JsonFields.WrongType, $"The secret '{member.Name}' is a text; null clears it."));
                continue;
            }

            var value = member.Value.GetString();
            if (value?.Length > MaxValueLength)
            {
                faults.Add(TooLong(secrets!, member.Name, value));
            }

            values[member.Name] = string.IsNullOrEmpty(value) ? null : value;
        }

        return values.ToImmutable();
    }

    private static Fault TooLong(JsonFields fields, string name, string value) =>
        new(fields.PointerTo(name), "too_long", $"'{name}' has {value.Length} characters; at most {MaxValueLength} are kept.");
}
