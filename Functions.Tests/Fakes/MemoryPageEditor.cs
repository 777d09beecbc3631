using System.Runtime.CompilerServices;
using AudienceSync.Erasures;
using AudienceSync.Ids;
using AudienceSync.Pages;

namespace AudienceSync.Fakes;

/// <summary>Edits pages of a <see cref="MemoryPageStore"/>.</summary>
internal sealed class MemoryPageEditor(MemoryPageStore pages, FaultPoints? points = null) : IPageEditor
{
    private readonly FaultPoints _points = points ?? new();

    public async IAsyncEnumerable<string> ListAsync(string? after, DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var chain in await _points.Read(() => pages.Chains.Where(chain => string.CompareOrdinal(chain, after) > 0 && NewId.TimeOf(chain) < before).ToList()))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return chain;
        }
    }

    public async Task<bool> TryReplaceAsync(string chain, PackedPage page, CancellationToken cancellationToken)
    {
        _points.Pass();
        var isThere = pages.Chains.Contains(chain);
        if (isThere)
        {
            await pages.WriteAsync(chain, [page], cancellationToken);
        }

        _points.Pass();
        return isThere;
    }

    public Task<bool> ExistsAsync(string chain, CancellationToken cancellationToken) => _points.Read(() => pages.Chains.Contains(chain));
}
