using System.Globalization;
using AudienceSync.Runs;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>What became of each batch: a partition a run, a row a batch.</summary>
internal sealed class BatchOutcomeTable(TableClient table) : DocumentTable<BatchRecord>(table, RunsJson.Default.BatchRecord), IBatchOutcomeStore
{
    protected override BatchRecord WithETag(BatchRecord value, string etag) => value with { ETag = etag };

    public Task<BatchRecord?> WriteAsync(string runId, BatchRecord record, CancellationToken cancellationToken)
    {
        var row = RowKey(record.Phase, record.Shard, record.Page);
        return record.ETag is "" ? InsertAsync(runId, row, record, cancellationToken) : ReplaceAsync(runId, row, record, record.ETag, cancellationToken);
    }

    public Task<BatchRecord?> FindAsync(string runId, RunPhase phase, int shard, int page, CancellationToken cancellationToken) =>
        ReadAsync(runId, RowKey(phase, shard, page), cancellationToken);

    public IAsyncEnumerable<BatchRecord> ReadAsync(string runId, RunPhase? phase, int? shard, CancellationToken cancellationToken)
    {
        var prefix = (phase, shard) switch
        {
            ({ } p, { } s) => string.Create(CultureInfo.InvariantCulture, $"b-{(int)p}-{s:D5}-"),
            ({ } p, null) => $"b-{(int)p}-",
            _ => "b-",
        };
        return ListAsync(runId, prefix, after: null, cancellationToken).Select(found => found.Value);
    }

    public Task DeleteAsync(string runId, CancellationToken cancellationToken) => TableRows.DeletePartitionAsync(Table, runId, cancellationToken);

    private static string RowKey(RunPhase phase, int shard, int page) =>
        string.Create(CultureInfo.InvariantCulture, $"b-{(int)phase}-{shard:D5}-{page:D7}");
}
