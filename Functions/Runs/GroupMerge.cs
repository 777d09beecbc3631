using System.Runtime.CompilerServices;
using AudienceSync.Pages;

namespace AudienceSync.Runs;

/// <summary>Merges any number of sorted chains by member: a ledger shard and the chains of a plan.</summary>
internal static class GroupMerge
{
    /// <summary>For each member, in order of (key, id), its row in each source, null where it has none.</summary>
    /// <remarks>One page of each source is in memory. A member occurs at most once in a source.</remarks>
    public static async IAsyncEnumerable<RowRef?[]> ByMemberAsync(
        IReadOnlyList<IAsyncEnumerable<PageReader>> sources, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cursors = sources.Select(source => new Cursor(source, cancellationToken)).ToArray();
        try
        {
            foreach (var cursor in cursors)
            {
                await cursor.MoveNextAsync();
            }

            while (true)
            {
                Cursor? least = null;
                foreach (var cursor in cursors)
                {
                    if (!cursor.AtEnd && (least is null || Compare(cursor, least) < 0))
                    {
                        least = cursor;
                    }
                }

                if (least is null)
                {
                    yield break;
                }

                var group = new RowRef?[cursors.Length];
                List<Cursor> taken = [];
                for (var source = 0; source < cursors.Length; source++)
                {
                    var cursor = cursors[source];
                    if (!cursor.AtEnd && (cursor == least || Compare(cursor, least) == 0))
                    {
                        group[source] = cursor.Current;
                        taken.Add(cursor);
                    }
                }

                yield return group;
                foreach (var cursor in taken)
                {
                    await cursor.MoveNextAsync();
                }
            }
        }
        finally
        {
            foreach (var cursor in cursors)
            {
                await cursor.DisposeAsync();
            }
        }
    }

    private static int Compare(Cursor left, Cursor right)
    {
        var byKey = left.Current.Key.CompareTo(right.Current.Key);
        return byKey != 0 ? byKey : string.CompareOrdinal(left.Id, right.Id);
    }

    private sealed class Cursor(IAsyncEnumerable<PageReader> pages, CancellationToken cancellationToken) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<PageReader> _pages = pages.GetAsyncEnumerator(cancellationToken);
        private PageReader? _page;
        private string? _id;
        private int _index;

        public bool AtEnd { get; private set; }

        public RowRef Current => new(_page!, _index);

        /// <summary>Decoded only when keys are equal.</summary>
        public string Id => _id ??= Current[LedgerColumns.Id].AsText();

        public async ValueTask MoveNextAsync()
        {
            _id = null;
            _index++;
            while (_page is null || _index >= _page.Count)
            {
                if (!await _pages.MoveNextAsync())
                {
                    AtEnd = true;
                    return;
                }

                _page = _pages.Current;
                _index = 0;
            }
        }

        public ValueTask DisposeAsync() => _pages.DisposeAsync();
    }
}
