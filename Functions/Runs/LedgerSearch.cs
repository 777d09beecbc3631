using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Finds what a ledger holds of one profile: one page of it is read, as a rule.</summary>
internal static class LedgerSearch
{
    /// <returns>The stored row; null when the ledger has none.</returns>
    public static async Task<(ulong RowHash, Row Row)?> FindAsync(
        IPageStore pages, LedgerManifest ledger, ulong key, string profileId, CancellationToken cancellationToken)
    {
        await foreach (var page in LedgerPages.ReadAsync(pages, ledger, new(key, key), cancellationToken))
        {
            var ids = page.Find(LedgerColumns.Id);
            for (var row = page.Keys.IndexOf(key); row >= 0 && row < page.Count && page.Keys[row] == key; row++)
            {
                // Another profile may have the same key.
                if (ids?[row] is { IsAbsent: false } id && id.AsText() == profileId)
                {
                    return (page.RowHashes[row], page.ReadRow(row));
                }
            }
        }

        return null;
    }
}
