using System.Text.Json;

namespace AudienceSync.Runs;

/// <summary>Queue messages as text.</summary>
internal static class StepMessages
{
    public static string Write(StepMessage message) => JsonSerializer.Serialize(message, RunsJson.Default.StepMessage);

    /// <exception cref="JsonException">The text is no step of ours; the host tries it again and then puts it into the poison queue.</exception>
    public static StepMessage Read(string text) => JsonSerializer.Deserialize(text, RunsJson.Default.StepMessage)
        ?? throw new JsonException("The message is null, which is no step.");

    /// <summary>Null when the text is no step of ours.</summary>
    public static StepMessage? TryRead(string text)
    {
        try
        {
            return Read(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
