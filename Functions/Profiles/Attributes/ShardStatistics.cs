using AudienceSync.Pages;

namespace AudienceSync.Profiles.Attributes;

/// <summary>The statistics of all attributes and identifiers: of the profiles of one shard, or of several. Not thread-safe.</summary>
/// <remarks>
/// Counted page by page while a fold writes a shard, and kept in a chain beside the shard's: whoever is erased or loses a value is in the statistics no longer,
/// since their shard was written anew. In memory: an entry a name, 4 KiB at most for its distinct values, whatever the number of profiles.
/// </remarks>
internal sealed class ShardStatistics(MemberHasher hasher)
{
    private readonly Dictionary<string, AttributeStatistics> _attributes = new(StringComparer.Ordinal);
    private readonly ValueHashes _hashes = new(hasher);

    public IReadOnlyDictionary<string, AttributeStatistics> Attributes => _attributes;

    /// <summary>Takes in a page of profiles.</summary>
    /// <exception cref="DamagedPageException"/>
    public void Add(PageReader page)
    {
        foreach (var name in page.Columns.Select(column => column.Name).Where(IsCounted).Distinct(StringComparer.Ordinal))
        {
            foreach (var column in page.Find(name)!.Columns.Where(column => column.Count > 0))
            {
                Of(name).Add(column, _hashes);
            }
        }
    }

    /// <summary>Takes in what was kept of a shard.</summary>
    /// <exception cref="DamagedPageException"/>
    public async Task AddAsync(IPageStore pages, string chain, CancellationToken cancellationToken)
    {
        await foreach (var page in pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, cancellationToken))
        {
            for (var index = 0; index < page.Count; index++)
            {
                var (name, statistics) = AttributeStatistics.FromRow(page.ReadRow(index));
                Of(name).Add(statistics);
            }
        }
    }

    /// <summary>Keeps them: a row a name, numbered.</summary>
    /// <returns>Null when there is nothing to keep: then there is no chain.</returns>
    public async Task<string?> WriteAsync(ChainWriter writer, CancellationToken cancellationToken)
    {
        foreach (var (number, (name, statistics)) in _attributes.OrderBy(pair => pair.Key, StringComparer.Ordinal).Index())
        {
            await writer.AppendAsync((ulong)number, rowHash: 0, statistics.ToRow(name), cancellationToken);
        }

        return await writer.CompleteAsync(cancellationToken);
    }

    private AttributeStatistics Of(string name)
    {
        if (!_attributes.TryGetValue(name, out var statistics))
        {
            _attributes.Add(name, statistics = new());
        }

        return statistics;
    }

    private static bool IsCounted(string name) => name is not ProfileColumns.Id && !ProfileColumns.IsInternal(name);
}
