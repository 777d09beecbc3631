using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Segments;

namespace AudienceSync.Destinations;

/// <summary>Queries as sources: whoever has a row is a member. What a query's columns must be is <see cref="QueryShape"/>'s business.</summary>
public sealed class QuerySource(IConnectionStore connections, ConnectorCatalog connectors) : IMemberSource
{
    public bool Knows(DestinationSource source) => source is DestinationSource.OfQuery;

    public async Task<SourceFacts?> CheckAsync(DestinationSource source, string pointer, ICollection<Fault> faults, CancellationToken cancellationToken)
    {
        var id = ((DestinationSource.OfQuery)source).ConnectionId;
        var at = JsonFields.PointerTo(pointer, SourceReader.ConnectionId);
        if (await connections.GetAsync(id, cancellationToken) is not { } connection)
        {
            faults.Add(new(at, "unknown_connection", $"There is no connection '{id}'."));
            return null;
        }

        if (connectors.Find(connection.Type)?.AnswersQueries is not true)
        {
            var able = connectors.All.Where(connector => connector.AnswersQueries).Select(connector => connector.Type);
            faults.Add(new(at, "not_supported", $"'{connection.Name}' is a connection of type '{connection.Type}', which answers no queries. Those of {string.Join(", ", able)} do."));
            return null;
        }

        return new($"Query on {connection.Name}", $"query-on-{connection.Key}", "");
    }

    public Task<Result<SourceMembers>> ResolveAsync(DestinationSource source, SegmentResolver segments, CancellationToken cancellationToken) => Task.FromResult<Result<SourceMembers>>(
        new SourceMembers(new RuleNode.Compare(ProfileColumns.Id, RuleOperator.Exists, RuleOperand.None.Value)) { Query = (DestinationSource.OfQuery)source });
}
