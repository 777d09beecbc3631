using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Snapshots;

/// <summary>Writes members as rows of a generation: those of whom the platform's required identifiers can be rendered, each as one row or as several.</summary>
internal sealed class MemberWriter(ChainWriter writer, MemberHasher hasher, SnapshotRequest request)
{
    private readonly IdentifierSelection _selection = new(request.Columns);

    /// <summary>Writes rows of a page of profiles in their order.</summary>
    /// <param name="members">Who passed all other gates.</param>
    /// <returns>Members written, and the rows that they gave.</returns>
    public async ValueTask<(int Members, int Rows)> WriteAsync(PageReader page, RowSet members, CancellationToken cancellationToken)
    {
        var several = _selection.SelectSeveral(page, members);
        var single = request.SelectIdentifiable(page, several.IsEmpty ? members : members.Except(several));
        if (several.IsEmpty && single.IsEmpty)
        {
            return (0, 0);
        }

        var marks = request.Hidden?.Invoke(page);
        var (columns, singles) = (ColumnsOf(page, marks), single.ToArray());
        var copied = new Copy(columns, singles, hasher.Rows(columns, singles), page);
        var (written, rows) = (single.Count, single.Count);
        foreach (var row in several.ToArray())
        {
            await copied.WriteUpToAsync(row, writer, cancellationToken);
            var given = _selection.RowsOf(Marked(page.ReadRow(row), marks?.Invoke(row) ?? 0), hasher).Where(request.IsIdentifiable)
                .OrderBy(cells => cells[MergeJoin.IdColumn].AsText(), StringComparer.Ordinal).ToList();
            foreach (var cells in given)
            {
                await writer.AppendAsync(page.Keys[row], hasher.Row(cells), cells, cancellationToken);
            }

            written += given.Count > 0 ? 1 : 0;
            rows += given.Count;
        }

        await copied.WriteUpToAsync(page.Count, writer, cancellationToken);
        return (written, rows);
    }

    /// <summary>Of the given rows of a page of profiles those of which a row can be written.</summary>
    public RowSet SelectDeliverable(PageReader page, RowSet among) => request.SelectDeliverable(page, among, _selection, hasher);

    /// <summary>The columns of a page as the generation has them, and the marks where there are any.</summary>
    private CopiedColumn[] ColumnsOf(PageReader page, Func<int, long>? marks)
    {
        var columns = _selection.ToCopy(page);
        if (marks is null)
        {
            return columns;
        }

        var builder = new PageBuilder(page.Count);
        for (var row = 0; row < page.Count; row++)
        {
            builder.TryAppend((ulong)row, rowHash: 0, Marked([], marks(row)));
        }

        return [.. columns, .. PageReader.Open(builder.Seal(0)[0], "of marks").ToCopy([ProfileColumns.Hidden])];
    }

    private static Row Marked(Row row, long marks)
    {
        row[ProfileColumns.Hidden] = marks == 0 ? default : Cell.Of(marks);
        return row;
    }

    /// <summary>Rows that are copied as they are, between those that are not.</summary>
    private sealed class Copy(CopiedColumn[] columns, int[] rows, ulong[] hashes, PageReader page)
    {
        private int _next;

        /// <param name="end">Excluded.</param>
        public async ValueTask WriteUpToAsync(int end, ChainWriter writer, CancellationToken cancellationToken)
        {
            var from = _next;
            while (_next < rows.Length && rows[_next] < end)
            {
                _next++;
            }

            if (_next > from)
            {
                await writer.CopyAsync(columns, rows.AsMemory(from.._next), page, hashes.AsMemory(from.._next), cancellationToken);
            }
        }
    }
}
