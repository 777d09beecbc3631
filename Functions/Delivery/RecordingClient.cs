using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Profiles;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Delivery;

/// <summary>Speaks to platforms through <paramref name="client"/> and keeps a record of what was said: of every call that went wrong, and of the first that went well.</summary>
/// <remarks>
/// A call that is kept costs one write; one that is not, a comparison. Kept are all failures, partial and retried calls, and the successes of the first
/// <see cref="DeliveryOptions.RecordedBatches"/> batches of a run. The checks and previews of people are theirs alone.
/// </remarks>
public sealed partial class RecordingClient(
    IConnectorClient client, IDeliveryRecords records, PersonHashes hashes, DeliveryOptions options, TimeProvider time, ILogger<RecordingClient> logger) : IConnectorClient
{
    public async Task<DeliveryReport> DeliverAsync(ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken)
    {
        var (at, from) = (time.GetUtcNow(), time.GetTimestamp());
        var report = await client.DeliverAsync(connector, settings, batch, cancellationToken);
        if (batch.Number < options.RecordedBatches || batch.Attempt > 1 || !IsFine(report.Outcome))
        {
            await KeepAsync(About(batch, DeliveryRecord.Of(DeliveryCall.Batch, connector, settings, batch, report, at, time.GetElapsedTime(from))), cancellationToken);
        }

        return report;
    }

    public async Task<DeliveryReport> PollAsync(
        ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, string jobId, CancellationToken cancellationToken)
    {
        var (at, from) = (time.GetUtcNow(), time.GetTimestamp());
        var report = await client.PollAsync(connector, settings, batch, jobId, cancellationToken);

        // A job under way may be asked after a hundred times: only what it comes to is kept.
        if (report.Outcome is not DeliveryOutcome.Pending && (batch.Number < options.RecordedBatches || !IsFine(report.Outcome)))
        {
            await KeepAsync(About(batch, DeliveryRecord.Of(DeliveryCall.Poll, connector, settings, batch, report, at, time.GetElapsedTime(from))), cancellationToken);
        }

        return report;
    }

    public async Task<DeliveryReport?> CompleteAsync(
        ConnectorDefinition connector, ConnectorSettings settings, DeliveryCompletion completion, CancellationToken cancellationToken)
    {
        var (at, from) = (time.GetUtcNow(), time.GetTimestamp());
        var report = await client.CompleteAsync(connector, settings, completion, cancellationToken);
        if (report is { Exchanges.Length: > 0 })
        {
            var about = Nobody(completion.Audience, completion.RunId, completion.AsOf) with { FieldNames = completion.FieldNames };
            var record = DeliveryRecord.Of(DeliveryCall.Completion, connector, settings, about, report, at, time.GetElapsedTime(from));
            await KeepAsync(record with { Batch = null, MessageId = null }, cancellationToken);
        }

        return report;
    }

    public async Task<AudienceReport> ResolveAudienceAsync(
        ConnectorDefinition connector, ConnectorSettings settings, AudienceRef audience, bool mayCreate, CancellationToken cancellationToken)
    {
        var (at, from) = (time.GetUtcNow(), time.GetTimestamp());
        var report = await client.ResolveAudienceAsync(connector, settings, audience, mayCreate, cancellationToken);
        if (!report.Exchanges.IsEmpty)
        {
            var about = Nobody(audience, runId: "", at);
            var record = DeliveryRecord.Of(
                DeliveryCall.Audience, connector, settings, about, new(report.Failure ?? new DeliveryOutcome.Settled([]), report.Exchanges), at, time.GetElapsedTime(from));
            await KeepAsync(record with { Batch = null, MessageId = null }, cancellationToken);
        }

        return report;
    }

    public Task<ImmutableArray<Exchange>> PreviewAsync(
        ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken) =>
        client.PreviewAsync(connector, settings, batch, cancellationToken);

    public Task<ImmutableArray<CheckStep>> CheckAsync(ConnectorDefinition connector, ConnectorSettings settings, CancellationToken cancellationToken) =>
        client.CheckAsync(connector, settings, cancellationToken);

    /// <summary>What a call is about that is about nobody.</summary>
    private static DeliveryBatch Nobody(AudienceRef audience, string runId, DateTimeOffset asOf) => new()
    {
        Audience = audience,
        Form = DeliveryForm.Membership,
        RunId = runId,
        MessageId = "",
        Number = 0,
        AsOf = asOf,
        Rows = [],
    };

    private static bool IsFine(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Settled settled => settled.Rows.All(row => row.Fate is RowFate.Accepted),
        DeliveryOutcome.Stored or DeliveryOutcome.Pending => true,
        _ => false,
    };

    /// <summary>Rows of a run stand in its plan; whom a test was about is not told anywhere else.</summary>
    private DeliveryRecord About(DeliveryBatch batch, DeliveryRecord record) =>
        batch.Rows is [var row, ..] && batch.RunId.StartsWith(DeliveryRecord.TestPrefix, StringComparison.Ordinal) ? record with { Person = hashes.Of(row.ProfileId) } : record;

    private async Task KeepAsync(DeliveryRecord record, CancellationToken cancellationToken)
    {
        if (!await records.TryWriteAsync(record, cancellationToken))
        {
            LogNotKept(record.RunId, record.Batch);
        }
    }

    [LoggerMessage(5020, LogLevel.Warning, "{RunId} batch {Batch}: the record of a call could not be kept")]
    private partial void LogNotKept(string runId, int? batch);
}
