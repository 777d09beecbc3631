using AudienceSync.Connectors.Kit;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Snapshots;
using AudienceSync.Suppressions;

namespace AudienceSync.Runs;

/// <summary>Finds out why a shard's leavers leave: the gates are asked once more, of the profiles of leavers alone.</summary>
/// <remarks>Counts people: who gives several rows, and goes by one of them less, does not leave. Costs nothing where nobody leaves, and at most one more reading of the shard's profiles where everyone does. A page of each is in memory at a time.</remarks>
public sealed class RemovalCounter(IPageStore pages, MemberHasher hasher)
{
    /// <param name="removals">Chain of the plan.</param>
    /// <param name="profiles">Chain of the shard that the snapshot was made of; null when it has no profiles.</param>
    internal async Task<RemovalReasons> CountAsync(
        string removals, string? profiles, SnapshotRequest request, SuppressionGate suppressed, CancellationToken cancellationToken)
    {
        var reasons = default(RemovalReasons);
        var selection = new IdentifierSelection(request.Columns);
        string? last = null;
        await foreach (var page in pages.ReadAsync(removals, KeyRange.All, PageParts.Whole, cancellationToken))
        {
            var leavers = Leavers(page, ref last);
            if (profiles is not null && leavers.Count > 0)
            {
                await foreach (var members in pages.ReadAsync(profiles, page.Range, PageParts.Whole, cancellationToken))
                {
                    reasons += Judge(members, leavers, request, selection, suppressed);
                }
            }

            // Of whom there is no profile.
            foreach (var key in leavers.Values)
            {
                reasons += suppressed.IsErased(key) ? new() { Erased = 1 } : new() { LeftSegment = 1 };
            }
        }

        return reasons;
    }

    /// <summary>Keys by profile id. Who is removed under an old match key, to be added under a new one, does not leave.</summary>
    /// <param name="last">Whose rows the page before ended with: they may go on in this one.</param>
    private static Dictionary<string, ulong> Leavers(PageReader page, ref string? last)
    {
        var leavers = new Dictionary<string, ulong>(StringComparer.Ordinal);
        for (var index = 0; index < page.Count; index++)
        {
            var row = BatchRows.Read(new(page, index));
            if (row is { Operation: DeliveryOperation.Remove, Rekey: false } && RowIds.ProfileOf(row.Id) is var profile && profile != last)
            {
                leavers[last = profile] = page.Keys[index];
            }
        }

        return leavers;
    }

    /// <summary>Counts the leavers who stand in a page of profiles, and takes them from the list.</summary>
    private RemovalReasons Judge(
        PageReader page, Dictionary<string, ulong> leavers, SnapshotRequest request, IdentifierSelection selection, SuppressionGate suppressed)
    {
        var reasons = default(RemovalReasons);
        var keys = leavers.Values.ToHashSet();
        MemberGates? gates = null;
        for (var index = 0; index < page.Count; index++)
        {
            if (keys.Contains(page.Keys[index]) && leavers.Remove(new RowRef(page, index)[LedgerColumns.Id].AsText()))
            {
                reasons += Judge(page, index, gates ??= MemberGates.Of(page, request), request, selection, suppressed);
            }
        }

        return reasons;
    }

    private RemovalReasons Judge(
        PageReader page, int index, MemberGates gates, SnapshotRequest request, IdentifierSelection selection, SuppressionGate suppressed) =>
        !gates.Members[index] ? new() { LeftSegment = 1 }
        : !gates.Consented[index] ? new() { Consent = 1 }
        : !gates.Allowed[index] ? suppressed.Find(page.ReadRow(index)) is { IsErasure: true } ? new() { Erased = 1 } : new() { Suppressed = 1 }
        : !gates.Wanted[index] ? new() { Holdout = 1 }
        : !selection.RowsOf(page.ReadRow(index), hasher).Any(request.IsIdentifiable) ? new() { MissingIdentifier = 1 }
        : gates.LeftOut[index] ? new() { Filtered = 1 }
        : selection.Expands ? default
        : new() { LeftSegment = 1 };
}
