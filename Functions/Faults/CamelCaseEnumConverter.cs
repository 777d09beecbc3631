using System.Text.Json;
using System.Text.Json.Serialization;

namespace AudienceSync.Faults;

/// <summary>Spells the words of a closed list in lower camel case: <c>AddOnly</c> as <c>addOnly</c>.</summary>
public sealed class CamelCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
