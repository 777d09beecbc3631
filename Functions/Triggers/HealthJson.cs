using System.Text.Json.Serialization;
using AudienceSync.Http;

namespace AudienceSync.Triggers;

internal sealed record LivenessView(string Status);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LivenessView)), JsonSerializable(typeof(ReadinessReport))]
internal sealed partial class HealthJson : JsonSerializerContext;
