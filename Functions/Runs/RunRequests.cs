using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>The requests of a run with their answers, as far as they were kept: newest call first, the requests of a call in their order.</summary>
public sealed class RunRequests(IRunStore runs, IDeliveryRecords records)
{
    /// <param name="page">The cursor is the call, and of one that did not fit the page the request to go on with.</param>
    public async Task<Result<ListPage<RunRequestAnswer>>> ListAsync(
        string runId, IReadOnlyCollection<DeliveryVerdict> outcomes, PageRequest page, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(runId, cancellationToken) is not { } run)
        {
            return Refusal.NotFound("run", runId);
        }

        List<RunRequestAnswer> found = [];
        var (after, skip) = Read(page.After);
        if (skip > 0 && await records.FindAsync(after!, cancellationToken) is { } begun && Take(begun, skip, found, page.Limit) is { } restOfBegun)
        {
            return new ListPage<RunRequestAnswer>(found, restOfBegun);
        }

        var filter = new DeliveryRecordFilter(run.DestinationId, runId, outcomes, From: run.StartedAt);
        var calls = await records.ListAsync(filter, new(page.Limit, after), withExchanges: true, cancellationToken);
        foreach (var call in calls.Items)
        {
            if (found.Count == page.Limit)
            {
                return new ListPage<RunRequestAnswer>(found, after);
            }

            if (Take(call, 0, found, page.Limit) is { } rest)
            {
                return new ListPage<RunRequestAnswer>(found, rest);
            }

            after = call.Id;
        }

        return new ListPage<RunRequestAnswer>(found, calls.Next);
    }

    /// <returns>The cursor within the call where its requests do not fit; null when all do.</returns>
    private static string? Take(DeliveryRecord call, int skip, List<RunRequestAnswer> found, int limit)
    {
        for (var index = skip; index < call.Exchanges.Length; index++)
        {
            if (found.Count == limit)
            {
                return $"{call.Id}.{index}";
            }

            found.Add(new(call, index, call.Exchanges[index]));
        }

        return null;
    }

    private static (string? Call, int Skip) Read(string? cursor) => cursor?.Split('.') switch
    {
        [var call, var skip] => (call, int.Parse(skip, System.Globalization.CultureInfo.InvariantCulture)),
        [var call] => (call, 0),
        _ => (null, 0),
    };
}

/// <param name="Index">Place of the request in its call, from 0.</param>
public sealed record RunRequestAnswer(DeliveryRecord Call, int Index, Exchange Exchange);
