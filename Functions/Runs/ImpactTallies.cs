using System.Collections.Immutable;
using AudienceSync.Destinations;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Snapshots;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Counts the members of the segment itself, by the present rules and by the draft's.</summary>
/// <param name="present">Null where the present rules cannot be evaluated: they hold nobody.</param>
internal sealed class SegmentTally(ImpactView view, CompiledRule? present, CompiledRule drafted)
{
    private readonly PeopleTally _entering = new(view.IsUnmasked);
    private readonly PeopleTally _leaving = new(view.IsUnmasked);

    public long Total { get; private set; }

    public long Before { get; private set; }

    public long After { get; private set; }

    public ImpactPeople Entering => _entering.ToPeople();

    public ImpactPeople Leaving => _leaving.ToPeople();

    public long Staying => After - _entering.Count;

    public void Take(PageReader page)
    {
        var (before, after) = (present?.Select(page) ?? new(page.Count), drafted.Select(page));
        Total += page.Count;
        Before += before.Count;
        After += after.Count;
        _entering.Add(page, after.Except(before).ToArray());
        _leaving.Add(page, before.Except(after).ToArray());
    }
}

/// <summary>Counts what a destination's next run would do by the draft's rules, and by the present ones.</summary>
/// <param name="present">Null where the present rules cannot be evaluated: they hold nobody.</param>
internal sealed class DestinationTally(DestinationImpact head, ImpactView view, DestinationSpec drafted, DestinationSpec? present, LedgerManifest ledger)
{
    private readonly PeopleTally _entering = new(view.IsUnmasked);
    private readonly PeopleTally _leaving = new(view.IsUnmasked);
    private PageReader? _page;
    private RowSet _after = new(0);
    private RowSet _before = new(0);
    private Funnel _funnel;
    private long _accepted;
    private long _staying;
    private long _enteringWithout;
    private long _leavingWithout;

    public string DestinationId => head.Id;

    public DestinationMode Mode => head.Mode;

    /// <summary>The first run takes note of those who are there and sends nothing.</summary>
    private bool SendsNothing => ledger.Version == 0 && drafted.Spec.FirstRun is not FirstRun.Backfill;

    /// <summary>Evaluates rules and gates over a page; then come its rows.</summary>
    public void Open(PageReader page)
    {
        var gates = MemberGates.Of(page, drafted.Request);
        _page = page;
        (_after, var filtered) = (drafted.SelectDeliverable(page, gates.Passed), drafted.SelectDeliverable(page, gates.LeftOut).Count);
        _before = present?.SelectDeliverable(page, MemberGates.Of(page, present.Request).Passed) ?? new(page.Count);
        _funnel += gates.ToFunnel(_after.Count + filtered) with { Filtered = filtered };
    }

    public void See(int row, Holding held)
    {
        var (before, after) = (_before[row], _after[row]);
        if (held is Holding.Held)
        {
            _accepted++;
            _staying += after ? 1 : 0;
            _leavingWithout += before ? 0 : 1;
            if (!after)
            {
                _leaving.Add(_page!, row);
            }
        }
        else if (held is Holding.None && !SendsNothing)
        {
            _enteringWithout += before ? 1 : 0;
            if (after)
            {
                _entering.Add(_page!, row);
            }
        }
    }

    /// <summary>The destination holds somebody of whom there is no profile any more.</summary>
    public void Miss(string profileId, Holding held)
    {
        if (held is Holding.Held)
        {
            _accepted++;
            _leavingWithout++;
            _leaving.Add(profileId);
        }
    }

    public DestinationImpact ToImpact() => head with
    {
        Members = _funnel.Members,
        Deliverable = _funnel.Deliverable,
        FilteredAtDestination = _funnel.Filtered,
        Accepted = _accepted,
        Entering = _entering.ToPeople(),
        Leaving = _leaving.ToPeople(),
        Staying = _staying,
        WithoutDraft = new(_enteringWithout, _leavingWithout),
        HeldBecause = PlanGuards.Judge(
            drafted.Spec.Guards, ledger.Version == 0, _funnel.Members, _accepted, _entering.Count, head.Removes ? _leaving.Count : 0, _funnel.MissingIdentifier),
    };
}

/// <summary>A count of people, and the first of them.</summary>
internal sealed class PeopleTally(bool isUnmasked)
{
    private readonly ImmutableArray<SegmentMember>.Builder _sample = ImmutableArray.CreateBuilder<SegmentMember>();

    public long Count { get; private set; }

    public void Add(PageReader page, int row)
    {
        Count++;
        if (_sample.Count < DraftImpacts.SampleSize)
        {
            _sample.Add(MemberViews.Of(page.ReadRow(row), isUnmasked));
        }
    }

    public void Add(PageReader page, int[] rows)
    {
        foreach (var row in rows.Take(DraftImpacts.SampleSize - _sample.Count))
        {
            _sample.Add(MemberViews.Of(page.ReadRow(row), isUnmasked));
        }

        Count += rows.Length;
    }

    /// <summary>Somebody of whom nothing but the id is known.</summary>
    public void Add(string profileId)
    {
        Count++;
        if (_sample.Count < DraftImpacts.SampleSize)
        {
            _sample.Add(MemberViews.Of(new() { [ProfileColumns.Id] = Cell.Of(profileId) }, isUnmasked));
        }
    }

    public ImpactPeople ToPeople() => new(Count, _sample.ToImmutable());
}
