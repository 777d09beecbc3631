using System.Text.Json.Serialization;

namespace AudienceSync.Profiles;

/// <summary>JSON of profiles: answers of the API and documents of the stores.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Consent))]
[JsonSerializable(typeof(Dictionary<string, Consent>))]
[JsonSerializable(typeof(ProfileManifest))]
internal sealed partial class ProfilesJson : JsonSerializerContext;
