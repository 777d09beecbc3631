using System.Collections.Immutable;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Snapshots;

/// <summary>What a snapshot selects and keeps.</summary>
/// <param name="Columns">Of the generation: what the mapping reads, values chosen from those of an identifier among it.</param>
/// <param name="ConsentPurpose">Members must have granted it; null asks for none. Unknown consent is no.</param>
/// <param name="SelectIdentifiable">Of the given rows of a page those from which the platform's required identifiers can be rendered.</param>
/// <param name="MaxRows">Most rows of a generation page.</param>
public sealed record SnapshotRequest(
    CompiledRule Rule, ImmutableArray<string> Columns, string? ConsentPurpose, Func<PageReader, RowSet, RowSet> SelectIdentifiable, int MaxRows = 10_000)
{
    /// <summary>As <see cref="SelectIdentifiable"/>, of a row of the generation: asked of profiles that hold several values of an identifier.</summary>
    public Func<Row, bool> IsIdentifiable { get; init; } = static _ => true;

    /// <summary>Is shown the members of each page, before any gate; null shows them to nobody.</summary>
    public Action<PageReader, RowSet>? OnMembers { get; init; }

    /// <summary>Of the given rows of a page those on the suppression list; null suppresses nobody.</summary>
    public Func<PageReader, RowSet, RowSet>? Suppressed { get; init; }

    /// <summary>Of the given rows of a page those who are held out; null holds nobody out.</summary>
    public Func<PageReader, RowSet, RowSet>? Holdout { get; init; }

    /// <summary>Of the given rows of a page those whom the destination's filters leave out; null leaves out nobody.</summary>
    public Func<PageReader, RowSet, RowSet>? Filtered { get; init; }

    /// <summary>For rows of a page, what their rows of the generation are marked with (<see cref="ProfileColumns.Hidden"/>); null marks none.</summary>
    public Func<PageReader, Func<int, long>>? Hidden { get; init; }

    /// <summary>Of the given rows of a page of profiles those of which a row can be sent: the required identifiers can be rendered.</summary>
    internal RowSet SelectDeliverable(PageReader page, RowSet among, IdentifierSelection selection, MemberHasher hasher)
    {
        var several = selection.SelectSeveral(page, among);
        var single = SelectIdentifiable(page, among.Except(several));
        return several.IsEmpty ? single : single.Or(several.Where(row => selection.RowsOf(page.ReadRow(row), hasher).Any(IsIdentifiable)));
    }
}

/// <param name="Chain">The generation's pages of this shard; null when nobody passes.</param>
/// <param name="Pages">Number of its pages.</param>
public sealed record SnapshotResult(string? Chain, int Pages, Funnel Funnel);

/// <summary>Evaluates rule and gates over one shard of profiles and writes the members who pass as generation pages.</summary>
/// <remarks>The gates run in a fixed order, and each member that falls is counted under one reason: rule, consent, suppression, holdout, required identifiers; behind them stand
/// the destination's filters.
/// One page of profiles and one of members are in memory at a time.</remarks>
public sealed class SnapshotWriter(IPageStore pages, MemberHasher hasher, TimeProvider time)
{
    /// <summary>Writes a new chain: a repeated call writes another, and the run's record says which one counts.</summary>
    public async Task<SnapshotResult> WriteAsync(string? profiles, SnapshotRequest request, CancellationToken cancellationToken)
    {
        if (profiles is null)
        {
            return new(null, 0, default);
        }

        var funnel = default(Funnel);
        var writer = new ChainWriter(pages, NewId.Create("pg", time), request.MaxRows);
        var generation = new MemberWriter(writer, hasher, request);
        await foreach (var page in pages.ReadAsync(profiles, KeyRange.All, PageParts.Whole, cancellationToken))
        {
            var gates = MemberGates.Of(page, request);
            request.OnMembers?.Invoke(page, gates.Members);
            var written = await generation.WriteAsync(page, gates.Passed, cancellationToken);
            var filtered = gates.LeftOut.IsEmpty ? 0 : generation.SelectDeliverable(page, gates.LeftOut).Count;
            funnel += gates.ToFunnel(written.Members + filtered) with { Expansion = written.Rows - written.Members, Filtered = filtered };
        }

        var chain = await writer.CompleteAsync(cancellationToken);
        return new(chain, writer.PageCount, funnel);
    }
}
