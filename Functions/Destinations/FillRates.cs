using System.Collections.Immutable;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;

namespace AudienceSync.Destinations;

/// <summary>Which share of a source's members has a value for each field of a mapping: exact for small populations, else of a sample.</summary>
/// <remarks>Profiles are sorted by a keyed hash of their ids, so the first page of a shard is as good a sample as any, and no bigger than a page.</remarks>
public sealed class FillRates(MemberSources sources, QueryReader queries, IProfileShards profiles, IPageStore pages, TrackingIds trackingIds, TimeProvider time)
{
    /// <summary>Members that are looked at. Ours.</summary>
    private const int SampleSize = 2_000;

    /// <summary>Pages of profiles that are read, over all shards. Ours.</summary>
    private const int MaxPages = 16;

    /// <summary>Fewer members than these say nothing about the others.</summary>
    private const int SmallestSample = 50;

    /// <summary>Of a category nothing is counted: it is in the nature of its attributes that few have them all.</summary>
    /// <returns>Null when nothing can be said: the source cannot be evaluated, is empty, or too few of its members were met.</returns>
    /// <param name="faults">Receives what is wrong with the values that were looked at.</param>
    public async Task<FillSample?> ReadAsync(DestinationSource source, ImmutableArray<MappingEntry> mapping, ICollection<Fault> faults, CancellationToken cancellationToken)
    {
        if (source is DestinationSource.OfQuery query)
        {
            return await queries.SampleAsync(query, mapping, faults, cancellationToken);
        }

        if (await sources.ResolveAsync(source, cancellationToken) is not Result<SourceMembers>.Ok(var resolved))
        {
            return null;
        }

        var rule = RuleCompiler.Compile(resolved.Rules, time.GetUtcNow());
        var compiled = CompiledMapping.Compile([.. mapping.Where(entry => entry.Category is null)], trackingIds);
        var filled = new long[mapping.Length];
        var (members, isWhole) = (0L, true);
        await foreach (var (page, isLast) in ReadPagesAsync(await profiles.FoldAsync(cancellationToken), cancellationToken))
        {
            isWhole &= isLast;
            var render = compiled.Bind(page);
            foreach (var row in rule.Select(page).ToArray())
            {
                if (members == SampleSize)
                {
                    isWhole = false;
                    break;
                }

                members++;
                var payload = render(row);
                for (var entry = 0; entry < mapping.Length; entry++)
                {
                    filled[entry] += payload.Has(mapping[entry].To) ? 1 : 0;
                }
            }
        }

        return members > 0 && (isWhole || members >= SmallestSample) ? new([.. filled], members, isWhole) : null;
    }

    /// <summary>A page of each shard; of few shards further ones.</summary>
    private async IAsyncEnumerable<(PageReader Page, bool IsLast)> ReadPagesAsync(
        ProfileSet set, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ImmutableArray<string> chains = [.. set.Shards.Select(shard => shard.Chain).OfType<string>()];
        var each = Math.Max(1, MaxPages / Math.Max(1, chains.Length));
        foreach (var chain in chains.Take(MaxPages))
        {
            var read = 0;
            PageReader? page = null;
            await foreach (var next in pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, cancellationToken))
            {
                if (page is not null)
                {
                    yield return (page, true);
                }

                (page, read) = (next, read + 1);
                if (read > each)
                {
                    break;
                }
            }

            if (page is not null)
            {
                // One page more than is wanted tells that there are more.
                yield return (page, read <= each && chains.Length <= MaxPages);
            }
        }
    }
}

/// <param name="Filled">Members with a value, by entry of the mapping.</param>
/// <param name="Members">Members looked at.</param>
/// <param name="IsWhole">They are all there are.</param>
/// <param name="Whose">Of a whole source: what it is.</param>
public sealed record FillSample(ImmutableArray<long> Filled, long Members, bool IsWhole, string Whose = "the segment's");
