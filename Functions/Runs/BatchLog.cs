using AudienceSync.Connectors.Kit;

namespace AudienceSync.Runs;

/// <summary>Keeps the record of one batch while a worker sends it, under the record's ETag: a worker that another one has overtaken can write no more.</summary>
internal sealed class BatchLog
{
    private readonly IBatchOutcomeStore _outcomes;
    private readonly string _runId;
    private BatchRecord _record;

    private BatchLog(IBatchOutcomeStore outcomes, string runId, BatchRecord record) => (_outcomes, _runId, _record) = (outcomes, runId, record);

    public string? Receipt => _record.Receipt;

    /// <summary>The log of a batch of which there is no record; should there be one after all, nothing can be written.</summary>
    public static BatchLog Begin(IBatchOutcomeStore outcomes, string runId, RunPhase phase, int shard, int page) =>
        new(outcomes, runId, new(phase, shard, page, [], null, 0));

    public static async Task<BatchLog> OpenAsync(
        IBatchOutcomeStore outcomes, string runId, RunPhase phase, int shard, int page, CancellationToken cancellationToken) =>
        await outcomes.FindAsync(runId, phase, shard, page, cancellationToken) is { } record ? new(outcomes, runId, record) : Begin(outcomes, runId, phase, shard, page);

    /// <summary>Outcomes by row, null where a row is open.</summary>
    public RowOutcome?[] Expand(int rows) => _record.Expand(rows);

    /// <summary>Notes that the open rows may have arrived already.</summary>
    public void Doubt(RowOutcome?[] rows) => _record = _record with
    {
        Doubted = BatchRecord.Ranges(Enumerable.Range(0, rows.Length).Where(row => rows[row] is null || _record.IsDoubted(row))),
    };

    /// <exception cref="InvalidOperationException">Another worker has the batch: this one must stop.</exception>
    public async Task SaveAsync(int tries, RowOutcome?[] rows, string? receipt, CancellationToken cancellationToken) =>
        _record = await _outcomes.WriteAsync(_runId, _record.With(rows) with { Receipt = receipt, Attempts = tries }, cancellationToken)
            ?? throw new InvalidOperationException($"Batch {_record.Phase}/{_record.Shard}/{_record.Page} of {_runId} was written by another worker.");
}
