using System.Collections.Immutable;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Finds what a ledger holds of one profile: one page of it is read, as a rule.</summary>
internal static class LedgerSearch
{
    /// <returns>The stored rows in order of their ids: one as a rule, several where the mapping asks for all values of an identifier.</returns>
    public static async Task<ImmutableArray<(ulong RowHash, Row Row)>> FindAsync(
        IPageStore pages, LedgerManifest ledger, ulong key, string profileId, CancellationToken cancellationToken)
    {
        var found = ImmutableArray.CreateBuilder<(ulong, Row)>();
        await foreach (var page in LedgerPages.ReadAsync(pages, ledger, new(key, key), cancellationToken))
        {
            var ids = page.Find(LedgerColumns.Id);
            for (var row = page.Keys.IndexOf(key); row >= 0 && row < page.Count && page.Keys[row] == key; row++)
            {
                // Another profile may have the same key.
                if (ids?[row] is { IsAbsent: false } id && RowIds.ProfileOf(id.AsText()) == profileId)
                {
                    found.Add((page.RowHashes[row], page.ReadRow(row)));
                }
            }
        }

        return found.DrainToImmutable();
    }
}
