using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Suppressions;

/// <summary>JSON of the suppression list: answers of the API and the document of the store.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(SuppressionEntry))]
[JsonSerializable(typeof(SuppressionBatchAnswer))]
[JsonSerializable(typeof(SuppressionManifest))]
internal sealed partial class SuppressionsJson : JsonSerializerContext;
