using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Snapshots;
using AudienceSync.Suppressions;

namespace AudienceSync.Runs;

/// <summary>Reads the query that a run's members come from, once and to its end, and freezes its rows as the run's input: what profiles are to other runs.</summary>
/// <remarks>
/// Rows stream into pages in bounded memory, and count only when the database said that there are no more. A query that fails, takes too long or breaks off fails the
/// run with nothing sent; a worker that dies leaves pages that nobody refers to, and the step begins anew.
/// </remarks>
public sealed class QueryStep(
    IRunStore runs, EarlyEnd end, QueryReader queries, ConnectorCatalog connectors, SuppressionList suppressions, IPageStore pages, MemberHasher hasher,
    TrackingIds trackingIds, TimeProvider time)
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
            var columns = await query.DescribeAsync(run.AsOf, cancellationToken);
            var spec = Specify(run, columns);
            if (Shape(spec, query, columns, faults) is not { } shape)
            {
                await end.FailAsync(run, faults[0].Code, $"The query does not give what the destination needs: {faults[0].Detail}", cancellationToken);
                return null;
            }

            await FreezeAsync(run, query, shape, spec, cancellationToken);
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

    /// <summary>The run's settings with the query's columns in the place of categories, and the filters asked of these.</summary>
    private RunSpec Specify(Run run, ImmutableArray<QueryColumn> columns)
    {
        var spec = run.Spec!;
        var fields = connectors.Find(spec.ConnectorType)?.Fields ?? FieldRules.Free;
        var expanded = CategoryMapping.HasAny(spec.Mapping)
            ? CategoryMapping.Expand([.. spec.Mapping], QueryShape.TypesOf(columns), ofProfiles: false, fields).Entries
            : spec.Mapping;
        var (mapping, filters) = FilterSpecs.Specify(spec.Filters, run.DestinationId, expanded, fields);
        return spec with { Mapping = mapping, Filters = filters };
    }

    private QueryShape? Shape(RunSpec spec, OpenedQuery query, ImmutableArray<QueryColumn> columns, List<Fault> faults)
    {
        var wanted = CompiledMapping.Compile(spec.Mapping, trackingIds).PlainColumns.Concat(FilterSpecs.ColumnsOf(spec.Filters));
        return QueryShape.Of(columns, query.Source.KeyColumn, wanted, spec.ConsentPurpose, "/source", faults);
    }

    private async Task FreezeAsync(Run run, OpenedQuery query, QueryShape shape, RunSpec spec, CancellationToken cancellationToken)
    {
        var members = new QueryMembers(shape);
        var suppressed = await suppressions.FreezeAsync(cancellationToken);
        var gate = await suppressions.OpenAsync(suppressed, cancellationToken);
        var erased = 0L;
        using var builder = new GenerationBuilder(pages, hasher, time, shape.Schema, ExpectedRows);
        await using (var rows = await query.ReadAsync(shape, run.AsOf, limit: null, id: null, cancellationToken))
        {
            var part = builder.Part();
            while (await rows.NextAsync(cancellationToken))
            {
                members.CheckId(rows);
                if (gate.HoldsErased && gate.IsErased(hasher.Key(rows.Id)))
                {
                    // The database may know a person who was erased here; nothing of them is written.
                    erased++;
                    continue;
                }

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
            run.Id, new([.. generation.Shards.Select(chains => new ProfileShard(chains.SingleOrDefault(), 0))]) { Suppressions = suppressed }, cancellationToken);
        var invalid = members.Invalid.Select(pair => new RunError(pair.Key, "Left out, as at the door of profiles.", pair.Value, Retryable: false));
        var tally = new QueryTally(
            generation.Rows + erased, erased == 0 ? [.. invalid] : [.. invalid, new("erased", "Rows of people who were erased: left out and not kept.", erased, Retryable: false)]);
        await runs.UpdateAsync(
            run.Id,
            current => current is { Status: RunStatus.Snapshotting, Source: null }
                ? current with
                {
                    Spec = spec,
                    Source = tally,
                    SuppressionVersion = suppressed.Version,
                    ShardBits = System.Numerics.BitOperations.Log2((uint)input.Shards.Length),
                    TouchedAt = time.GetUtcNow(),
                }
                : null,
            cancellationToken);
    }
}
