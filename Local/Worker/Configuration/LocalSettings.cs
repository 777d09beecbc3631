using System.Text.Json;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary><c>local.settings.json</c>, read as Core Tools read it. A file that is not there is an empty one.</summary>
/// <param name="Values">App settings, keys as configuration spells them (<c>:</c> for <c>__</c>). Environment variables win over them.</param>
internal sealed record LocalSettings(IReadOnlyDictionary<string, string?> Values, int? HttpPort)
{
    private const string FileName = "local.settings.json";

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public static LocalSettings Load(string directory)
    {
        var path = Path.Combine(directory, FileName);
        return File.Exists(path) ? Parse(File.ReadAllText(path)) : new(new Dictionary<string, string?>(), HttpPort: null);
    }

    /// <exception cref="FunctionsHostException">Not JSON, encrypted, or a value that is not a string, number or boolean.</exception>
    public static LocalSettings Parse(string json)
    {
        using var document = ReadDocument(json);
        var root = document.RootElement;
        if (Member(root, "IsEncrypted") is { ValueKind: JsonValueKind.True })
        {
            throw new FunctionsHostException($"{FileName} is encrypted: run 'func settings decrypt' first.");
        }

        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (Member(root, "Values") is { ValueKind: JsonValueKind.Object } settings)
        {
            foreach (var setting in settings.EnumerateObject())
            {
                values[setting.Name.Replace("__", ":", StringComparison.Ordinal)] = setting.Value.ValueKind switch
                {
                    JsonValueKind.String => setting.Value.GetString(),
                    JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => setting.Value.GetRawText(),
                    JsonValueKind.Null => null,
                    _ => throw new FunctionsHostException(
                        $"{FileName}: Values.{setting.Name} is an object or array; settings are flat, write {setting.Name}__Key instead."),
                };
            }
        }

        return new(values, Member(root, "Host") is { } host && Member(host, "LocalHttpPort") is { ValueKind: JsonValueKind.Number } port ? port.GetInt32() : null);
    }

    private static JsonDocument ReadDocument(string json)
    {
        try
        {
            return JsonDocument.Parse(json, Lenient);
        }
        catch (JsonException exception)
        {
            throw new FunctionsHostException($"{FileName} is not valid JSON: {exception.Message}", exception);
        }
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
}
