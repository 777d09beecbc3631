using System.Collections.Frozen;
using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <inheritdoc cref="IConnectorClient"/>
/// <param name="tokens">Access tokens of all instances; null for tokens of this client alone.</param>
/// <param name="transports">For connectors that speak no HTTP.</param>
public sealed class ConnectorClient(IOutbound outbound, TimeProvider time, ITokenStore? tokens = null, IEnumerable<ITransport>? transports = null) : IConnectorClient
{
    private readonly FrozenDictionary<string, ITransport> _transports = (transports ?? []).ToFrozenDictionary(transport => transport.Type, StringComparer.Ordinal);
    private readonly TokenCache _tokens = new(tokens ?? new LocalTokens(), time);

    public async Task<DeliveryReport> DeliverAsync(ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken)
    {
        var most = connector.CapabilitiesOf(settings, batch.Form).RowsPerBatch;
        if (batch.Rows.Length > most)
        {
            return new(new DeliveryOutcome.Refused("too_many_rows", $"The batch has {batch.Rows.Length} rows; at most {most} are sent in one call."), []);
        }

        if (connector.CheckBatch?.Invoke(batch, settings) is { } refusal)
        {
            return new(refusal, []);
        }

        return TransportOf(connector) is { } transport
            ? await new TransportConversation(transport, connector, settings).RunAsync(batch, cancellationToken)
            : await new RowConversation<DeliveryBatch>(Begin(connector, settings), static part => part).RunAsync(connector.Steps, batch, cancellationToken);
    }

    public Task<DeliveryReport> PollAsync(
        ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, string jobId, CancellationToken cancellationToken) =>
        new RowConversation<DeliveryJob>(Begin(connector, settings), part => new(part, jobId)).RunAsync(connector.PollJob, batch, cancellationToken);

    public async Task<DeliveryReport?> CompleteAsync(
        ConnectorDefinition connector, ConnectorSettings settings, DeliveryCompletion completion, CancellationToken cancellationToken)
    {
        if (connector.Complete.IsEmpty)
        {
            return null;
        }

        var conversation = Begin(connector, settings);
        var result = await conversation.RunAsync(connector.Complete, completion, cancellationToken);
        return new(result is StepResult.Done(var outcome) ? outcome : new DeliveryOutcome.Settled([]), conversation.Exchanges);
    }

    public async Task<ImmutableArray<Exchange>> PreviewAsync(
        ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken)
    {
        if (TransportOf(connector) is { } transport)
        {
            return new TransportConversation(transport, connector, settings).Preview(batch);
        }

        var conversation = Begin(connector, settings);
        await conversation.PreviewAsync(connector.Steps, batch, cancellationToken);
        return conversation.Exchanges;
    }

    public async Task<ImmutableArray<CheckStep>> CheckAsync(ConnectorDefinition connector, ConnectorSettings settings, CancellationToken cancellationToken)
    {
        if (TransportOf(connector) is { } transport)
        {
            return await transport.CheckAsync(settings, cancellationToken);
        }

        var started = time.GetTimestamp();
        var now = time.GetUtcNow();
        var conversation = Begin(connector, settings);
        var probe = new ConnectionProbe($"msg_check_{now.ToUnixTimeMilliseconds()}", now);
        var result = await conversation.RunAsync([connector.Check!], probe, cancellationToken);
        return CheckSteps.Read((result as StepResult.Done)?.Outcome, conversation.Timings, time.GetElapsedTime(started));
    }

    /// <summary>The audience's id on the platform: known, looked up, or created.</summary>
    public Task<AudienceReport> ResolveAudienceAsync(
        ConnectorDefinition connector, ConnectorSettings settings, AudienceRef audience, CancellationToken cancellationToken) =>
        ResolveAudienceAsync(connector, settings, audience, mayCreate: true, cancellationToken);

    public async Task<AudienceReport> ResolveAudienceAsync(
        ConnectorDefinition connector, ConnectorSettings settings, AudienceRef audience, bool mayCreate, CancellationToken cancellationToken)
    {
        if (audience.ExternalId is { } known)
        {
            return new(known, Failure: null, []);
        }

        if (!connector.FindsAudiences(settings))
        {
            return new(ExternalId: null, Failure: null, []);
        }

        if (TransportOf(connector) is { } transport)
        {
            return await new TransportConversation(transport, connector, settings).ResolveAudienceAsync(audience, mayCreate, cancellationToken);
        }

        var conversation = Begin(connector, settings);
        var result = await conversation.RunAsync(connector.FindAudience, audience, cancellationToken);
        if (result is null && mayCreate)
        {
            result = await conversation.RunAsync(connector.CreateAudience, audience, cancellationToken);
        }

        return new((result as StepResult.Found)?.ExternalId, (result as StepResult.Done)?.Outcome, conversation.Exchanges);
    }

    /// <summary>Null for connectors that speak HTTP.</summary>
    private ITransport? TransportOf(ConnectorDefinition connector) => connector.Transport is null ? null
        : _transports.GetValueOrDefault(connector.Type) ?? throw new InvalidOperationException($"Nothing speaks {connector.Transport} for '{connector.Type}'.");

    private Conversation Begin(ConnectorDefinition connector, ConnectorSettings settings) => new(outbound, _tokens, time, connector, settings);
}

/// <summary>What finding or creating an audience came to.</summary>
/// <param name="ExternalId">The platform's id; null when there is none (or the connector has no such notion), or when it failed.</param>
/// <param name="Failure">Why there is none; null when nothing failed.</param>
public sealed record AudienceReport(string? ExternalId, DeliveryOutcome? Failure, ImmutableArray<Exchange> Exchanges);
