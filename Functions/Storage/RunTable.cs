using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using AudienceSync.Runs;
using AudienceSync.Values;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Runs: a partition each, so that a shard's result and the countdown of its stage are one transaction; and lists of them, newest first.</summary>
internal sealed class RunTable(TableClient table) : DocumentTable<Run>(table, RunsJson.Default.Run), IRunStore
{
    private const string RunRow = "run";
    private const string InputRow = "input";
    private const string ListPrefix = "list-";
    private const string AllRuns = "list-all";

    protected override Run WithETag(Run value, string etag) => value with { ETag = etag };

    public async Task<Run> CreateAsync(Run run, CancellationToken cancellationToken)
    {
        foreach (var list in (string[])[AllRuns, ListPrefix + run.DestinationId])
        {
            await Table.UpsertEntityAsync(new TableEntity(list, NewestFirst(run)) { ["Run"] = run.Id }, TableUpdateMode.Replace, cancellationToken);
        }

        return await InsertAsync(run.Id, RunRow, run, cancellationToken) ?? (await FindAsync(run.Id, cancellationToken))!;
    }

    public Task<Run?> FindAsync(string runId, CancellationToken cancellationToken) => ReadAsync(runId, RunRow, cancellationToken);

    public Task<Run?> ReplaceAsync(Run run, CancellationToken cancellationToken) => ReplaceAsync(run.Id, RunRow, run, run.ETag, cancellationToken);

    public async Task<ListPage<Run>> ListAsync(string? destinationId, PageRequest page, Func<Run, bool>? filter, CancellationToken cancellationToken)
    {
        var list = destinationId is null ? AllRuns : ListPrefix + destinationId;
        var query = TableClient.CreateQueryFilter($"PartitionKey eq {list} and RowKey gt {page.After ?? ""}");
        List<Run> found = [];
        string? last = null;
        await foreach (var entry in Table.QueryAsync<TableEntity>(query, cancellationToken: cancellationToken))
        {
            if (await FindAsync(entry.GetString("Run"), cancellationToken) is not { } run || filter?.Invoke(run) is false)
            {
                continue;
            }

            if (found.Count == page.Limit)
            {
                return new(found, last);
            }

            found.Add(run);
            last = entry.RowKey;
        }

        return new(found, null);
    }

    public async Task<RunInput> WriteInputAsync(string runId, RunInput input, CancellationToken cancellationToken)
    {
        try
        {
            await Table.AddEntityAsync(DocumentEntity.Write(runId, InputRow, input, RunsJson.Default.RunInput), cancellationToken);
            return input;
        }
        catch (RequestFailedException e) when (e.Status is 409)
        {
            return (await ReadInputAsync(runId, cancellationToken))!;
        }
    }

    public Task<RunInput?> ReadInputAsync(string runId, CancellationToken cancellationToken) =>
        FindAsync(runId, InputRow, RunsJson.Default.RunInput, cancellationToken);

    public async Task OpenStageAsync(string runId, RunStage stage, int shards, CancellationToken cancellationToken)
    {
        try
        {
            await Table.AddEntityAsync(new TableEntity(runId, StageRow(stage)) { ["Total"] = shards, ["Remaining"] = shards }, cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status is 409)
        {
            // Begun before.
        }
    }

    public async Task<StageProgress?> ReadStageAsync(string runId, RunStage stage, CancellationToken cancellationToken) =>
        await Table.GetEntityIfExistsAsync<TableEntity>(runId, StageRow(stage), cancellationToken: cancellationToken) is { HasValue: true, Value: var row }
            ? new(row!.GetInt32("Total")!.Value, row.GetInt32("Remaining")!.Value)
            : null;

    public async Task<StageProgress> CompleteShardAsync(string runId, RunStage stage, ShardResult result, CancellationToken cancellationToken)
    {
        while (true)
        {
            var countdown = (await Table.GetEntityAsync<TableEntity>(runId, StageRow(stage), cancellationToken: cancellationToken)).Value;
            var remaining = countdown.GetInt32("Remaining")!.Value - 1;
            countdown["Remaining"] = remaining;
            var shard = DocumentEntity.Write(runId, ShardRow(stage, result.Shard), result, RunsJson.Default.ShardResult);
            try
            {
                await Table.SubmitTransactionAsync(
                    [
                        new(TableTransactionActionType.Add, shard),
                        new(TableTransactionActionType.UpdateReplace, countdown, countdown.ETag),
                    ],
                    cancellationToken);
                return new(countdown.GetInt32("Total")!.Value, remaining);
            }
            catch (RequestFailedException e) when (e.Status is 409)
            {
                // The shard has its result and was counted.
                return (await ReadStageAsync(runId, stage, cancellationToken))!;
            }
            catch (RequestFailedException e) when (e.Status is 412)
            {
                // Another shard was counted meanwhile: count again.
            }
        }
    }

    public async Task ReplaceShardAsync(string runId, RunStage stage, ShardResult result, CancellationToken cancellationToken) => await Table.UpsertEntityAsync(
        DocumentEntity.Write(runId, ShardRow(stage, result.Shard), result, RunsJson.Default.ShardResult), TableUpdateMode.Replace, cancellationToken);

    public Task<ShardResult?> FindShardAsync(string runId, RunStage stage, int shard, CancellationToken cancellationToken) =>
        FindAsync(runId, ShardRow(stage, shard), RunsJson.Default.ShardResult, cancellationToken);

    public IAsyncEnumerable<ShardResult> ReadShardsAsync(string runId, RunStage stage, CancellationToken cancellationToken) =>
        ListAsync(runId, $"shard-{(int)stage}-", RunsJson.Default.ShardResult, cancellationToken).Select(found => found.Value);

    public async Task OpenLanesAsync(string runId, IReadOnlyList<Lane> lanes, CancellationToken cancellationToken)
    {
        foreach (var lane in lanes)
        {
            try
            {
                await Table.AddEntityAsync(DocumentEntity.Write(runId, LaneRow(lane.Phase, lane.Number), lane, RunsJson.Default.Lane), cancellationToken);
            }
            catch (RequestFailedException e) when (e.Status is 409)
            {
                // Opened before.
            }
        }
    }

    public async Task<Lane?> FindLaneAsync(string runId, RunPhase phase, int number, CancellationToken cancellationToken) =>
        await Table.GetEntityIfExistsAsync<TableEntity>(runId, LaneRow(phase, number), cancellationToken: cancellationToken) is { HasValue: true, Value: var row }
            ? DocumentEntity.Read(row!, RunsJson.Default.Lane) with { ETag = ETags.ToHttp(row!.ETag) }
            : null;

    public async Task<Lane?> ReplaceLaneAsync(string runId, Lane lane, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await Table.UpdateEntityAsync(
                DocumentEntity.Write(runId, LaneRow(lane.Phase, lane.Number), lane, RunsJson.Default.Lane),
                ETags.FromHttp(lane.ETag), TableUpdateMode.Replace, cancellationToken);
            return lane with { ETag = ETags.ToHttp(answer.Headers.ETag!.Value) };
        }
        catch (RequestFailedException e) when (e.Status is 404 or 412)
        {
            return null;
        }
    }

