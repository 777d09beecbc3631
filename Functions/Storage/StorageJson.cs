using System.Text.Json.Serialization;
using AudienceSync.Access;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Storage;

/// <summary>How the records of access are stored.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ApiKey))]
[JsonSerializable(typeof(AuditEvent))]
[JsonSerializable(typeof(StoredToken))]
internal sealed partial class StorageJson : JsonSerializerContext;
