using System.Globalization;
using System.Runtime.CompilerServices;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Lists the rows of a run with what became of each, read from the plan's pages and the outcomes of its batches.</summary>
public sealed class RunRows(IRunStore runs, IBatchOutcomeStore outcomes, IPageStore pages)
{
    /// <param name="page">The cursor is the place of the last row: phase, shard, page, row.</param>
    public async Task<Result<ListPage<RunRowView>>> ListAsync(string runId, RunRowFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(runId, cancellationToken) is not { } run)
        {
            return Refusal.NotFound("run", runId);
        }

        List<RunRowView> found = [];
        Place? last = null;
        await foreach (var (place, view) in ReadAsync(run, Place.Parse(page.After), cancellationToken))
        {
            if (!filter.Takes(view))
            {
                continue;
            }

            if (found.Count == page.Limit)
            {
                return new ListPage<RunRowView>(found, last!.ToString());
            }

            found.Add(view);
            last = place;
        }

        return new ListPage<RunRowView>(found, null);
    }

    /// <summary>All rows that the filter takes, one after the other.</summary>
    public async Task<Result<IAsyncEnumerable<RunRowView>>> StreamAsync(string runId, RunRowFilter filter, CancellationToken cancellationToken) =>
        await runs.FindAsync(runId, cancellationToken) is { } run
            ? new Result<IAsyncEnumerable<RunRowView>>.Ok(ReadAsync(run, after: null, cancellationToken).Select(row => row.View).Where(filter.Takes))
            : Refusal.NotFound("run", runId);

    private async IAsyncEnumerable<(Place Place, RunRowView View)> ReadAsync(Run run, Place? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var runId = run.Id;
        for (var phase = RunPhase.Upserts; phase <= RunPhase.Readds; phase++)
        {
            await foreach (var shard in runs.ReadShardsAsync(runId, RunStage.Plan, cancellationToken))
            {
                if (shard.Plan!.Of(phase) is not { } chain || new Place(phase, shard.Shard, chain.Pages, 0).CompareTo(after) <= 0)
                {
                    continue;
                }

                await foreach (var source in pages.ReadAsync(chain.Id, KeyRange.All, PageParts.Whole, cancellationToken))
                {
                    var record = await RecordAsync(run, outcomes, phase, shard.Shard, source, cancellationToken);
                    var fates = record?.Expand(source.Count);
                    for (var row = 0; row < source.Count; row++)
                    {
                        var place = new Place(phase, shard.Shard, source.Number, row);
                        if (place.CompareTo(after) <= 0)
                        {
                            continue;
                        }

                        yield return (place, View(run, BatchRows.Read(new(source, row)), fates?[row], record?.Attempts ?? 0));
                    }
                }
            }
        }
    }

    /// <summary>One row of a plan's page.</summary>
    internal static async Task<RunRowView> ViewAsync(
        Run run, IBatchOutcomeStore outcomes, RunPhase phase, int shard, PageReader source, int row, CancellationToken cancellationToken)
    {
        var record = await RecordAsync(run, outcomes, phase, shard, source, cancellationToken);
        return View(run, BatchRows.Read(new(source, row)), record?.Expand(source.Count)[row], record?.Attempts ?? 0);
    }

    /// <summary>The batches of full files are pages of the generation, not of the plan: the set answers for every row at once.</summary>
    private static Task<BatchRecord?> RecordAsync(Run run, IBatchOutcomeStore outcomes, RunPhase phase, int shard, PageReader source, CancellationToken cancellationToken) =>
        run.Spec!.FullFiles ? Task.FromResult<BatchRecord?>(null) : outcomes.FindAsync(run.Id, phase, shard, source.Number, cancellationToken);

    private static RunRowView View(Run run, BatchRow row, RowOutcome? outcome, int attempts)
    {
        var isPublished = !run.Spec!.FullFiles || run.Published;
        var fate = run.Spec.FullFiles && run.Published ? RowFate.Accepted : outcome?.Fate;
        var name = fate switch
        {
            RowFate.Accepted when isPublished && !run.Unpublished => "delivered",
            RowFate.Rejected => "rejected",
            _ => run.Status.IsActive() ? "pending" : "carriedOver",
        };
        return new(RowIds.ProfileOf(row.Id), RunNames.Of(row.Operation!.Value), name, outcome?.Code, outcome?.Detail, attempts);
    }

    private sealed record Place(RunPhase Phase, int Shard, int Page, int Row) : IComparable<Place>
    {
        public static Place? Parse(string? text)
        {
            if (text?.Split('.') is not { Length: 4 } parts)
            {
                return null;
            }

            var numbers = Array.ConvertAll(parts, part => int.Parse(part, CultureInfo.InvariantCulture));
            return new((RunPhase)numbers[0], numbers[1], numbers[2], numbers[3]);
        }

        public int CompareTo(Place? other) => other is null
            ? 1
            : (Phase, Shard, Page, Row).CompareTo((other.Phase, other.Shard, other.Page, other.Row));

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(int)Phase}.{Shard}.{Page}.{Row}");
    }
}

/// <param name="Outcome"><c>delivered</c>, <c>rejected</c>, <c>carriedOver</c>; <c>pending</c> while the run is under way.</param>
/// <param name="Attempts">Tries the row's batch took; 0 when it was never sent.</param>
public sealed record RunRowView(string ProfileId, string Operation, string Outcome, string? Code, string? Detail, int Attempts);

/// <summary>Null parts take everything.</summary>
public sealed record RunRowFilter(IReadOnlyCollection<string> Outcomes, string? Operation, string? ProfileId, string? Code)
{
    public bool Takes(RunRowView row) =>
        (Outcomes.Count == 0 || Outcomes.Contains(row.Outcome))
        && (Operation is null || row.Operation == Operation)
        && (ProfileId is null || row.ProfileId == ProfileId)
        && (Code is null || row.Code == Code);
}
