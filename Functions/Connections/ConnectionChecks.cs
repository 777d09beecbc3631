using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Connections;

/// <summary>Tries connections out, saved or not: resolve, connect, authenticate … A failed step is a result.</summary>
public sealed class ConnectionChecks(ConnectionService connections, IConnectorClient client)
{
    /// <summary>The step whose failure says that the credentials are wrong.</summary>
    private const string Authenticate = "authenticate";

    /// <summary>Checks a saved connection and keeps what it came to: healthy, or unauthorized. An address that does not answer says nothing about the credentials.</summary>
    public async Task<Result<ConnectionCheck>> CheckAsync(string id, CancellationToken cancellationToken)
    {
        switch (await connections.OpenAsync(id, cancellationToken))
        {
            case Result<OpenedConnection>.Refused(var refusal):
                return refusal;
            case Result<OpenedConnection>.Ok(var opened):
                var steps = await client.CheckAsync(opened.Connector, opened.Settings, cancellationToken);
                if (steps.All(step => step.Ok))
                {
                    await connections.MarkHealthyAsync(id, cancellationToken);
                }
                else if (steps.FirstOrDefault(step => step is { Ok: false, Name: Authenticate }) is { } refused)
                {
                    await connections.MarkUnauthorizedAsync(id, refused.Detail ?? "The platform refused the credentials.", cancellationToken);
                }

                return Summary(steps);
            default:
                throw new InvalidOperationException("The family of results is closed.");
        }
    }

    /// <summary>Checks settings that are not saved; 422 when they are not even sound.</summary>
    public async Task<Result<ConnectionCheck>> CheckUnsavedAsync(JsonElement body, CancellationToken cancellationToken) => connections.OpenUnsaved(body) switch
    {
        Result<OpenedConnection>.Ok(var opened) => Summary(await client.CheckAsync(opened.Connector, opened.Settings, cancellationToken)),
        Result<OpenedConnection>.Refused(var refusal) => refusal,
        _ => throw new InvalidOperationException("The family of results is closed."),
    };

    private static ConnectionCheck Summary(ImmutableArray<CheckStep> steps) => new(
        steps.All(step => step.Ok),
        [.. steps.Select(step => new ConnectionCheckStep(step.Name, step.Ok, (long)Math.Round(step.Duration.TotalMilliseconds), step.Detail))]);
}
