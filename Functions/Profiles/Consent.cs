using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

public enum ConsentState
{
    /// <summary>Never asked, or withdrawn from record: counts as no where a destination asks for the purpose.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown,

    [JsonStringEnumMemberName("granted")]
    Granted,

    [JsonStringEnumMemberName("denied")]
    Denied,
}

/// <summary>What a person said about one purpose.</summary>
/// <param name="Source">Where it was said; null when not told.</param>
/// <param name="CapturedAt">When it was said: an older capture never replaces a newer one.</param>
public sealed record Consent(ConsentState State, string? Source, DateTimeOffset CapturedAt);

/// <summary>Consents by purpose ⇄ the bytes of one cell.</summary>
internal static class ConsentJson
{
    /// <summary>Absent when there are none. Purposes are written in ordinal order, so that equal consents are equal bytes.</summary>
    public static Cell Write(IReadOnlyCollection<KeyValuePair<string, Consent>> consents)
    {
        if (consents.Count == 0)
        {
            return default;
        }

        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var (purpose, consent) in consents.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                writer.WritePropertyName(purpose);
                JsonSerializer.Serialize(writer, consent, ProfilesJson.Default.Consent);
            }

            writer.WriteEndObject();
        }

        return Cell.Of(new ReadOnlyMemory<byte>(stream.GetBuffer(), 0, (int)stream.Length));
    }

    public static Dictionary<string, Consent> Read(Cell cell) => cell.IsAbsent
        ? []
        : JsonSerializer.Deserialize(cell.AsBytes().Span, ProfilesJson.Default.DictionaryStringConsent) ?? [];
}
