using System.Globalization;
using System.Runtime.CompilerServices;
using AudienceSync.Runs;
using AudienceSync.Values;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Summaries of runs: a partition a day, a row a run; and, of those that know their members, again in a partition of the destination and one of the segment, newest first.</summary>
internal sealed class RunSummaryTable(TableClient table) : DocumentTable<RunSummary>(table, RunsJson.Default.RunSummary), IRunSummaries
{
    private const string DayPrefix = "summaries-";
    private const string HistoryPrefix = "history-";
    private const string RowPrefix = "run_";

    protected override RunSummary WithETag(RunSummary value, string etag) => value;

    public async Task WriteAsync(RunSummary summary, CancellationToken cancellationToken)
    {
        await UpsertAsync(DayOf(summary.FinishedAt), summary.RunId, summary, cancellationToken);
        if (summary.Entered is null)
        {
            return;
        }

        foreach (var ownerId in (string?[])[summary.DestinationId, summary.SegmentId])
        {
            if (ownerId is not null)
            {
                await UpsertAsync(HistoryPrefix + ownerId, $"{NewestFirst(summary.FinishedAt)}-{summary.RunId}", summary, cancellationToken);
            }
        }
    }

    public async IAsyncEnumerable<RunSummary> ReadAsync(DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var day = from.UtcDateTime.Date; day < to.UtcDateTime; day = day.AddDays(1))
        {
            await foreach (var (_, summary) in ListAsync(DayOf(new(day, TimeSpan.Zero)), RowPrefix, after: null, cancellationToken))
            {
                if (summary.FinishedAt >= from && summary.FinishedAt < to)
                {
                    yield return summary;
                }
            }
        }
    }

    public async Task<ListPage<RunSummary>> ListAsync(string ownerId, DateTimeOffset? from, DateTimeOffset? to, PageRequest page, CancellationToken cancellationToken)
    {
        // Behind the rows of the moment that is excluded itself, up to those of the first: '.' sorts behind '-'.
        var after = page.After ?? (to is { } end ? $"{NewestFirst(end)}." : "");
        var last = from is { } begin ? $"{NewestFirst(begin)}." : ":";
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {HistoryPrefix + ownerId} and RowKey gt {after} and RowKey lt {last}");
        List<(string Row, RunSummary Summary)> read = [];
        await foreach (var entity in Table.QueryAsync<TableEntity>(filter, maxPerPage: Math.Min(1_000, page.Limit + 1), cancellationToken: cancellationToken))
        {
            read.Add((entity.RowKey, FromEntity(entity)));
            if (read.Count > page.Limit)
            {
                break;
            }
        }

        return ListPage.Cut(read, page, found => found.Row).Select(found => found.Summary);
    }

    public async Task TrimAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var days = new HashSet<string>(StringComparer.Ordinal);
        var dayFilter = TableClient.CreateQueryFilter($"PartitionKey ge {DayPrefix} and PartitionKey lt {DayOf(before)}");
        await foreach (var entity in Table.QueryAsync<TableEntity>(dayFilter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellationToken))
        {
            days.Add(entity.PartitionKey);
        }

        foreach (var day in days)
        {
            await TableRows.DeletePartitionAsync(Table, day, cancellationToken);
        }

        var old = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var midnight = new DateTimeOffset(before.UtcDateTime.Date, TimeSpan.Zero);
        var historyFilter = TableClient.CreateQueryFilter(
            $"PartitionKey ge {HistoryPrefix} and PartitionKey lt {TableKeys.PrefixEnd(HistoryPrefix)} and RowKey gt {$"{NewestFirst(midnight)}."}");
        await foreach (var entity in Table.QueryAsync<TableEntity>(historyFilter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellationToken))
        {
            (old.TryGetValue(entity.PartitionKey, out var rows) ? rows : old[entity.PartitionKey] = []).Add(entity.RowKey);
        }

        foreach (var (partition, rows) in old)
        {
            foreach (var chunk in rows.Chunk(TableRows.MaxActions))
            {
                await TableRows.DeleteAsync(Table, partition, chunk, cancellationToken);
            }
        }
    }

    private static string DayOf(DateTimeOffset at) => $"{DayPrefix}{at.UtcDateTime:yyyy-MM-dd}";

    private static string NewestFirst(DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"{DateTime.MaxValue.Ticks - at.UtcTicks:D19}");
}
