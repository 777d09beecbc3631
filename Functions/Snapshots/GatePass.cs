using AudienceSync.Pages;

namespace AudienceSync.Snapshots;

/// <summary>Rows of one page of profiles on their way through the gates, each set a part of the one before; the required identifiers are asked for behind them.</summary>
internal readonly record struct GatePass(RowSet Members, RowSet Consented, RowSet Allowed, RowSet Wanted)
{
    public static GatePass Of(SnapshotRequest request, PageReader page)
    {
        var members = request.Rule.Select(page);
        var consented = request.ConsentPurpose is { } purpose ? SnapshotWriter.SelectConsented(page, purpose, members) : members;
        var allowed = Without(request.Suppressed, page, consented);
        return new(members, consented, allowed, Without(request.Holdout, page, allowed));
    }

    /// <param name="deliverable">How many of the wanted have the required identifiers.</param>
    public Funnel ToFunnel(long deliverable) => new(
        Members.Count, Members.Count - Consented.Count, Consented.Count - Allowed.Count, Allowed.Count - Wanted.Count, Wanted.Count - deliverable);

    private static RowSet Without(Func<PageReader, RowSet, RowSet>? gate, PageReader page, RowSet among) => gate is null ? among : among.Except(gate(page, among));
}
