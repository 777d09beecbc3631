using System.Collections.Immutable;

namespace AudienceSync.Connections;

/// <summary>Knows what uses a connection: while there is anything, it is not deleted.</summary>
public interface IConnectionUsage
{
    Task<ImmutableArray<ConnectionUser>> UsersOfAsync(string connectionId, CancellationToken cancellationToken);
}

/// <param name="Type">What it is: <c>destination</c>.</param>
public sealed record ConnectionUser(string Type, string Id, string Name);
