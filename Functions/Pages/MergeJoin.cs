using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Full outer merge join of two sorted streams of pages: lists the rows that are of one side alone or differ, page by page.</summary>
/// <remarks>
/// Equal keys with equal row hashes are the same row (the hash covers the id); ids are decoded only where keys are equal and hashes differ, or keys repeat.
/// Held at once: a page of each side, and the rows of one key. No id may repeat within a side. Disposes of the pages as it leaves them.
/// </remarks>
internal sealed class MergeJoin(
    IAsyncEnumerable<ISortedRows> left, IAsyncEnumerable<ISortedRows> right, IEqualRows equal, CancellationToken cancellationToken) : IAsyncDisposable
{
    /// <summary>Name of the column that holds the profile id, in every page: rows with equal keys are told apart by it.</summary>
    public const string IdColumn = "id";

    private readonly MergeSide _left = new(left, cancellationToken);
    private readonly MergeSide _right = new(right, cancellationToken);
    private readonly List<(RowRef? Left, RowRef? Right)> _differences = [];

    /// <summary>What <see cref="NextAsync"/> found, in order of (key, id): null is the side that lacks the row.</summary>
    public IReadOnlyList<(RowRef? Left, RowRef? Right)> Differences => _differences;

    /// <summary>Compares on until a page ends. Rows listed before are no longer valid.</summary>
    /// <returns>False at the end of both sides.</returns>
    /// <exception cref="DamagedPageException">A side is not in order of (key, id), or a row whose id is needed has none.</exception>
    /// <exception cref="InvalidOperationException">An id is needed, but the page was opened with keys and row hashes alone.</exception>
    public async ValueTask<bool> NextAsync()
    {
        _differences.Clear();
        _left.CloseBehind();
        _right.CloseBehind();
        await _left.EnsureRowAsync();
        await _right.EnsureRowAsync();
        if (!_left.HasRow && !_right.HasRow)
        {
            return false;
        }

        if (_left.HasRow && _right.HasRow)
        {
            if (!SkipEqualPages() && !ComparePages())
            {
                await CompareKeyAsync();
            }
        }
        else
        {
            TakeRest(_left.HasRow ? _left : _right);
        }

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _left.DisposeAsync();
        await _right.DisposeAsync();
    }

    private bool SkipEqualPages()
    {
        if (_left.Index != 0 || _right.Index != 0 || _left.Page is not PageReader left || _right.Page is not PageReader right
            || !left.HasContentOf(right) || !equal.AreSettled(right))
        {
            return false;
        }

        equal.AddSettled(right, right.Count);
        _left.Index = left.Count;
        _right.Index = right.Count;
        return true;
    }

    /// <summary>Compares rows until a page ends, or a key comes that may stand in several rows.</summary>
    /// <returns>False when it stopped at such a key.</returns>
    private bool ComparePages()
    {
        var (left, right) = (_left.Page, _right.Page);
        var settled = right is PageReader page && equal.AreSettled(page) ? page : null;
        ReadOnlySpan<ulong> leftKeys = left.Keys, rightKeys = right.Keys, leftHashes = left.RowHashes, rightHashes = right.RowHashes;
        var (i, j) = (_left.Index, _right.Index);
        var alike = 0;
        var isStopped = false;
        while (i < leftKeys.Length && j < rightKeys.Length)
        {
            if (settled is not null)
            {
                // Most rows are alike: they are passed over in a loop of their own.
                var run = CountAlike(leftKeys[i..], rightKeys[j..], leftHashes[i..], rightHashes[j..]);
                (i, j, alike) = (i + run, j + run, alike + run);
            }

            var (leftKey, rightKey) = (leftKeys[i], rightKeys[j]);
            if (leftKey == rightKey)
            {
                // The last row of a page may be followed by one of its key in the next; a key that repeats is for the ids to tell.
                var isSingle = i + 1 < leftKeys.Length && j + 1 < rightKeys.Length && leftKeys[i + 1] != leftKey && rightKeys[j + 1] != rightKey;
                if (!isSingle)
                {
                    isStopped = true;
                    break;
                }

                if (leftHashes[i] != rightHashes[j])
                {
                    AddDiffering(left[i], right[j]);
                }
                else if (settled is not null)
                {
                    alike++;
                }
                else if (equal.IsDifference(left[i], right[j]))
                {
                    _differences.Add((left[i], right[j]));
                }

                i++;
                j++;
            }
            else if (leftKey < rightKey)
            {
                _differences.Add((left[i++], null));
            }
            else
            {
                _differences.Add((null, right[j++]));
            }
        }

        if (settled is not null)
        {
            equal.AddSettled(settled, alike);
        }

        (_left.Index, _right.Index) = (i, j);
        return !isStopped;
    }

    /// <summary>How many rows from the first on are alike on both sides, but for the last of a page: its key may go on in the next.</summary>
    /// <remarks>The same key and row hash are the same row, also where a key repeats.</remarks>
    private static int CountAlike(ReadOnlySpan<ulong> leftKeys, ReadOnlySpan<ulong> rightKeys, ReadOnlySpan<ulong> leftHashes, ReadOnlySpan<ulong> rightHashes)
    {
        var most = Math.Min(leftKeys.Length, rightKeys.Length) - 1;
        var alike = leftHashes[..most].CommonPrefixLength(rightHashes[..most]);
        return leftKeys[..alike].CommonPrefixLength(rightKeys[..alike]);
    }

    /// <summary>Rows of one key that are not alike: one member that changed, or two members.</summary>
    private void AddDiffering(RowRef a, RowRef b)
    {
        if (PageIds.AreSame(a, b))
        {
            _differences.Add((a, b));
        }
        else if (string.CompareOrdinal(a[IdColumn].AsText(), b[IdColumn].AsText()) < 0)
        {
            _differences.Add((a, null));
            _differences.Add((null, b));
        }
        else
        {
            _differences.Add((null, b));
            _differences.Add((a, null));
        }
    }

    /// <summary>Pairs all rows of the key at hand by their ids.</summary>
    private async ValueTask CompareKeyAsync()
    {
        var (lefts, rights) = (await _left.TakeKeyAsync(), await _right.TakeKeyAsync());
        if (lefts is [var a] && rights is [var b] && a.RowHash == b.RowHash)
        {
            Add(a, b);
            return;
        }

        var (leftIds, rightIds) = (IdsOf(lefts), IdsOf(rights));
        var (i, j) = (0, 0);
        while (i < lefts.Count || j < rights.Count)
        {
            var order = i == lefts.Count ? 1 : j == rights.Count ? -1 : string.CompareOrdinal(leftIds[i], rightIds[j]);
            switch (order)
            {
                case < 0:
                    _differences.Add((lefts[i++], null));
                    break;
                case > 0:
                    _differences.Add((null, rights[j++]));
                    break;
                default:
                    Add(lefts[i++], rights[j++]);
                    break;
            }
        }
    }

    /// <summary>The same member on both sides.</summary>
    private void Add(RowRef a, RowRef b)
    {
        if (a.RowHash != b.RowHash)
        {
            _differences.Add((a, b));
        }
        else if (equal.AreSettled(b.Page))
        {
            equal.AddSettled(b.Page, 1);
        }
        else if (equal.IsDifference(a, b))
        {
            _differences.Add((a, b));
        }
    }

    private void TakeRest(MergeSide side)
    {
        for (; side.Index < side.Page.Count; side.Index++)
        {
            var row = side.Page[side.Index];
            _differences.Add(side == _left ? (row, null) : (null, row));
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
