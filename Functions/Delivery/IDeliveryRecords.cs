using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Delivery;

/// <summary>Keeps what was said to platforms, for a while: newest first, and of each destination not more than a ring holds.</summary>
public interface IDeliveryRecords
{
    /// <summary>Keeps a record, one write. False when the storage would not: a delivery does not fail for want of its record.</summary>
    Task<bool> TryWriteAsync(DeliveryRecord record, CancellationToken cancellationToken);

    /// <summary>With its exchanges.</summary>
    Task<DeliveryRecord?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Newest first. The cursor is the id of the last record before the page.</summary>
    /// <param name="withExchanges">Lists can do without them.</param>
    Task<ListPage<DeliveryRecord>> ListAsync(DeliveryRecordFilter filter, PageRequest page, bool withExchanges, CancellationToken cancellationToken);

    /// <summary>Drops what was said in the calls of a batch, and their words about rows: they may be about somebody who is to be forgotten. The records stay. Repeatable.</summary>
    Task ForgetAsync(string destinationId, string runId, int batch, CancellationToken cancellationToken);

    /// <summary>The latest call about each of the people alone at each destination by which the platform may know them.</summary>
    /// <param name="people">As <see cref="DeliveryRecord.Person"/> names them.</param>
    Task<ImmutableArray<TestCall>> FindPeopleAsync(IReadOnlyCollection<string> people, CancellationToken cancellationToken);

    /// <summary>As <see cref="ForgetAsync"/>, of calls about one person alone.</summary>
    /// <param name="people">As <see cref="DeliveryRecord.Person"/> names them.</param>
    /// <returns>How many there were.</returns>
    Task<int> ForgetPeopleAsync(IReadOnlyCollection<string> people, CancellationToken cancellationToken);

    /// <summary>Deletes what is older than <paramref name="before"/>, and of each destination what is beyond its ring.</summary>
    /// <returns>How many were deleted.</returns>
    Task<int> TrimAsync(DateTimeOffset before, int maxRecords, long maxBytes, CancellationToken cancellationToken);
}

/// <summary>Null or empty parts take everything.</summary>
/// <param name="From">Included.</param>
/// <param name="To">Excluded.</param>
public sealed record DeliveryRecordFilter(
    string? DestinationId = null, string? RunId = null, IReadOnlyCollection<DeliveryVerdict>? Outcomes = null, string? Code = null, DateTimeOffset? From = null, DateTimeOffset? To = null)
{
    public bool Takes(DeliveryRecord record) =>
        (DestinationId is null || record.DestinationId == DestinationId)
        && (RunId is null || record.RunId == RunId)
        && (Outcomes is null or { Count: 0 } || Outcomes.Contains(record.Outcome))
        && (Code is null || record.Code == Code || record.Reasons.Any(reason => reason.Code == Code))
        && (From is null || record.At >= From)
        && (To is null || record.At < To);
}

/// <summary>A call about one person alone, of the event tester.</summary>
public sealed record TestCall(string Person, string DestinationId, DateTimeOffset At)
{
    /// <summary>Of the records those by which a platform may know somebody, the latest for each person and destination.</summary>
    internal static ImmutableArray<TestCall> Of(IEnumerable<DeliveryRecord> records) =>
    [
        .. records.Where(record => record is { Person: not null } && (record.Accepted + record.Uncertain > 0 || record.Outcome is DeliveryVerdict.Pending))
            .GroupBy(record => (record.Person, record.DestinationId))
            .Select(calls => new TestCall(calls.Key.Person!, calls.Key.DestinationId, calls.Max(call => call.At))),
    ];
}
