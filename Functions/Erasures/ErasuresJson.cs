using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Erasures;

/// <summary>JSON of erasures: answers of the API, documents of the store, messages, what is sealed.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(ErasureView))]
[JsonSerializable(typeof(NewErasure))]
internal sealed partial class ErasuresJson : JsonSerializerContext;

/// <summary>Documents keep moments to the tick, which answers need not.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Erasure))]
[JsonSerializable(typeof(PurgePass))]
[JsonSerializable(typeof(PersonRecord))]
[JsonSerializable(typeof(ErasureMessage))]
internal sealed partial class ErasureDocuments : JsonSerializerContext;
