using System.Collections.Concurrent;
using System.Collections.Immutable;
using AudienceSync.Profiles;

namespace AudienceSync.Runs;

/// <summary>What is known of one member at one destination. The numbers are part of the page format.</summary>
public enum LedgerStatus
{
    /// <summary>The destination took it.</summary>
    Accepted = 1,

    /// <summary>Sent, fate unknown: the next plan sends it again, or removes it.</summary>
    Uncertain = 2,

    /// <summary>Refused for good: tried again when its payload or the mapping changes, or by hand.</summary>
    Quarantined = 3,

    /// <summary>Was in the segment before the destination's time (first run <c>newOnly</c>): not ours, neither sent nor removed.</summary>
    Ignored = 4,
}

/// <summary>The manifest of a destination's ledger: names the pages that count. Replaced as a whole when a run settles.</summary>
/// <param name="Version">0 before the first run.</param>
public sealed record LedgerManifest(
    string DestinationId, long Version, int ShardBits, ImmutableArray<LedgerShard> Shards, string? LastRunId, long Fence)
{
    /// <summary>A profile may have several rows in it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool Expanded => Shards.Any(shard => shard.Expanded);

    [System.Text.Json.Serialization.JsonIgnore]
    public string ETag { get; init; } = "";

    public long Accepted => Shards.Sum(shard => shard.Accepted);

    public static LedgerManifest Empty(string destinationId) => new(destinationId, 0, 0, [], null, 0);
}

/// <param name="Expanded">It holds rows of which there may be several of one profile.</param>
public sealed record LedgerShard(string? Chain, long Rows, long Accepted, long Uncertain, long Quarantined, bool Expanded = false);

/// <summary>Columns of ledger pages and batch pages. Fields are kept under <see cref="Field"/> and the name of their target.</summary>
internal static class LedgerColumns
{
    private const char FieldPrefix = '.';

    /// <summary>The profile's id, or that of one row of several (<see cref="RowIds"/>).</summary>
    public const string Id = "id";
    public const string Status = "$status";

    /// <summary>Hash of the payload as last sent; 0 for unknown. Stored as a signed number.</summary>
    public const string Payload = "$payload";

    /// <summary>The member may be on the platform's list (it was accepted once and not removed since, or its add is uncertain).</summary>
    public const string OnList = "$onList";
    public const string Attempts = "$attempts";
    public const string Code = "$code";
    public const string Detail = "$detail";
    public const string MappingVersion = "$mapping";

    /// <summary>Number of the run that first tried the operation at hand: makes operation ids stable over retries.</summary>
    public const string Cycle = "$cycle";

    /// <summary>The operation of a batch row, or the last tried one of a ledger row.</summary>
    public const string Operation = "$operation";
    public const string OperationId = "$operationId";

    /// <summary>The platform's own id of the person, once known.</summary>
    public const string RemoteId = "$remote";

    /// <summary>The removal of this batch row frees an old match key; its member is added anew in the last phase.</summary>
    public const string Rekey = "$rekey";

    /// <summary>What stands for the id of a member who was erased: their rows have none.</summary>
    public const string ErasedId = "erased";

    /// <summary>Columns that say nothing of anybody: all that is left of the row of a member who was erased.</summary>
    public static ImmutableArray<string> OfNobody { get; } = [Status, Operation, Rekey];

    /// <summary>Names kept, both ways: a few of each destination, asked for with every row.</summary>
    private const int MostKnown = 10_000;
    private static readonly ConcurrentDictionary<string, string> Columns = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, string> Targets = new(StringComparer.Ordinal);

    public static string Field(string target) => Columns.TryGetValue(target, out var column) ? column : Remember(Columns, target, $"{FieldPrefix}{target}");

    public static bool IsField(string column) => column[0] == FieldPrefix;

    /// <summary>The target of a column for which <see cref="IsField"/>.</summary>
    public static string TargetOf(string column) => Targets.TryGetValue(column, out var target) ? target : Remember(Targets, column, column[1..]);

    private static string Remember(ConcurrentDictionary<string, string> names, string of, string name) => names.Count < MostKnown ? names.GetOrAdd(of, name) : name;
}
