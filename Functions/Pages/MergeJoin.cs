using System.Runtime.CompilerServices;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Full outer merge join of two sorted streams of pages.</summary>
public static class MergeJoin
{
    /// <summary>Name of the column that holds the profile id, in every page: rows with equal keys are told apart by it.</summary>
    public const string IdColumn = "id";

    /// <summary>Pairs rows by (key, id): a row of one side alone comes with null on the other. Ids are decoded only where keys are equal and hashes differ, or keys repeat.</summary>
    /// <remarks>Pairs come in order of (key, id). Held at once: a page of each side, and the rows of one key. No id may repeat within a side.</remarks>
    /// <exception cref="DamagedPageException">A side is not in order of (key, id), or a row whose id is needed has none.</exception>
    /// <exception cref="InvalidOperationException">An id is needed, but the page was opened with keys and row hashes alone.</exception>
    public static async IAsyncEnumerable<(RowRef? Left, RowRef? Right)> FullOuterAsync(
        IAsyncEnumerable<PageReader> left, IAsyncEnumerable<PageReader> right, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var a = new MergeSide(left, cancellationToken);
        await using var b = new MergeSide(right, cancellationToken);
        await a.StartAsync();
        await b.StartAsync();
        while (a.HasRow || b.HasRow)
        {
            if (!b.HasRow || (a.HasRow && a.Key < b.Key))
            {
                yield return (a.Row, null);
                await a.MoveAsync();
            }
            else if (!a.HasRow || b.Key < a.Key)
            {
                yield return (null, b.Row);
                await b.MoveAsync();
            }
            else if (a.RowHash == b.RowHash && a.IsSurelySingle && b.IsSurelySingle)
            {
                yield return (a.Row, b.Row);
                await a.MoveAsync();
                await b.MoveAsync();
            }
            else
            {
                var (lefts, rights) = (await a.TakeKeyAsync(), await b.TakeKeyAsync());
                if (lefts.Count == 1 && rights.Count == 1 && lefts[0].RowHash == rights[0].RowHash)
                {
                    yield return (lefts[0], rights[0]);
                    continue;
                }

                foreach (var pair in PairById(lefts, rights))
                {
                    yield return pair;
                }
            }
        }
    }

    private static IEnumerable<(RowRef? Left, RowRef? Right)> PairById(List<RowRef> lefts, List<RowRef> rights)
    {
        var (leftIds, rightIds) = (IdsOf(lefts), IdsOf(rights));
        var (left, right) = (0, 0);
        while (left < lefts.Count || right < rights.Count)
        {
            var order = left == lefts.Count ? 1 : right == rights.Count ? -1 : string.CompareOrdinal(leftIds[left], rightIds[right]);
            yield return (order <= 0 ? lefts[left] : null, order >= 0 ? rights[right] : null);
            left += order <= 0 ? 1 : 0;
            right += order >= 0 ? 1 : 0;
        }
    }

    private static string[] IdsOf(List<RowRef> rows)
    {
        var ids = new string[rows.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            var (page, index) = rows[i];
            ids[i] = rows[i][IdColumn] is { Type: CellType.Text } id
                ? id.AsText()
                : throw DamagedPageException.Of(page.Name, $"cannot be joined: its row {index} has no id");
            if (i > 0 && string.CompareOrdinal(ids[i - 1], ids[i]) >= 0)
            {
                throw DamagedPageException.Of(page.Name, $"is out of order: the id of its row {index} does not follow the one before, of the same key");
            }
        }

        return ids;
    }
}
