using System.Collections.Frozen;
using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <summary>All connectors by type. Immutable.</summary>
public sealed class ConnectorCatalog
{
    private readonly FrozenDictionary<string, ConnectorDefinition> _byType;

    /// <exception cref="ArgumentException">Two connectors have the same type.</exception>
    public ConnectorCatalog(params IEnumerable<ConnectorDefinition> connectors)
    {
        All = [.. connectors.OrderBy(connector => connector.Type, StringComparer.Ordinal).Select(WithBaseUrl)];
        var byType = new Dictionary<string, ConnectorDefinition>(StringComparer.Ordinal);
        foreach (var connector in All)
        {
            if (!byType.TryAdd(connector.Type, connector))
            {
                throw new ArgumentException($"Two connectors are of the type '{connector.Type}'.", nameof(connectors));
            }
        }

        _byType = byType.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Sorted by type.</summary>
    public ImmutableArray<ConnectorDefinition> All { get; }

    private static ConnectorDefinition WithBaseUrl(ConnectorDefinition connector) =>
        connector.Transport is not null || connector.Settings.Any(field => field.Name == BaseUrl.Name) ? connector : connector with { Settings = connector.Settings.Add(BaseUrl.Field) };

    public ConnectorDefinition? Find(string type) => _byType.GetValueOrDefault(type);

    /// <summary>At most <paramref name="limit"/> connectors after a type.</summary>
    /// <returns>They, and the type to go on after: null on the last page.</returns>
    public (ImmutableArray<ConnectorDefinition> Connectors, string? Next) Page(int limit, string? after)
    {
        ImmutableArray<ConnectorDefinition> rest = [.. All.SkipWhile(connector => string.CompareOrdinal(connector.Type, after) <= 0)];
        return rest.Length > limit ? (rest[..limit], rest[limit - 1].Type) : (rest, null);
    }
}
