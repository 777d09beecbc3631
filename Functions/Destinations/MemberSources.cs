using System.Collections.Immutable;
using AudienceSync.Faults;
using AudienceSync.Segments;

namespace AudienceSync.Destinations;

/// <summary>All kinds of sources.</summary>
public sealed class MemberSources(IEnumerable<IMemberSource> kinds, SegmentService segments)
{
    /// <inheritdoc cref="IMemberSource.CheckAsync"/>
    public Task<SourceFacts?> CheckAsync(DestinationSource source, string pointer, ICollection<Fault> faults, CancellationToken cancellationToken) =>
        KindOf(source).CheckAsync(source, pointer, faults, cancellationToken);

    /// <summary>Whom the source holds, by the rules as they are now.</summary>
    public Task<Result<SourceMembers>> ResolveAsync(DestinationSource source, CancellationToken cancellationToken) =>
        ResolveAsync(source, segments.Resolver(), cancellationToken);

    /// <inheritdoc cref="IMemberSource.ResolveAsync"/>
    public Task<Result<SourceMembers>> ResolveAsync(DestinationSource source, SegmentResolver resolver, CancellationToken cancellationToken) =>
        KindOf(source).ResolveAsync(source, resolver, cancellationToken);

    /// <summary>Whom a destination takes, by the segments as they are now: what its source holds, with the destination's filters.</summary>
    public Task<Result<SourceMembers>> ResolveAsync(Destination destination, CancellationToken cancellationToken) =>
        ResolveAsync(destination, segments.Resolver(), cancellationToken);

    /// <inheritdoc cref="ResolveAsync(Destination, CancellationToken)"/>
    public async Task<Result<SourceMembers>> ResolveAsync(Destination destination, SegmentResolver resolver, CancellationToken cancellationToken) =>
        await (await ResolveAsync(destination.Source, resolver, cancellationToken)).ThenAsync<SourceMembers>(async members =>
            (await FiltersOfAsync(destination, resolver, cancellationToken)).Match<Result<SourceMembers>>(filters => members with { Filters = filters }, refusal => refusal));

    /// <summary>The filters of a destination with all references put in their place, by the segments as they are now.</summary>
    public Task<Result<ImmutableArray<MemberFilter>>> FiltersOfAsync(Destination destination, CancellationToken cancellationToken) =>
        FiltersOfAsync(destination, segments.Resolver(), cancellationToken);

    /// <summary>Looks up what filters refer to.</summary>
    /// <param name="faults">Receives everything wrong, below <c>/filters</c>.</param>
    internal Task CheckAsync(ImmutableArray<MemberFilter?> filters, ICollection<Fault> faults, CancellationToken cancellationToken) =>
        FilterSpecs.CheckAsync(filters, segments.Resolver(), faults, cancellationToken);

    private static async Task<Result<ImmutableArray<MemberFilter>>> FiltersOfAsync(Destination destination, SegmentResolver resolver, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        var filters = await FilterSpecs.ResolveAsync(destination.Filters, resolver, faults, cancellationToken);
        return faults.Count == 0 ? filters : SegmentService.RuleInvalid(faults);
    }

    private IMemberSource KindOf(DestinationSource source) =>
        kinds.FirstOrDefault(kind => kind.Knows(source)) ?? throw new InvalidOperationException($"Nothing knows a source such as {source}.");
}
