using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <summary>Settings and opened secrets of a connection, as a connector sees them.</summary>
/// <param name="ConnectionId">For tokens cached per connection and paces kept per connection.</param>
public sealed record ConnectorSettings(string ConnectionId, ImmutableDictionary<string, string> Values, ImmutableDictionary<string, string> Secrets)
{
    /// <summary>The pace that calls with these settings keep; null for none. No business of connectors.</summary>
    internal ICallPace? Pace { get; init; }

    /// <summary>The setting or secret of that name; empty when not set.</summary>
    public string this[string name] => Values.GetValueOrDefault(name) ?? Secrets.GetValueOrDefault(name) ?? "";
}
