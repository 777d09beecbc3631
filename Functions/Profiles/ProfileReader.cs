using AudienceSync.Pages;

namespace AudienceSync.Profiles;

/// <summary>Reads single profiles as they are now: their shard's page, and what waits for them in the inbox.</summary>
public sealed class ProfileReader(IProfileManifestStore manifests, IProfileInbox inbox, IPageStore pages, MemberHasher hasher)
{
    /// <summary>How often a read begins anew because a fold published meanwhile.</summary>
    private const int MaxAttempts = 8;

    /// <summary>Shards read at a time.</summary>
    private const int Degree = 4;

    /// <summary>The profile; null when there is none.</summary>
    internal async Task<ProfileState?> ReadAsync(string id, CancellationToken cancellationToken) =>
        (await ReadAsync([id], cancellationToken)).GetValueOrDefault(id);

    /// <summary>Those of the ids that there are profiles of.</summary>
    /// <exception cref="InvalidOperationException">Folds published so often that no attempt saw one state.</exception>
    internal Task<Dictionary<string, ProfileState>> ReadAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
        {
            return Task.FromResult<Dictionary<string, ProfileState>>([]);
        }

        var wanted = ids.ToHashSet(StringComparer.Ordinal);
        return ReadAsync([.. wanted.Select(hasher.Key).Distinct().Order()], wanted.Contains, cancellationToken);
    }

    /// <summary>The profile of a member key whose id is the one looked for; null when there is none.</summary>
    /// <exception cref="InvalidOperationException">As <see cref="ReadAsync(IReadOnlyCollection{string}, CancellationToken)"/>.</exception>
    internal async Task<ProfileState?> FindAsync(ulong key, Func<string, bool> isWanted, CancellationToken cancellationToken) =>
        (await ReadAsync([key], isWanted, cancellationToken)).Values.FirstOrDefault();

    /// <param name="keys">Ascending.</param>
    /// <param name="isWanted">Tells which ids are asked for: others may have the same keys.</param>
    private async Task<Dictionary<string, ProfileState>> ReadAsync(ulong[] keys, Func<string, bool> isWanted, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            // Inbox and shards are two places. One version before and after says that no operation moved from the one to the other between the reads.
            var (before, _) = await manifests.ReadAsync(cancellationToken);
            var (waiting, isWhole) = await ReadInboxAsync(before, keys, isWanted, cancellationToken);
            var stored = await ReadShardsAsync(before, keys, isWanted, cancellationToken);
            var (after, _) = await manifests.ReadAsync(cancellationToken);
            if (isWhole && before.Version == after.Version)
            {
                return Merge(stored, waiting);
            }
        }

        throw new InvalidOperationException($"Profiles were published {MaxAttempts} times while they were read. Repeat the request.");
    }

    private static Dictionary<string, ProfileState> Merge(Dictionary<string, ProfileState> stored, Dictionary<string, List<ProfileOperation>> waiting)
    {
        var profiles = new Dictionary<string, ProfileState>(StringComparer.Ordinal);
        foreach (var id in stored.Keys.Union(waiting.Keys, StringComparer.Ordinal))
        {
            if (ProfileState.Merge(stored.GetValueOrDefault(id), waiting.GetValueOrDefault(id) ?? [], out _) is { } profile)
            {
                profiles[id] = profile;
            }
        }

        return profiles;
    }

    /// <summary>Operations in the inbox by id, in order of arrival. Bodies are read only of pages that hold a key looked for.</summary>
    /// <returns>Not whole when a listed page was gone before it could be read: a fold took it.</returns>
    private async Task<(Dictionary<string, List<ProfileOperation>> Operations, bool IsWhole)> ReadInboxAsync(
        ProfileManifest manifest, ulong[] keys, Func<string, bool> isWanted, CancellationToken cancellationToken)
    {
        var operations = new Dictionary<string, List<ProfileOperation>>(StringComparer.Ordinal);
        await foreach (var page in inbox.ListAsync(PageParts.KeysAndHashes, cancellationToken))
        {
            if (manifest.Folded.Contains(page.Id, StringComparer.Ordinal) || !keys.Any(key => RowsOf(page.Rows, key).Length > 0))
            {
                continue;
            }

            if (await inbox.ReadAsync(page.Id, cancellationToken) is not { } rows)
            {
                return (operations, false);
            }

            foreach (var index in keys.SelectMany(key => RowsOf(rows, key)))
            {
                // Another profile may have the same key.
                var operation = OperationRow.Read(rows.ReadRow(index));
                if (isWanted(operation.Id))
                {
                    if (!operations.TryGetValue(operation.Id, out var list))
                    {
                        operations.Add(operation.Id, list = []);
                    }

                    list.Add(operation);
                }
            }
        }

        return (operations, true);
    }

    private async Task<Dictionary<string, ProfileState>> ReadShardsAsync(
        ProfileManifest manifest, ulong[] keys, Func<string, bool> isWanted, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, ProfileState>(StringComparer.Ordinal);
        var gate = new Lock();
        await Parallel.ForEachAsync(
            keys.GroupBy(key => ProfileManifest.ShardOf(key, manifest.ShardBits)),
            new ParallelOptions { MaxDegreeOfParallelism = Degree, CancellationToken = cancellationToken },
            async (group, token) =>
            {
                if (manifest.Shards[group.Key].Chain is not { } chain)
                {
                    return;
                }

                var open = new List<PageReader>();
                foreach (var key in group)
                {
                    if (!open.Exists(page => page.Keys[0] < key && page.Keys[^1] > key))
                    {
                        open.Clear();
                        await foreach (var page in pages.ReadAsync(chain, new(key, key), PageParts.Whole, token))
                        {
                            open.Add(page);
                        }
                    }

                    foreach (var profile in Find(open, key, isWanted))
                    {
                        lock (gate)
                        {
                            found[profile.Id] = profile;
                        }
                    }
                }
            });
        return found;
    }

    private static IEnumerable<ProfileState> Find(List<PageReader> pages, ulong key, Func<string, bool> isWanted) =>
        from page in pages
        from index in RowsOf(page, key)
        where isWanted(new RowRef(page, index)[ProfileColumns.Id].AsText())
        select ProfileState.FromRow(page.ReadRow(index));

    /// <summary>The rows of a key, as indexes: keys are sorted, equal ones stand together.</summary>
    private static int[] RowsOf(PageReader page, ulong key)
    {
        var keys = page.Keys;
        var at = keys.BinarySearch(key);
        if (at < 0)
        {
            return [];
        }

        var (first, last) = (at, at);
        while (first > 0 && keys[first - 1] == key)
        {
            first--;
        }

        while (last + 1 < keys.Length && keys[last + 1] == key)
        {
            last++;
        }

        return [.. Enumerable.Range(first, last - first + 1)];
    }
}
