using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <summary>Lists what a connection can reach on its platform: tables, lists.</summary>
/// <remarks>Every fault is a <see cref="SourceFaultException"/>.</remarks>
public interface IObjectBrowser
{
    /// <summary>The connector's slug.</summary>
    string Type { get; }

    /// <summary>Objects in the order of their names.</summary>
    /// <param name="search">Part of the name, in any case; null for all.</param>
    /// <param name="after">Name of the last one before this page; null for the first.</param>
    Task<ImmutableArray<RemoteObject>> ListAsync(ConnectorSettings settings, string? search, int limit, string? after, CancellationToken cancellationToken);

    /// <summary>The fields of an object in their order; empty when there is no such object, or the connection must not see it.</summary>
    Task<ImmutableArray<RemoteField>> ListFieldsAsync(ConnectorSettings settings, string name, CancellationToken cancellationToken);
}

/// <param name="Name">What a destination's <c>audience.externalId</c> takes.</param>
/// <param name="Kind">In the platform's words: <c>table</c>, <c>view</c>.</param>
/// <param name="Writes">Members can be written there.</param>
public sealed record RemoteObject(string Name, string Kind, bool Writes);

/// <param name="Type">In the platform's words.</param>
/// <param name="Required">A new row needs a value.</param>
/// <param name="Unique">Alone, it tells rows apart.</param>
public sealed record RemoteField(string Name, string Type, bool Required, bool Unique);
