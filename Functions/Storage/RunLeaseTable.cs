using AudienceSync.Runs;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>One lease row a destination. It is kept when it is free: the fence must never go back.</summary>
internal sealed class RunLeaseTable(TableClient table) : DocumentTable<RunLease>(table, RunsJson.Default.RunLease), IRunLeases
{
    private const string Partition = "run";
    private const string Prefix = "dst";

    protected override RunLease WithETag(RunLease value, string etag) => value with { ETag = etag };

    public async Task<RunLease> ReadAsync(string destinationId, CancellationToken cancellationToken) =>
        await ReadAsync(Partition, destinationId, cancellationToken) ?? new RunLease(destinationId, null, 0, false, default);

    public async Task<RunLease> TryAcquireAsync(string destinationId, string runId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        while (true)
        {
            var present = await ReadAsync(destinationId, cancellationToken);
            if (present.RunId is not null)
            {
                return present;
            }

            if (await WriteAsync(present with { RunId = runId, Fence = present.Fence + 1, AcquiredAt = now }, cancellationToken) is { } taken)
            {
                return taken;
            }
        }
    }

    public async Task RequestAgainAsync(string destinationId, CancellationToken cancellationToken)
    {
        while (await ReadAsync(destinationId, cancellationToken) is { RunId: not null, Again: false } present
            && await WriteAsync(present with { Again = true }, cancellationToken) is null)
        {
        }
    }

    public async Task RequestEraseAsync(string destinationId, CancellationToken cancellationToken)
    {
        while (await ReadAsync(destinationId, cancellationToken) is { RunId: not null, Erase: false } present
            && await WriteAsync(present with { Erase = true }, cancellationToken) is null)
        {
        }
    }

    public async Task<NextRuns> ReleaseAsync(string destinationId, string runId, CancellationToken cancellationToken)
    {
        while (await ReadAsync(destinationId, cancellationToken) is { } present && present.RunId == runId)
        {
            if (await WriteAsync(present with { RunId = null, Again = false, Erase = false }, cancellationToken) is not null)
            {
                return new(present.Erase, present.Again);
            }
        }

        return default;
    }

    public IAsyncEnumerable<RunLease> ListHeldAsync(CancellationToken cancellationToken) =>
        ListAsync(Partition, Prefix, after: null, cancellationToken).Select(found => found.Value).Where(lease => lease.RunId is not null);

    private Task<RunLease?> WriteAsync(RunLease lease, CancellationToken cancellationToken) => lease.ETag is ""
        ? InsertAsync(Partition, lease.DestinationId, lease, cancellationToken)
        : ReplaceAsync(Partition, lease.DestinationId, lease, lease.ETag, cancellationToken);
}
