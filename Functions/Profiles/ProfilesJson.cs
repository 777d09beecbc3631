using System.Text.Json.Serialization;
using AudienceSync.Profiles.Attributes;
using AudienceSync.Profiles.Imports;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>JSON of profiles: answers of the API and documents of the stores.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(IdentifyAnswer))]
[JsonSerializable(typeof(ProfileAnswer))]
[JsonSerializable(typeof(FoundProfiles))]
[JsonSerializable(typeof(ConsentAnswer))]
[JsonSerializable(typeof(ResolvedProfile))]
[JsonSerializable(typeof(Import))]
[JsonSerializable(typeof(AttributeDocument))]
[JsonSerializable(typeof(AttributeView))]
[JsonSerializable(typeof(Consent))]
[JsonSerializable(typeof(Dictionary<string, Consent>))]
[JsonSerializable(typeof(ProfileManifest))]
internal sealed partial class ProfilesJson : JsonSerializerContext;
