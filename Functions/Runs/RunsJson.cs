using System.Text.Json.Serialization;

namespace AudienceSync.Runs;

/// <summary>How runs and what belongs to them are stored and queued.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Run))]
[JsonSerializable(typeof(RunInput))]
[JsonSerializable(typeof(ShardResult))]
[JsonSerializable(typeof(Lane))]
[JsonSerializable(typeof(BatchRecord))]
[JsonSerializable(typeof(LedgerManifest))]
[JsonSerializable(typeof(RosterManifest))]
[JsonSerializable(typeof(RunLease))]
[JsonSerializable(typeof(StepMessage))]
[JsonSerializable(typeof(RunSummary))]
internal sealed partial class RunsJson : JsonSerializerContext;
