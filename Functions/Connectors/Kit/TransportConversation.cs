using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <summary>What a <see cref="RowConversation{T}"/> is for HTTP, for a connector with a transport of its own: rows that cannot be sent are settled first, what is told is redacted.</summary>
internal sealed class TransportConversation(ITransport transport, ConnectorDefinition connector, ConnectorSettings settings)
{
    private readonly Redactor _redactor = new(settings);

    public async Task<DeliveryReport> RunAsync(DeliveryBatch batch, CancellationToken cancellationToken)
    {
        RowOutcome?[] answers = [.. batch.Rows.Select(row => connector.Judge(row, batch, settings))];
        int[] open = [.. answers.Index().Where(answer => answer.Item is null).Select(answer => answer.Index)];
        if (open.Length == 0)
        {
            return new(new DeliveryOutcome.Settled([.. answers.Select(answer => answer!)]), []);
        }

        if (settings.Pace is { } pace && await pace.WaitAsync(cancellationToken) is { } tooEarly)
        {
            return new(tooEarly, []) { Answers = [.. answers] };
        }

        var part = batch.Part(open.Select(place => batch.Rows[place]));
        var report = await transport.DeliverAsync(settings, part, cancellationToken);
        var outcome = PersonMask.Apply(report.Outcome.MapTexts(_redactor.Text), part);
        if (outcome is not DeliveryOutcome.Settled settled)
        {
            return report with { Outcome = outcome, Answers = [.. answers] };
        }

        foreach (var (place, answer) in open.Zip(settled.Rows))
        {
            answers[place] = answer;
        }

        return report with { Outcome = new DeliveryOutcome.Settled([.. answers.Select(answer => answer!)]) };
    }

    public ImmutableArray<Exchange> Preview(DeliveryBatch batch)
    {
        var rest = batch.Part(batch.Rows.Where(row => connector.Judge(row, batch, settings) is null));
        return rest.Rows.IsEmpty ? [] : transport.Preview(settings, rest);
    }

    public async Task<AudienceReport> ResolveAudienceAsync(AudienceRef audience, bool mayCreate, CancellationToken cancellationToken)
    {
        var report = await transport.ResolveAudienceAsync(settings, audience, mayCreate, cancellationToken);
        return report with { Failure = report.Failure?.MapTexts(_redactor.Text) };
    }
}
