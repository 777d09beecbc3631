using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <summary>What became of one row.</summary>
public enum RowFate
{
    /// <summary>The state asked for is reached (also: already a member, already gone).</summary>
    Accepted = 1,

    /// <summary>Refused for good: quarantined until its payload or the mapping changes.</summary>
    Rejected = 2,

    /// <summary>Refused for now: tried again.</summary>
    Retryable = 3,

    /// <summary>Not known: sent again by the next run.</summary>
    Uncertain = 4,
}

/// <param name="Code">The platform's code, or ours in <c>snake_case</c>; null when accepted.</param>
/// <param name="Detail">For a person; redacted: no identifier of a person, no secret.</param>
public sealed record RowOutcome(RowFate Fate, string? Code = null, string? Detail = null)
{
    public static RowOutcome Accepted { get; } = new(RowFate.Accepted);

    /// <summary>The id the row was sent with is no longer the platform's: it is forgotten, and the row sent once more without it.</summary>
    public static RowOutcome Forgotten { get; } = new(RowFate.Retryable, "remote_id_gone", "The platform no longer knows the id it gave.") { RemoteId = "" };

    /// <summary>The platform's own id of the person, to be remembered and given back with the member's later operations; null leaves what is known, empty forgets it.</summary>
    public string? RemoteId { get; init; }

    /// <summary>Some of what was asked for was done all the same: one of several calls for the row.</summary>
    public bool IsPartial { get; init; }

    /// <summary>Accepted, with the platform's id.</summary>
    public static RowOutcome AcceptedAs(string? remoteId) => Accepted with { RemoteId = remoteId };

    internal RowOutcome MapTexts(Func<string, string> map) =>
        Code is null && Detail is null ? this : this with { Code = Code is null ? null : map(Code), Detail = Detail is null ? null : map(Detail) };
}

/// <summary>What an answer means for a batch: a closed family; who must act decides the case.</summary>
public abstract record DeliveryOutcome
{
    private DeliveryOutcome()
    {
    }

    /// <summary>The platform answered for every row, in the order of the batch.</summary>
    public sealed record Settled(ImmutableArray<RowOutcome> Rows) : DeliveryOutcome;

    /// <summary>All rows accepted, with what a later completion step must know (a file's name, rows, bytes, digest).</summary>
    public sealed record Stored(string Receipt) : DeliveryOutcome;

    /// <summary>Told to wait (429, quota, 503 with Retry-After): not an attempt.</summary>
    /// <param name="RetryAfter">As told; null when there was no hint.</param>
    public sealed record Throttled(TimeSpan? RetryAfter, string Code) : DeliveryOutcome;

    /// <summary>408, 5xx, network, DNS, TLS, time-out: tried again with back-off.</summary>
    public sealed record Failed(string Code, string Detail) : DeliveryOutcome;

    /// <summary>401, 403: the connection pauses.</summary>
    public sealed record Unauthorized(string Code, string Detail) : DeliveryOutcome;

    /// <summary>400, 413, 422 for the whole batch: halved and sent again down to one row.</summary>
    public sealed record Refused(string Code, string Detail) : DeliveryOutcome;

    /// <summary>
    /// The batch was refused as a whole because of some rows, which are named: these have an outcome, the others none and are sent again at once, which is
    /// not a try. With no row named it is <see cref="Refused"/>.
    /// </summary>
    /// <param name="Rows">In the order of the batch; null for rows that are not at fault.</param>
    public sealed record RefusedRows(ImmutableArray<RowOutcome?> Rows, string Code, string Detail) : DeliveryOutcome;

    /// <summary>Nobody's row is at fault: the destination is set up wrongly or is gone (404 on an address, 410).</summary>
    public sealed record Misconfigured(string Code, string Detail) : DeliveryOutcome;

    /// <summary>A job was submitted: ask again after <paramref name="PollAfter"/> with <paramref name="JobId"/>.</summary>
    public sealed record Pending(string JobId, TimeSpan PollAfter) : DeliveryOutcome
    {
        /// <summary>Places of the rows that the job has, where it has not all that are open.</summary>
        internal ImmutableArray<int>? Places { get; init; }
    }

    /// <summary>The outcome with each text of the platform replaced: to take out what must not be kept.</summary>
    internal DeliveryOutcome MapTexts(Func<string, string> map) => this switch
    {
        Settled settled => new Settled([.. settled.Rows.Select(row => row.MapTexts(map))]),
        RefusedRows refused => new RefusedRows([.. refused.Rows.Select(row => row?.MapTexts(map))], refused.Code, map(refused.Detail)),
        Failed failed => failed with { Detail = map(failed.Detail) },
        Unauthorized unauthorized => unauthorized with { Detail = map(unauthorized.Detail) },
        Refused refused => refused with { Detail = map(refused.Detail) },
        Misconfigured misconfigured => misconfigured with { Detail = map(misconfigured.Detail) },
        _ => this,
    };

    /// <summary>Code and detail of an outcome that is no success.</summary>
    internal (string Code, string Detail) Describe() => this switch
    {
        Throttled throttled => (throttled.Code, "The platform asks us to wait."),
        Failed failed => (failed.Code, failed.Detail),
        Unauthorized unauthorized => (unauthorized.Code, unauthorized.Detail),
        Refused refused => (refused.Code, refused.Detail),
        RefusedRows refused => (refused.Code, refused.Detail),
        Misconfigured misconfigured => (misconfigured.Code, misconfigured.Detail),
        _ => ("unexpected_answer", "The platform did not answer as expected."),
    };

    public static DeliveryOutcome AllAccepted(DeliveryBatch batch) =>
        new Settled([.. Enumerable.Repeat(RowOutcome.Accepted, batch.Rows.Length)]);
}
