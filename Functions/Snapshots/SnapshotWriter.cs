using System.Collections.Immutable;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Snapshots;

/// <summary>What a snapshot selects and keeps.</summary>
/// <param name="Columns">Source columns that the mapping reads; only these are copied into the generation.</param>
/// <param name="ConsentPurpose">Members must have granted it; null asks for none. Unknown consent is no.</param>
/// <param name="HasIdentifiers">Whether the platform's required identifiers can be rendered from a row of the page.</param>
/// <param name="MaxRows">Most rows of a generation page.</param>
public sealed record SnapshotRequest(
    CompiledRule Rule, ImmutableArray<string> Columns, string? ConsentPurpose, Func<PageReader, Func<int, bool>> HasIdentifiers, int MaxRows = 10_000);

/// <param name="Chain">The generation's pages of this shard; null when nobody is deliverable.</param>
/// <param name="Pages">Number of its pages.</param>
public sealed record SnapshotResult(string? Chain, int Pages, Funnel Funnel);

/// <summary>Evaluates rule and gates over one shard of profiles and writes the deliverable members as generation pages.</summary>
/// <remarks>The gates run in a fixed order, and each member that falls is counted under one reason: rule, consent, required identifiers.
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
        await foreach (var page in pages.ReadAsync(profiles, KeyRange.All, PageParts.Whole, cancellationToken))
        {
            var matches = request.Rule.Bind(page);
            var identifiable = request.HasIdentifiers(page);
            var consent = request.ConsentPurpose is { } purpose ? page.Find(ProfileColumns.Consent(purpose)) : null;
            var columns = request.Columns.Append(MergeJoin.IdColumn).Distinct(StringComparer.Ordinal)
                .Select(name => (Name: name, Reader: page.Find(name))).Where(column => column.Reader is not null).ToArray();

            for (var index = 0; index < page.Count; index++)
            {
                if (!matches(index))
                {
                    continue;
                }

                var consented = request.ConsentPurpose is null || (consent?[index] is { Type: CellType.Boolean } state && state.AsBoolean());
                var identified = consented && identifiable(index);
                funnel += new Funnel(1, consented ? 0 : 1, 0, 0, consented && !identified ? 1 : 0);
                if (!identified)
                {
                    continue;
                }

                var row = new Row();
                foreach (var (name, reader) in columns)
                {
                    row[name] = reader![index];
                }

                await writer.AppendAsync(page.Keys[index], hasher.Row(row), row, cancellationToken);
            }
        }

        var chain = await writer.CompleteAsync(cancellationToken);
        return new(chain, writer.PageCount, funnel);
    }
}
