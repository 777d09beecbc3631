using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.OpenApi;

namespace AudienceSync.Local.EndToEnd.Contract;

/// <summary>Writes an answer into its example: what changes from run to run becomes a sample.</summary>
internal static partial class ExampleRecorder
{
    private const string Crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <param name="places">Values that come from other examples, and the places that stand for them.</param>
    public static void Write(string operation, string answer, IReadOnlyDictionary<string, string> places)
    {
        var path = Path.Combine(ExampleSet.Folder, $"{operation}.json");
        var example = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        foreach (var (value, place) in places.OrderByDescending(each => each.Key.Length))
        {
            answer = answer.Replace($"\"{value}\"", $"\"{place}\"", StringComparison.Ordinal);
        }

        example["answer"] = Sample(JsonNode.Parse(answer), "", operation);
        File.WriteAllText(path, example.ToJsonString(Readable) + "\n");
    }

    private static JsonNode? Sample(JsonNode? node, string name, string operation) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Sample(member.Value, member.Key, operation)))),
        JsonArray items => new JsonArray([.. items.Take(IsLong(name, operation) ? 1 : items.Count).Select(item => Sample(item, name, operation))]),
        JsonValue value when value.TryGetValue(out string? text) => Text(text, name, operation),
        JsonValue value when name is "ms" or "p50Ms" or "p95Ms" && value.GetValueKind() is JsonValueKind.Number => 12,
        _ => node?.DeepClone(),
    };

    /// <summary>One of them shows what all look like.</summary>
    private static bool IsLong(string name, string operation) => name is "series" or "records" || (name is "groups" && operation is "get-delivery-overview");

    private static string Text(string text, string name, string operation) => name switch
    {
        "etag" => "\"5f0c71a2\"",
        "trackingId" => "t_5kVx0yq1n2Zb8sWmR4uJcA",
        "urlToken" => "u_pZ3wQ8rT1vXyLk6mN0bHdQ",
        "requestId" => "4bf92f3577b34da6a3ce929d0e0e4736",
        "nextLink" => Regex.Replace(text, "^https?://[^/]+(.*cursor=).*$", "https://example.azurewebsites.net$1eyJ2IjoxfQ"),
        "version" => "1.0.0",
        "key" => Regex.Replace(text, "-[0-9]+$", ""),
        "webhook-timestamp" => "1795858200",
        "date" => "Sat, 28 Nov 2026 09:30:00 GMT",
        _ => Moment().Replace(Id().Replace(text, match => $"{match.Groups[1].Value}_{SampleId(operation, match.Value)}"), match => IsNow(match.Value) ? "2026-11-28T09:30:00Z" : match.Value),
    };

    private static bool IsNow(string moment) =>
        DateTimeOffset.TryParse(moment, System.Globalization.CultureInfo.InvariantCulture, out var at) && (at - TimeProvider.System.GetUtcNow()).Duration() < TimeSpan.FromDays(20);

    /// <summary>The same for the same operation; the ids of one answer differ by kind.</summary>
    private static string SampleId(string operation, string id)
    {
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{operation} {id[..3]}"));
        return "01KB4M9J3V" + string.Concat(hash.Take(16).Select(each => Crockford[each % 32]));
    }

    [GeneratedRegex("([a-z]{3})_[0-9A-HJKMNP-TV-Z]{26}")]
    private static partial Regex Id();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")]
    private static partial Regex Moment();
}
