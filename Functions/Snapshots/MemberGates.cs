using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Snapshots;

/// <summary>The rows of a page that are left behind each gate, in the order of the gates: each is a part of the one before.</summary>
/// <param name="Members">The rule holds for them.</param>
/// <param name="Consented">They granted the purpose that is asked for.</param>
/// <param name="Allowed">They are not on the suppression list.</param>
/// <param name="Wanted">They are not held out. Whether they have the identifiers that the platform requires, the rows that they give tell.</param>
internal readonly record struct MemberGates(RowSet Members, RowSet Consented, RowSet Allowed, RowSet Wanted)
{
    private static readonly ColumnTest Granted = new() { Holds = static state => state.Type is CellType.Boolean && state.AsBoolean() };

    public static MemberGates Of(PageReader page, SnapshotRequest request)
    {
        var members = request.Rule.Select(page);
        var consented = request.ConsentPurpose is { } purpose ? Granted.Select(page, ProfileColumns.Consent(purpose), members) : members;
        var allowed = Without(request.Suppressed, page, consented);
        var wanted = Without(request.Holdout, page, allowed);
        return new(members, consented, allowed, wanted);
    }

    /// <summary>Each member that falls is counted under the first gate that stops it.</summary>
    /// <param name="deliverable">Members with the identifiers that the platform requires.</param>
    /// <param name="rows">What these give.</param>
    public Funnel Funnel(int deliverable, int rows) => new(
        Members.Count, Members.Count - Consented.Count, Consented.Count - Allowed.Count, Allowed.Count - Wanted.Count, Wanted.Count - deliverable, rows - deliverable);

    private static RowSet Without(Func<PageReader, RowSet, RowSet>? gate, PageReader page, RowSet among) => gate is null ? among : among.Except(gate(page, among));
}
