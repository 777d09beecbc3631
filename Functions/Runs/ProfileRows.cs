using AudienceSync.Profiles;

namespace AudienceSync.Runs;

/// <summary>Plans the rows of a profile together, where profiles give several: a removal of one must not take another off the list, and a profile with one row left has not left.</summary>
/// <remarks>Holds the rows of one profile. Not thread-safe.</remarks>
internal sealed class ProfileRows(ShardPlan plan)
{
    private readonly List<(WantedRow Wanted, HeldRow? Held)> _wanted = [];
    private readonly List<HeldRow> _leavers = [];
    private string? _profile;

    public PlanProfiles Counts { get; private set; } = new(0, 0, 0);

    /// <summary>Takes the next row; those of a profile come one after the other.</summary>
    public async ValueTask AddAsync(WantedRow? wanted, HeldRow? held, CancellationToken cancellationToken)
    {
        var profile = RowIds.ProfileOf(wanted?.Id ?? held!.Member.Id);
        if (profile != _profile)
        {
            await FlushAsync(cancellationToken);
            _profile = profile;
        }

        if (wanted is not null)
        {
            _wanted.Add((wanted, held));
        }
        else
        {
            _leavers.Add(held!);
        }
    }

    /// <summary>Plans the rows at hand.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var wasThere = _wanted.Select(row => row.Held).Concat(_leavers).Any(held => held is { Member: { Status: LedgerStatus.Accepted, OnList: true } });
        var stays = _wanted.Count > 0; // adopted rows are taken out of the list
        var before = plan.Planned;
        await PlanAsync(cancellationToken);
        var planned = plan.Planned - before;
        Counts += new PlanProfiles(wasThere ? 1 : 0, !wasThere && planned.Add > 0 ? 1 : 0, !stays && planned.Remove > 0 ? 1 : 0);
        _wanted.Clear();
        _leavers.Clear();
    }

    /// <summary>What is written goes in order of the rows' ids.</summary>
    private async ValueTask PlanAsync(CancellationToken cancellationToken)
    {
        List<(string Id, Func<ValueTask> WriteAsync)> rows = [];
        Adopt(rows, cancellationToken);
        var isIgnored = _wanted.Exists(row => row.Held is { Member.Status: LedgerStatus.Ignored }) || _leavers.Exists(held => held.Member.Status is LedgerStatus.Ignored);

        // An event speaks of the person: who goes by one address less has not left. The row keeps its keys until they do.
        if (plan.IsEvents && _wanted.Count > 0)
        {
            _leavers.Clear();
        }

        rows.AddRange(_leavers.Select(held => (held.Member.Id, (Func<ValueTask>)(() => plan.JudgeAsync(null, held, isLast: false, cancellationToken)))));
        rows.AddRange(_wanted.Select(row => (row.Wanted.Id, (Func<ValueTask>)(() => PlanAsync(row.Wanted, row.Held, isIgnored, cancellationToken)))));
        foreach (var (_, writeAsync) in rows.OrderBy(row => row.Id, StringComparer.Ordinal))
        {
            await writeAsync();
        }
    }

    /// <param name="isIgnored">The profile was in the segment before the destination's time.</param>
    private ValueTask PlanAsync(WantedRow wanted, HeldRow? held, bool isIgnored, CancellationToken cancellationToken)
    {
        if (held is null && isIgnored)
        {
            return plan.IgnoreAsync(wanted, cancellationToken);
        }

        var isHit = IsHit(wanted);
        return isHit && held is { Member: { OnList: true } member } && !plan.IsRekeyed(wanted, member) ? plan.AddAgainAsync(wanted, member, cancellationToken)
            : held is not null && plan.TrySkip(wanted, held) ? ValueTask.CompletedTask
            : plan.JudgeAsync(wanted, held, isHit, cancellationToken);
    }

    /// <summary>Rows that go by another id than before, as after a change of the strategy: only the ledger learns of it.</summary>
    private void Adopt(List<(string Id, Func<ValueTask> WriteAsync)> rows, CancellationToken cancellationToken)
    {
        List<(WantedRow Wanted, HeldRow Old)> adopted = [];
        foreach (var (wanted, held) in _wanted.ToList())
        {
            if (held is null && _leavers.Find(leaver => plan.IsOf(wanted, leaver)) is { } old)
            {
                adopted.Add((wanted, old));
                _wanted.Remove((wanted, held));
                _leavers.Remove(old);
            }
        }

        // What a removal takes off the list is not there to be adopted: it goes and comes like the others.
        while (adopted.FindIndex(row => IsHit(row.Wanted)) is >= 0 and var hit)
        {
            _wanted.Add((adopted[hit].Wanted, null));
            _leavers.Add(adopted[hit].Old);
            adopted.RemoveAt(hit);
        }

        foreach (var (wanted, old) in adopted)
        {
            rows.Add((old.Member.Id, () => plan.ForgetAsync(old, cancellationToken)));
            rows.Add((wanted.Id, () => plan.AdoptAsync(wanted, old, cancellationToken)));
        }
    }

    /// <summary>Whether a platform that finds people by one identifier of several would take the row off the list with another of its profile.</summary>
    private bool IsHit(WantedRow wanted) => _leavers.Exists(leaver => plan.IsRemoved(leaver) && plan.Shares(wanted, leaver.Member.Keys));
}

/// <summary>What the plan of a shard means in profiles, where profiles give several rows.</summary>
/// <param name="Accepted">Profiles with a row on the list.</param>
/// <param name="Entering">Profiles of which there was no row on the list.</param>
/// <param name="Leaving">Profiles of which no row is left.</param>
public sealed record PlanProfiles(long Accepted, long Entering, long Leaving)
{
    public static PlanProfiles operator +(PlanProfiles left, PlanProfiles right) =>
        new(left.Accepted + right.Accepted, left.Entering + right.Entering, left.Leaving + right.Leaving);
}
