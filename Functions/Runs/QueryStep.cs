using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Snapshots;

namespace AudienceSync.Runs;

/// <summary>Reads the query that a run's members come from, once and to its end, and freezes its rows as the run's input: what profiles are to other runs.</summary>
/// <remarks>
/// Rows stream into pages in bounded memory, and count only when the database said that there are no more. A query that fails, takes too long or breaks off fails the
/// run with nothing sent; a worker that dies leaves pages that nobody refers to, and the step begins anew.
/// </remarks>
public sealed class QueryStep(
    IRunStore runs, EarlyEnd end, QueryReader queries, IPageStore pages, MemberHasher hasher, TrackingIds trackingIds, TimeProvider time)
{
    /// <summary>Shards written at a time; the pages of each are in memory.</summary>
    private const int Degree = 2;

    /// <summary>Nobody knows how many rows a query has: enough shards for this many, should they not fit the memory.</summary>
    private const long ExpectedRows = 10_000_000;

    /// <returns>Null when the rows are frozen, or the run ended; else when to try again.</returns>
    public async Task<TimeSpan?> RunAsync(Run run, CancellationToken cancellationToken)
    {
        if (run.Source is not null)
        {
            return null;
        }

        if (run.NotBefore is { } notBefore && notBefore > time.GetUtcNow())
        {
            return notBefore - time.GetUtcNow();
        }

        var source = run.Spec!.Query!;
        if (await queries.OpenAsync(source, cancellationToken) is not Result<OpenedQuery>.Ok(var query))
        {
            await end.FailAsync(run, "source_unusable", $"The connection '{source.ConnectionId}' of the query is gone, or its secrets cannot be opened.", cancellationToken);
            return null;
        }

        try
        {
            var faults = new List<Fault>();
            if (await ShapeAsync(run, query, faults, cancellationToken) is not { } shape)
            {
                await end.FailAsync(run, faults[0].Code, $"The query does not give what the destination needs: {faults[0].Detail}", cancellationToken);
                return null;
            }

            await FreezeAsync(run, query, shape, cancellationToken);
            return null;
        }
        catch (SourceFaultException e)
        {
            return await WaitOrFailAsync(e.Outcome);
        }
        catch (RepeatedIdException)
        {
            // In rows behind each other it was found before; elsewhere (as of a collation that heeds no case) the builder finds it.
            return await WaitOrFailAsync(
                new DeliveryOutcome.Misconfigured("key_repeated", "A key of the query comes twice. A member has one row: group by it, or use DISTINCT ON."));
        }

        Task<TimeSpan?> WaitOrFailAsync(DeliveryOutcome outcome) =>
            end.WaitOrFailAsync(run, source.ConnectionId, "The query could not be read to its end, so nothing is sent", outcome, cancellationToken);
    }

    private async Task<QueryShape?> ShapeAsync(Run run, OpenedQuery query, List<Fault> faults, CancellationToken cancellationToken)
    {
        var columns = await query.DescribeAsync(run.AsOf, cancellationToken);
        var wanted = CompiledMapping.Compile(run.Spec!.Mapping, trackingIds).PlainColumns;
        return QueryShape.Of(columns, query.Source.KeyColumn, wanted, run.Spec.ConsentPurpose, "/source", faults);
    }

    private async Task FreezeAsync(Run run, OpenedQuery query, QueryShape shape, CancellationToken cancellationToken)
    {
        var members = new QueryMembers(shape);
        using var builder = new GenerationBuilder(pages, hasher, time, shape.Schema, ExpectedRows);
        await using (var rows = await query.ReadAsync(shape, run.AsOf, limit: null, id: null, cancellationToken))
        {
            var part = builder.Part();
            while (await rows.NextAsync(cancellationToken))
            {
                members.CheckId(rows);
                members.Read(rows, part.Begin(rows.Id));
                part.End();
                if (part.IsFull)
                {
                    await part.PackAsync(cancellationToken);
                }
            }
        }

        var generation = await builder.PutInOrderAsync(await builder.CompleteAsync(Degree, cancellationToken), Degree, cancellationToken);
        var input = await runs.WriteInputAsync(
            run.Id, new([.. generation.Shards.Select(chains => new ProfileShard(chains.SingleOrDefault(), 0))]), cancellationToken);
        var tally = new QueryTally(
            generation.Rows,
            [.. members.Invalid.Select(pair => new RunError(pair.Key, "Left out, as at the door of profiles.", pair.Value, Retryable: false))]);
        await runs.UpdateAsync(
            run.Id,
            current => current is { Status: RunStatus.Snapshotting, Source: null }
                ? current with { Source = tally, ShardBits = System.Numerics.BitOperations.Log2((uint)input.Shards.Length), TouchedAt = time.GetUtcNow() }
                : null,
            cancellationToken);
    }
}