    public IAsyncEnumerable<Lane> ReadLanesAsync(string runId, RunPhase phase, CancellationToken cancellationToken) =>
        ListAsync(runId, $"lane-{(int)phase}-", RunsJson.Default.Lane, cancellationToken).Select(found => found.Value with { ETag = found.ETag });

    public async Task<DateTimeOffset?> TryClaimAsync(
        string runId, string step, string owner, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var row = $"claim-{step}";
        var claim = new TableEntity(runId, row) { ["Owner"] = owner, ["Until"] = until };
        var present = await Table.GetEntityIfExistsAsync<TableEntity>(runId, row, cancellationToken: cancellationToken);
        if (present.HasValue && present.Value!.GetString("Owner") != owner && present.Value.GetDateTimeOffset("Until") > now)
        {
            return present.Value.GetDateTimeOffset("Until");
        }

        try
        {
            await (present.HasValue
                ? Table.UpdateEntityAsync(claim, present.Value!.ETag, TableUpdateMode.Replace, cancellationToken)
                : Table.AddEntityAsync(claim, cancellationToken));
            return null;
        }
        catch (RequestFailedException e) when (e.Status is 404 or 409 or 412)
        {
            // Somebody was faster: theirs for as long as ours would have been.
            return until;
        }
    }

    public async Task ReleaseClaimAsync(string runId, string step, string owner, CancellationToken cancellationToken)
    {
        var present = await Table.GetEntityIfExistsAsync<TableEntity>(runId, $"claim-{step}", cancellationToken: cancellationToken);
        if (present.HasValue && present.Value!.GetString("Owner") == owner)
        {
            try
            {
                await Table.DeleteEntityAsync(runId, present.Value.RowKey, present.Value.ETag, cancellationToken);
            }
            catch (RequestFailedException e) when (e.Status is 412)
            {
                // No longer ours.
            }
        }
    }

    public async Task<bool> IsClaimedAsync(string runId, string step, DateTimeOffset now, CancellationToken cancellationToken) =>
        await Table.GetEntityIfExistsAsync<TableEntity>(runId, $"claim-{step}", cancellationToken: cancellationToken) is { HasValue: true, Value: var claim }
        && claim!.GetDateTimeOffset("Until") > now;

    public async Task DeleteAsync(Run run, CancellationToken cancellationToken)
    {
        // The lists go last: until then a half-deleted run is found and deleted again.
        await TableRows.DeletePartitionAsync(Table, run.Id, cancellationToken);
        foreach (var list in (string[])[ListPrefix + run.DestinationId, AllRuns])
        {
            await Table.DeleteEntityAsync(list, NewestFirst(run), ETag.All, cancellationToken);
        }
    }

    private static string NewestFirst(Run run) =>
        string.Create(CultureInfo.InvariantCulture, $"{DateTime.MaxValue.Ticks - run.StartedAt.UtcTicks:D19}-{run.Id}");

    private static string StageRow(RunStage stage) => $"stage-{(int)stage}";

    private static string ShardRow(RunStage stage, int shard) => string.Create(CultureInfo.InvariantCulture, $"shard-{(int)stage}-{shard:D5}");

    private static string LaneRow(RunPhase phase, int number) => string.Create(CultureInfo.InvariantCulture, $"lane-{(int)phase}-{number:D4}");

    private async Task<T?> FindAsync<T>(string partition, string row, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class =>
        await Table.GetEntityIfExistsAsync<TableEntity>(partition, row, cancellationToken: cancellationToken) is { HasValue: true, Value: var entity }
            ? DocumentEntity.Read(entity!, type)
            : null;

    private IAsyncEnumerable<(T Value, string ETag)> ListAsync<T>(string partition, string prefix, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {prefix} and RowKey lt {TableKeys.PrefixEnd(prefix)}");
        return Table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken)
            .Select(entity => (DocumentEntity.Read(entity, type), ETags.ToHttp(entity.ETag)));
    }
}
