using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>One field of the payload: a column of the profile, a template or a constant, under the platform's name. Or a whole category of attributes, a field each.</summary>
public sealed record MappingEntry
{
    /// <summary>Most entries of a mapping. Our choice.</summary>
    public const int MaxEntries = 200;

    /// <summary>Most characters of <see cref="To"/>.</summary>
    public const int MaxTargetLength = 128;

    /// <summary>An identifier, an attribute, <c>id</c>, <c>trackingId</c> or <c>urlToken</c>. Exactly one of this, <see cref="Template"/>, <see cref="Value"/> and <see cref="Category"/> is set.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? From { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Template { get; init; }

    /// <summary>The same for everyone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [JsonConverter(typeof(CellConverter))]
    public Cell Value { get; init; }

    /// <summary>Every attribute of the category that has no entry of its own: those there are when a run begins (<see cref="CategoryMapping"/>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Category { get; init; }

    /// <summary>The platform's field; of a category a template for the names of its fields (<see cref="CategoryMapping.Places"/>).</summary>
    public required string To { get; init; }

    /// <summary>The platform finds the member by this field: a removal carries it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Identifier { get; init; }

    /// <summary>Which of the values of the identifier that <see cref="From"/> names.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public IdentifierStrategy Strategy { get; init; }

    /// <summary>What a missing value becomes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public NullPolicy Nulls { get; init; }

    /// <summary>Sent when the member is added and never again: not with an update, and a change of it alone sends nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SetOnce { get; init; }
}

[JsonConverter(typeof(CamelCaseEnumConverter<NullPolicy>))]
public enum NullPolicy
{
    /// <summary>The field is left out: the platform keeps what it has.</summary>
    Omit,

    /// <summary>The field is sent as <c>null</c>: the platform clears it.</summary>
    Send,
}

/// <summary>A cell as a JSON value.</summary>
internal sealed class CellConverter : JsonConverter<Cell>
{
    public override Cell Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return CellJson.TryRead(document.RootElement, out var cell, out var reason) ? cell : throw new JsonException(reason);
    }

    public override void Write(Utf8JsonWriter writer, Cell value, JsonSerializerOptions options) => CellJson.Write(writer, value);
}
