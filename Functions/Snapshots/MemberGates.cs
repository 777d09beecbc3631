using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Snapshots;

/// <summary>The rows of a page that are left behind each gate, in the order of the gates: each is a part of the one before. Behind them the required identifiers are asked for.</summary>
/// <param name="Members">The rule holds for them.</param>
/// <param name="Consented">They granted the purpose that is asked for.</param>
/// <param name="Allowed">They are not on the suppression list.</param>
/// <param name="Wanted">They are not held out.</param>
/// <param name="LeftOut">Those of the wanted whom a filter of the destination leaves out.</param>
internal readonly record struct MemberGates(RowSet Members, RowSet Consented, RowSet Allowed, RowSet Wanted, RowSet LeftOut)
{
    private static readonly ColumnTest Granted = new() { Holds = static state => state.Type is CellType.Boolean && state.AsBoolean() };

    /// <summary>Those whom neither a gate nor a filter stops, the required identifiers aside.</summary>
    public RowSet Passed => Wanted.Except(LeftOut);

    public static MemberGates Of(PageReader page, SnapshotRequest request)
    {
        var members = request.Rule.Select(page);
        var consented = request.ConsentPurpose is { } purpose ? SelectConsented(page, purpose, members) : members;
        var allowed = Without(request.Suppressed, page, consented);
        var wanted = Without(request.Holdout, page, allowed);
        return new(members, consented, allowed, wanted, request.Filtered?.Invoke(page, wanted) ?? new(page.Count));
    }

    /// <summary>Each member that falls is counted under the first gate that stops it.</summary>
    /// <param name="deliverable">How many of the wanted have the required identifiers.</param>
    public Funnel ToFunnel(long deliverable) => new(
        Members.Count, Members.Count - Consented.Count, Consented.Count - Allowed.Count, Allowed.Count - Wanted.Count, Wanted.Count - deliverable);

    /// <summary>Of the given rows of a page those who granted the purpose. Unknown is no.</summary>
    internal static RowSet SelectConsented(PageReader page, string purpose, RowSet among) => Granted.Select(page, ProfileColumns.Consent(purpose), among);

    private static RowSet Without(Func<PageReader, RowSet, RowSet>? gate, PageReader page, RowSet among) => gate is null ? among : among.Except(gate(page, among));
}
