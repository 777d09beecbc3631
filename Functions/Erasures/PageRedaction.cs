using AudienceSync.Pages;
using AudienceSync.Runs;
using AudienceSync.Values;

namespace AudienceSync.Erasures;

/// <summary>Empties rows of pages that others may still read by their places: the row stays, under its key, without an id and without a field.</summary>
/// <remarks>A row without an id is that of somebody erased. Only what was done is left of a row of a plan, so that its run still adds up.</remarks>
public sealed class PageRedaction(IPageEditor editor)
{
    /// <returns>False when the chain is gone.</returns>
    public Task<bool> ApplyAsync(string chain, PageReader page, IReadOnlyCollection<int> rows, CancellationToken cancellationToken) =>
        editor.TryReplaceAsync(chain, Empty(page, rows), cancellationToken);

    internal static PackedPage Empty(PageReader page, IReadOnlyCollection<int> rows) =>
        PageBuilder.Replace(page, rows.ToDictionary(row => row, row => Rest(page, row)))
        ?? PageBuilder.Replace(page, rows.ToDictionary(row => row, row => Neighbour(page, row, rows)))
        ?? throw new InvalidOperationException($"Page {page.Name} has no room for rows emptied of somebody.");

    private static Row Rest(PageReader page, int index)
    {
        var row = page.ReadRow(index);
        return new([.. LedgerColumns.OfNobody.Where(row.Has).Select(name => KeyValuePair.Create(name, row[name]))]);
    }

    /// <summary>
    /// A page can be so full that the gaps cost more than what was in them. Then the row repeats the one beside it, without its id: it says nothing of anybody, and
    /// packs as well as a row can.
    /// </summary>
    private static Row Neighbour(PageReader page, int index, IReadOnlyCollection<int> rows)
    {
        var beside = Enumerable.Range(0, page.Count).Where(row => !rows.Contains(row)).MinBy(row => Math.Abs(row - index));
        var row = page.ReadRow(beside);
        row[MergeJoin.IdColumn] = default;
        foreach (var name in LedgerColumns.OfNobody)
        {
            row[name] = Rest(page, index)[name];
        }

        return row;
    }
}
