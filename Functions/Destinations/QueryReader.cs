using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>Opens the connection of a query and reads it: its columns, a sample, one member, everyone.</summary>
public sealed class QueryReader(ConnectionService connections, IEnumerable<IQuerySource> platforms, TrackingIds trackingIds, TimeProvider time)
{
    /// <summary>Rows that are looked at to tell how many have a value.</summary>
    private const int SampleSize = 1_000;

    /// <summary>Fewer rows than these say nothing about the others.</summary>
    private const int SmallestSample = 50;

    private readonly ImmutableDictionary<string, IQuerySource> _platforms = platforms.ToImmutableDictionary(platform => platform.Type, StringComparer.Ordinal);

    /// <summary>The query on its open connection; the refusal says why it cannot be read.</summary>
    public async Task<Result<OpenedQuery>> OpenAsync(DestinationSource.OfQuery query, CancellationToken cancellationToken) =>
        (await connections.OpenAsync(query.ConnectionId, cancellationToken)).Match<Result<OpenedQuery>>(
            opened => _platforms.TryGetValue(opened.Connection.Type, out var platform)
                ? new OpenedQuery(query, opened, platform)
                : Refusal.Conflict("not_supported", "The connection answers no queries", $"A connection of type '{opened.Connection.Type}' answers no queries."),
            refusal => refusal);

    /// <summary>The columns that a query gives, for a destination that is to be saved.</summary>
    /// <param name="pointer">Of the source.</param>
    /// <returns>Null, with a fault, when the query cannot be prepared.</returns>
    internal async Task<ImmutableArray<QueryColumn>?> DescribeAsync(
        DestinationSource.OfQuery query, string pointer, ICollection<Fault> faults, CancellationToken cancellationToken)
    {
        switch (await OpenAsync(query, cancellationToken))
        {
            case Result<OpenedQuery>.Refused(var refusal):
                faults.Add(new(JsonFields.PointerTo(pointer, SourceReader.ConnectionId), refusal.Code, refusal.Detail ?? refusal.Title));
                return null;
            case Result<OpenedQuery>.Ok(var opened):
                try
                {
                    return await opened.DescribeAsync(time.GetUtcNow(), cancellationToken);
                }
                catch (SourceFaultException e)
                {
                    var (code, detail) = e.Outcome.Describe();
                    var isQuery = e.Outcome is DeliveryOutcome.Misconfigured && code.StartsWith("query_", StringComparison.Ordinal);
                    faults.Add(new(
                        JsonFields.PointerTo(pointer, isQuery ? SourceReader.Query : SourceReader.ConnectionId),
                        isQuery ? "query_invalid" : e.Outcome is DeliveryOutcome.Failed ? "source_unreachable" : code,
                        detail));
                    return null;
                }

            default:
                throw new InvalidOperationException("The family of results is closed.");
        }
    }

    /// <summary>Which share of some rows of the query has a value for each field of a mapping.</summary>
    /// <param name="faults">Receives what is wrong with these rows.</param>
    /// <returns>Null when nothing can be said: the query fails, is empty, or too few of its rows were met.</returns>
    internal async Task<FillSample?> SampleAsync(
        DestinationSource.OfQuery query, ImmutableArray<MappingEntry> mapping, ICollection<Fault> faults, CancellationToken cancellationToken)
    {
        var compiled = CompiledMapping.Compile([.. mapping.Where(entry => entry.Category is null)], trackingIds);
        if (await OpenAsync(query, cancellationToken) is not Result<OpenedQuery>.Ok(var opened))
        {
            return null;
        }

        try
        {
            var asOf = time.GetUtcNow();
            if (QueryShape.Of(await opened.DescribeAsync(asOf, cancellationToken), query.KeyColumn, compiled.PlainColumns, purpose: null, "", []) is not { } shape)
            {
                return null;
            }

            var members = new QueryMembers(shape);
            var (filled, count) = (new long[mapping.Length], 0L);
            await using var rows = await opened.ReadAsync(shape, asOf, limit: SampleSize, id: null, cancellationToken);
            for (; await rows.NextAsync(cancellationToken); count++)
            {
                members.CheckId(rows);
                var payload = compiled.Render(members.ToRow(rows));
                for (var entry = 0; entry < mapping.Length; entry++)
                {
                    filled[entry] += payload.Has(mapping[entry].To) ? 1 : 0;
                }
            }

            var isWhole = count < SampleSize;
            return count > 0 && (isWhole || count >= SmallestSample) ? new([.. filled], count, isWhole, "the query's") : null;
        }
        catch (SourceFaultException e)
        {
            faults.Add(new("/source/query", e.Outcome.Describe().Code, e.Message));
            return null;
        }
    }

    /// <summary>The member with that id as a run would read it.</summary>
    /// <returns>Null when the query has no such row.</returns>
    internal async Task<Result<Row?>> FindAsync(
        DestinationSource.OfQuery query, ImmutableArray<MappingEntry> mapping, string? purpose, string id, CancellationToken cancellationToken)
    {
        if (await OpenAsync(query, cancellationToken) is not Result<OpenedQuery>.Ok(var opened))
        {
            return new Refusal(RefusalKind.RemoteUnavailable, "remote_unavailable", "The source cannot be read", "Its connection is gone or cannot be opened.");
        }

        try
        {
            var asOf = time.GetUtcNow();
            var faults = new List<Fault>();
            var shape = QueryShape.Of(
                await opened.DescribeAsync(asOf, cancellationToken), query.KeyColumn, CompiledMapping.Compile(mapping, trackingIds).PlainColumns, purpose, "/source", faults);
            if (shape is null)
            {
                return Refusal.Invalid(faults);
            }

            await using var rows = await opened.ReadAsync(shape, asOf, limit: null, id, cancellationToken);
            return await rows.NextAsync(cancellationToken) ? new QueryMembers(shape).ToRow(rows) : new Result<Row?>.Ok(null);
        }
        catch (SourceFaultException e)
        {
            return new Refusal(RefusalKind.RemoteUnavailable, "remote_unavailable", "The source cannot be read", e.Message);
        }
    }

    /// <summary>The types of the query's columns by name; empty when they cannot be told.</summary>
    internal async Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> TypesAsync(DestinationSource.OfQuery query, CancellationToken cancellationToken) =>
        QueryShape.TypesOf(await DescribeAsync(query, "", [], cancellationToken) ?? []);
}

/// <summary>A query, the connection it is asked over, and who can ask there.</summary>
public sealed record OpenedQuery(DestinationSource.OfQuery Source, OpenedConnection Connection, IQuerySource Platform)
{
    /// <exception cref="SourceFaultException">The query cannot be prepared.</exception>
    public Task<ImmutableArray<QueryColumn>> DescribeAsync(DateTimeOffset asOf, CancellationToken cancellationToken) =>
        Platform.DescribeAsync(Connection.Settings, Source.Query, asOf, cancellationToken);

    /// <exception cref="SourceFaultException">The query cannot be run.</exception>
    public Task<IQueryRows> ReadAsync(QueryShape shape, DateTimeOffset asOf, int? limit, string? id, CancellationToken cancellationToken) => Platform.OpenAsync(
        Connection.Settings,
        new() { Query = Source.Query, Key = shape.Key, Columns = [.. shape.Columns.Select(column => column.Source)], AsOf = asOf, Limit = limit, Id = id },
        cancellationToken);
}
