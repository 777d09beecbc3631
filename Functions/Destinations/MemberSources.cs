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

    private IMemberSource KindOf(DestinationSource source) =>
        kinds.FirstOrDefault(kind => kind.Knows(source)) ?? throw new InvalidOperationException($"Nothing knows a source such as {source}.");
}
