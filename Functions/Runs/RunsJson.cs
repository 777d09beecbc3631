using System.Text.Json.Serialization;
using AudienceSync.Segments;

namespace AudienceSync.Runs;

/// <summary>How runs and what belongs to them are stored and queued. A rule whose references were put in their place may be far deeper than one that was written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, MaxDepth = 4 * SegmentResolver.MaxNodes)]
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
