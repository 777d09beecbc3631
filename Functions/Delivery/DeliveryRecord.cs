using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Values;

namespace AudienceSync.Delivery;

/// <summary>One call of a connector as it is kept: who was spoken to, about how many, what came of it. No secret and no person is in it.</summary>
public sealed record DeliveryRecord
{
    /// <summary><c>evt_</c>, the bucket it is kept in, and a ULID: newest last.</summary>
    public required string Id { get; init; }

    /// <summary>When the call began.</summary>
    public required DateTimeOffset At { get; init; }

    public required string DestinationId { get; init; }

    /// <summary>The run; of the event tester an id that begins with <c>test_</c>, empty of a call that belongs to no run.</summary>
    public string RunId { get; init; } = "";

    public required string ConnectionId { get; init; }

    /// <summary>Connector slug.</summary>
    public required string Connector { get; init; }

    public required DeliveryCall Call { get; init; }

    /// <summary>Number of the batch in its run, from 0; null of a completion.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Batch { get; init; }

    public string? MessageId { get; init; }

    /// <summary>From 1; more for retries.</summary>
    public required int Attempt { get; init; }

    public int Adds { get; init; }

    public int Updates { get; init; }

    public int Removes { get; init; }

    public required DeliveryVerdict Outcome { get; init; }

    /// <summary>The platform's code, or ours; of rows the most frequent. Null when all went well.</summary>
    public string? Code { get; init; }

    public string? Detail { get; init; }

    public int Accepted { get; init; }

    public int Rejected { get; init; }

    public int Retryable { get; init; }

    public int Uncertain { get; init; }

    /// <summary>Rows not accepted by code, the most frequent first; at most <see cref="MaxReasons"/>.</summary>
    public ImmutableArray<DeliveryReason> Reasons { get; init; } = [];

    /// <summary>Targets of the mapping.</summary>
    public ImmutableArray<string> Fields { get; init; } = [];

    /// <summary>HTTP status of the last answer; 0 when there was none.</summary>
    public int Status { get; init; }

    /// <summary>Milliseconds, the whole conversation.</summary>
    public long Ms { get; init; }

    /// <summary>Requests made.</summary>
    public int Requests { get; init; }

    /// <summary>Of a call about one person that belongs to no run: a keyed hash of the profile id. Null of all others.</summary>
    public string? Person { get; init; }

    /// <summary>Redacted and masked; bodies are cut. Not part of what lists read.</summary>
    [JsonIgnore]
    public ImmutableArray<Exchange> Exchanges { get; init; } = [];

    /// <summary>How ids begin that stand for a run in the calls of the event tester.</summary>
    public const string TestPrefix = "test_";

    public const int MaxReasons = 10;

    /// <summary>Exchanges that are kept of one call: the first and the last of a long conversation.</summary>
    public const int MaxExchanges = 20;

    /// <summary>Characters of a body that are kept.</summary>
    public const int MaxBody = 8 * 1024;

    private const int MaxDetail = 500;
    private const int Buckets = 16;

    /// <summary>The bucket of a destination: what lists of one destination read.</summary>
    public static int BucketOf(string destinationId)
    {
        // FNV-1a: the same in every process, which string.GetHashCode is not.
        var hash = 2166136261u;
        foreach (var letter in destinationId)
        {
            hash = (hash ^ letter) * 16777619u;
        }

        return (int)((hash ^ (hash >> 16)) % Buckets);
    }

    public static IEnumerable<int> AllBuckets => Enumerable.Range(0, Buckets);

    public static string CreateId(string destinationId, DateTimeOffset at) => $"evt_{BucketOf(destinationId):x}{NewId.Ulid(at)}";

    /// <summary>The bucket and time of an id; null when it is none.</summary>
    public static (int Bucket, DateTimeOffset At)? Locate(string id) =>
        id.Length == 31 && id.StartsWith("evt_", StringComparison.Ordinal) && char.IsAsciiHexDigitLower(id[4]) && NewId.TimeOf($"_{id[5..]}") is { } at
            ? (Convert.ToInt32(id[4..5], 16), at)
            : null;

    /// <summary>The record with nothing that may be about one of its rows.</summary>
    internal DeliveryRecord Forget() => this with { Detail = null, Person = null, Exchanges = [] };

