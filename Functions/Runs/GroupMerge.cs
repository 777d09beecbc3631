using System.Runtime.CompilerServices;
using AudienceSync.Pages;

namespace AudienceSync.Runs;

/// <summary>Merges any number of sorted chains by member: a ledger shard and the chains of a plan.</summary>
internal static class GroupMerge
{
    /// <summary>For each member, in order of (key, id), its row in each source, null where it has none; valid until the next.</summary>
    /// <remarks>One page of each source is in memory. A member occurs at most once in a source.</remarks>
    public static async IAsyncEnumerable<RowRef?[]> ByMemberAsync(
        IReadOnlyList<IAsyncEnumerable<PageReader>> sources, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cursors = sources.Select(source => new Cursor(source, cancellationToken)).ToArray();
        var group = new RowRef?[cursors.Length];
        try
        {
            foreach (var cursor in cursors)
            {
                await cursor.NextPageAsync();
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

                for (var source = 0; source < cursors.Length; source++)
                {
                    var cursor = cursors[source];
                    group[source] = !cursor.AtEnd && (cursor == least || Compare(cursor, least) == 0) ? cursor.Current : null;
                }

                yield return group;
                for (var source = 0; source < cursors.Length; source++)
                {
                    if (group[source] is not null && !cursors[source].TryMoveNext())
                    {
                        await cursors[source].NextPageAsync();
                    }
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

        /// <summary>False at the end of the page: then <see cref="NextPageAsync"/>.</summary>
        public bool TryMoveNext()
        {
            _id = null;
            return ++_index < _page!.Count;
        }

        public async ValueTask NextPageAsync()
        {
            AtEnd = !await _pages.MoveNextAsync();
            if (!AtEnd)
            {
                (_page, _index) = (_pages.Current, 0);
            }
        }

        public ValueTask DisposeAsync() => _pages.DisposeAsync();
    }
}
