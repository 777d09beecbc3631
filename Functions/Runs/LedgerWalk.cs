using AudienceSync.Destinations;
using AudienceSync.Pages;
using AudienceSync.Profiles;

namespace AudienceSync.Runs;

/// <summary>Goes along a ledger beside the pages of profiles, which are in the same order, and pairs each profile with what the ledger holds of it.</summary>
/// <remarks>A page of the ledger and the members of one key are in memory at a time.</remarks>
internal sealed class LedgerWalk(IAsyncEnumerable<PageReader> ledger, DestinationMode mode, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly MergeSide _side = new(ledger, cancellationToken);
    private readonly Dictionary<string, Holding> _atKey = new(StringComparer.Ordinal);
    private ulong? _key;

    /// <summary>Pairs the profiles of the next page.</summary>
    /// <param name="see">Is told of each row of the page, in order.</param>
    /// <param name="miss">Is told of members of the ledger that there is no profile of.</param>
    public async ValueTask VisitAsync(PageReader profiles, Action<int, Holding> see, Action<string, Holding> miss)
    {
        var ids = profiles.Find(MergeJoin.IdColumn);
        for (var row = 0; row < profiles.Count; row++)
        {
            if (_key != profiles.Keys[row])
            {
                await MoveToAsync(profiles.Keys[row], miss);
            }

            see(row, _atKey.Count > 0 && _atKey.Remove(ids![row].AsText(), out var held) ? held : Holding.None);
        }
    }

    /// <summary>There is no profile any more.</summary>
    public async ValueTask FinishAsync(Action<string, Holding> miss)
    {
        await MoveToAsync(ulong.MaxValue, miss);
        MissRest(miss);
    }

    public ValueTask DisposeAsync() => _side.DisposeAsync();

    private async ValueTask MoveToAsync(ulong key, Action<string, Holding> miss)
    {
        MissRest(miss);
        await _side.EnsureRowAsync();
        while (_side.HasRow && _side.Key <= key)
        {
            if (_side.Key != _key)
            {
                MissRest(miss);
                _key = _side.Key;
            }

            Read();
            _side.Index++;
            _side.CloseBehind();
            await _side.EnsureRowAsync();
        }

        if (_key != key)
        {
            MissRest(miss);
            _key = key;
        }
    }

    private void MissRest(Action<string, Holding> miss)
    {
        foreach (var (id, held) in _atKey)
        {
            miss(id, held);
        }

        _atKey.Clear();
    }

    /// <summary>Of several rows of a profile one that is held speaks for it.</summary>
    private void Read()
    {
        var row = _side.Page[_side.Index];
        var status = (LedgerStatus)row[LedgerColumns.Status].AsInteger();
        var onList = row[LedgerColumns.OnList] is { IsAbsent: false } cell && cell.AsBoolean();
        var profile = RowIds.ProfileOf(row[LedgerColumns.Id].AsText());
        _atKey[profile] = IsHeld(status, onList) || _atKey.GetValueOrDefault(profile) is Holding.Held ? Holding.Held : Holding.SetAside;
    }

    /// <summary>In a mode that puts nobody on a list, whoever was accepted is held.</summary>
    private bool IsHeld(LedgerStatus status, bool onList) => LedgerTransition.Adds(mode) ? onList : status is LedgerStatus.Accepted;
}

/// <summary>What a ledger holds of a profile.</summary>
internal enum Holding
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The destination has accepted the person.</summary>
    Held,

    /// <summary>Known, and not to be added: refused, or a member before the destination's time.</summary>
    SetAside,
}
