using System.Runtime.CompilerServices;
using AudienceSync.Runs;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Summaries of runs: a partition a day, a row a run.</summary>
internal sealed class RunSummaryTable(TableClient table) : DocumentTable<RunSummary>(table, RunsJson.Default.RunSummary), IRunSummaries
{
    private const string Prefix = "summaries-";
    private const string RowPrefix = "run_";

    protected override RunSummary WithETag(RunSummary value, string etag) => value;

    public Task WriteAsync(RunSummary summary, CancellationToken cancellationToken) =>
        UpsertAsync(PartitionOf(summary.FinishedAt), summary.RunId, summary, cancellationToken);

    public async IAsyncEnumerable<RunSummary> ReadAsync(DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var day = from.UtcDateTime.Date; day < to.UtcDateTime; day = day.AddDays(1))
        {
            await foreach (var (_, summary) in ListAsync(PartitionOf(new(day, TimeSpan.Zero)), RowPrefix, after: null, cancellationToken))
            {
                if (summary.FinishedAt >= from && summary.FinishedAt < to)
                {
                    yield return summary;
                }
            }
        }
    }

    public async Task TrimAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var query = TableClient.CreateQueryFilter($"PartitionKey ge {Prefix} and PartitionKey lt {PartitionOf(before)}");
        var days = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var entity in Table.QueryAsync<TableEntity>(query, select: ["PartitionKey", "RowKey"], cancellationToken: cancellationToken))
        {
            days.Add(entity.PartitionKey);
        }

        foreach (var day in days)
        {
            await TableRows.DeletePartitionAsync(Table, day, cancellationToken);
        }
    }

    private static string PartitionOf(DateTimeOffset at) => $"{Prefix}{at.UtcDateTime:yyyy-MM-dd}";
}
