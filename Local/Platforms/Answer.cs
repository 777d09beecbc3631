using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.Platforms;

/// <summary>What a platform answers.</summary>
internal sealed record Answer(int Status, byte[] Body, string? ContentType)
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Answer Ok { get; } = new(200, [], null);

    public ImmutableArray<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>For the state page: why a call was refused; null for a call that was served.</summary>
    public string? Why { get; init; }

    /// <summary>The connection is cut instead of an answer.</summary>
    public bool IsLost { get; init; }

    /// <summary>Served, though its status or body may be odd: not counted among the refused.</summary>
    public bool IsRefusal => Why is not null || Status >= 400;

    public static Answer Json(int status, JsonNode? body, string contentType = "application/json; charset=utf-8") =>
        new(status, Encoding.UTF8.GetBytes(body?.ToJsonString(Relaxed) ?? "null"), contentType);

    public static Answer Plain(int status, string text, string contentType = "text/plain; charset=utf-8") => new(status, Encoding.UTF8.GetBytes(text), contentType);

    public static Answer Empty(int status) => new(status, [], null);

    public Answer With(string name, string value) => this with { Headers = Headers.Add((name, value)) };

    public Answer With(string name, long value) => With(name, value.ToString(CultureInfo.InvariantCulture));

    public Answer Because(string why) => this with { Why = why };
}
