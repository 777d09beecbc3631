using System.Collections.Concurrent;
using AudienceSync.Pages;

namespace AudienceSync.Suppressions;

/// <summary>Loads frozen lists as sets of keys. Levels never change, so what was read of one is kept while the list has it.</summary>
/// <remarks>A level of a million entries takes 9 MB here. Thread-safe.</remarks>
public sealed class SuppressionSets(IPageStore pages)
{
    private readonly ConcurrentDictionary<string, LevelKeys> _levels = new(StringComparer.Ordinal);
    private volatile Tuple<SuppressionManifest, SuppressionSet>? _last;

    internal async Task<SuppressionSet> LoadAsync(SuppressionManifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.Levels.IsEmpty)
        {
            return SuppressionSet.Empty;
        }

        if (_last is { } last && last.Item1.Version == manifest.Version)
        {
            return last.Item2;
        }

        var merged = new LevelKeys([], []);
        foreach (var level in manifest.Levels)
        {
            merged = LevelKeys.Merge(merged, await LevelAsync(level, cancellationToken));
        }

        var set = new SuppressionSet(merged.Having(0), merged.Having(SuppressionRow.ErasureFlag), manifest.Types);
        _last = new(manifest, set);
        Forget(manifest);
        return set;
    }

    /// <summary>Whether an entry of the list may have that key.</summary>
    internal async Task<bool> MayHoldAsync(SuppressionManifest manifest, ulong key, CancellationToken cancellationToken)
    {
        foreach (var level in manifest.Levels)
        {
            if ((await LevelAsync(level, cancellationToken)).Keys.AsSpan().BinarySearch(key) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private async Task<LevelKeys> LevelAsync(SuppressionLevel level, CancellationToken cancellationToken)
    {
        if (_levels.TryGetValue(level.Chain, out var known))
        {
            return known;
        }

        var keys = new ulong[level.Rows];
        var flags = new byte[level.Rows];
        var at = 0;
        await foreach (var page in pages.ReadAsync(level.Chain, KeyRange.All, PageParts.KeysAndHashes, cancellationToken))
        {
            page.Keys.CopyTo(keys.AsSpan(at));
            for (var row = 0; row < page.Count; row++)
            {
                flags[at + row] = (byte)page.RowHashes[row];
            }

            at += page.Count;
        }

        return _levels[level.Chain] = new(keys, flags);
    }

    private void Forget(SuppressionManifest manifest)
    {
        foreach (var chain in _levels.Keys.Except(manifest.Levels.Select(level => level.Chain), StringComparer.Ordinal))
        {
            _levels.TryRemove(chain, out _);
        }
    }

    /// <summary>Keys in order, each with the flags of its row.</summary>
    private sealed record LevelKeys(ulong[] Keys, byte[] Flags)
    {
        /// <summary>Of equal keys that of the later level counts.</summary>
        public static LevelKeys Merge(LevelKeys earlier, LevelKeys later)
        {
            if (earlier.Keys.Length == 0)
            {
                return later;
            }

            var keys = new ulong[earlier.Keys.Length + later.Keys.Length];
            var flags = new byte[keys.Length];
            var (i, j, at) = (0, 0, 0);
            while (i < earlier.Keys.Length || j < later.Keys.Length)
            {
                var takesLater = i == earlier.Keys.Length || (j < later.Keys.Length && later.Keys[j] <= earlier.Keys[i]);
                (keys[at], flags[at]) = takesLater ? (later.Keys[j], later.Flags[j]) : (earlier.Keys[i], earlier.Flags[i]);
                while (i < earlier.Keys.Length && earlier.Keys[i] == keys[at])
                {
                    i++;
                }

                j += takesLater ? 1 : 0;
                at++;
            }

            return new(keys[..at], flags[..at]);
        }

        /// <summary>Keys of entries that have the flag; 0 for every entry on the list.</summary>
        public ulong[] Having(ulong flag)
        {
            var found = new List<ulong>(flag == 0 ? Keys.Length : 0);
            for (var at = 0; at < Keys.Length; at++)
            {
                if ((Flags[at] & SuppressionRow.RemovedFlag) == 0 && (Flags[at] & flag) == flag)
                {
                    found.Add(Keys[at]);
                }
            }

            return [.. found];
        }
    }
}