    internal static DeliveryRecord Of(
        DeliveryCall call, ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, DeliveryReport report, DateTimeOffset at, TimeSpan duration)
    {
        var (verdict, code, detail) = Read(report.Outcome);
        ImmutableArray<RowOutcome> rows = report.Outcome switch
        {
            DeliveryOutcome.Settled settled => settled.Rows,
            DeliveryOutcome.Stored => [.. Enumerable.Repeat(RowOutcome.Accepted, batch.Rows.Length)],
            _ => [],
        };
        ImmutableArray<DeliveryReason> reasons =
        [
            .. rows.Where(row => row.Fate is not RowFate.Accepted).CountBy(row => row.Code ?? "unknown")
                .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)
                .Take(MaxReasons).Select(pair => new DeliveryReason(pair.Key, pair.Value)),
        ];
        var mask = new ExchangeMask(connector, batch.Rows);
        return new()
        {
            Id = CreateId(batch.Audience.Id, at),
            At = at,
            DestinationId = batch.Audience.Id,
            RunId = batch.RunId,
            ConnectionId = settings.ConnectionId,
            Connector = connector.Type,
            Call = call,
            Batch = batch.Number,
            MessageId = batch.MessageId,
            Attempt = batch.Attempt,
            Adds = batch.Rows.Count(row => row.Operation is DeliveryOperation.Add),
            Updates = batch.Rows.Count(row => row.Operation is DeliveryOperation.Update),
            Removes = batch.Rows.Count(row => row.Operation is DeliveryOperation.Remove),
            Outcome = verdict,
            Code = reasons is [var most, ..] ? most.Code : code,
            Detail = Cut(detail ?? rows.FirstOrDefault(row => row.Fate is not RowFate.Accepted)?.Detail, MaxDetail),
            Accepted = rows.Count(row => row.Fate is RowFate.Accepted),
            Rejected = rows.Count(row => row.Fate is RowFate.Rejected),
            Retryable = rows.Count(row => row.Fate is RowFate.Retryable),
            Uncertain = rows.Count(row => row.Fate is RowFate.Uncertain),
            Reasons = reasons,
            Fields = batch.FieldNames,
            Status = report.Exchanges is [.., var last] ? last.Status : 0,
            Ms = (long)duration.TotalMilliseconds,
            Requests = report.Exchanges.Length,
            Exchanges = [.. Some(report.Exchanges).Select(exchange => mask.Apply(Cut(exchange)))],
        };
    }

    private static (DeliveryVerdict Verdict, string? Code, string? Detail) Read(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Settled { Rows: var rows } => rows.All(row => row.Fate is RowFate.Accepted) ? (DeliveryVerdict.Delivered, null, null)
            : rows.Any(row => row.Fate is RowFate.Accepted) ? (DeliveryVerdict.Partial, null, null)
            : (DeliveryVerdict.Rejected, null, null),
        DeliveryOutcome.Stored => (DeliveryVerdict.Delivered, null, null),
        DeliveryOutcome.Pending => (DeliveryVerdict.Pending, null, null),
        DeliveryOutcome.Throttled throttled => (DeliveryVerdict.Throttled, throttled.Code, throttled.RetryAfter is { } wait ? $"Asked to wait {wait.TotalSeconds:0.#} s." : null),
        DeliveryOutcome.Failed failed => (DeliveryVerdict.Failed, failed.Code, failed.Detail),
        DeliveryOutcome.Unauthorized unauthorized => (DeliveryVerdict.Unauthorized, unauthorized.Code, unauthorized.Detail),
        DeliveryOutcome.Refused refused => (DeliveryVerdict.Refused, refused.Code, refused.Detail),
        DeliveryOutcome.Misconfigured misconfigured => (DeliveryVerdict.Misconfigured, misconfigured.Code, misconfigured.Detail),
        _ => throw new InvalidOperationException("The family of outcomes is closed."),
    };

    private static IEnumerable<Exchange> Some(ImmutableArray<Exchange> exchanges) => exchanges.Length <= MaxExchanges
        ? exchanges
        : [.. exchanges[..(MaxExchanges / 2)], .. exchanges[^(MaxExchanges / 2)..]];

    private static Exchange Cut(Exchange exchange) => exchange with { RequestBody = CutBody(exchange.RequestBody), ResponseBody = CutBody(exchange.ResponseBody) };

    private static string? CutBody(string? body) => body is null || body.Length <= MaxBody ? body : $"{Cut(body, MaxBody)}… (cut)";

    /// <summary>Never between the halves of a surrogate pair.</summary>
    private static string? Cut(string? text, int max) =>
        text is null || text.Length <= max ? text : text[..(char.IsHighSurrogate(text[max - 1]) ? max - 1 : max)];
}

public sealed record DeliveryReason(string Code, int Count);

/// <summary>What kind of call it was.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<DeliveryCall>))]
public enum DeliveryCall
{
    Batch = 1,

    /// <summary>Asked after a job.</summary>
    Poll,

    /// <summary>Published a set of files.</summary>
    Completion,

    /// <summary>Looked for the audience, or created it.</summary>
    Audience,
}

/// <summary>What came of a call.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<DeliveryVerdict>))]
public enum DeliveryVerdict
{
    /// <summary>Every row was accepted.</summary>
    Delivered = 1,

    /// <summary>Some rows were accepted, some not.</summary>
    Partial,

    /// <summary>No row was accepted.</summary>
    Rejected,

    /// <summary>A job was started.</summary>
    Pending,

    Throttled,
    Failed,
    Unauthorized,

    /// <summary>The batch was refused as a whole; it is halved.</summary>
    Refused,
    Misconfigured,
}

/// <summary>How records are kept.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(TimestampConverter)], DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(DeliveryRecord))]
[JsonSerializable(typeof(ImmutableArray<Exchange>))]
internal sealed partial class DeliveryJson : JsonSerializerContext;
