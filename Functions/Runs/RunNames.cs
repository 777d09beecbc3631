using System.Text.Json;

namespace AudienceSync.Runs;

/// <summary>Words that runs share with answers and states.</summary>
public static class RunNames
{
    /// <summary>Code of a run that the platform's refusal of the credentials ended.</summary>
    public const string Unauthorized = "unauthorized";

    /// <summary>The status as answers spell it.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
