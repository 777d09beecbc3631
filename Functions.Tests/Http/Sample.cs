using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AudienceSync.Http;

internal enum SampleMode
{
    Incremental,
    FullResync,
}

internal sealed record Sample
{
    public required string Name { get; init; }

    public int Limit { get; init; }

    public int? Optional { get; init; }

    public string? Note { get; init; }

    public SampleMode Mode { get; init; }

    public DateTimeOffset? At { get; init; }

    public IReadOnlyList<SampleItem> Items { get; set; } = [];

    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    public JsonElement Rules { get; init; }

    public JsonNode? Free { get; init; }
}

internal sealed record SampleItem(string To, string? From = null, bool Identifier = false);

internal sealed class SampleModeConverter() : JsonStringEnumConverter<SampleMode>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(SampleModeConverter)])]
[JsonSerializable(typeof(Sample))]
internal sealed partial class SampleJson : JsonSerializerContext;
