using AudienceSync.Faults;

namespace AudienceSync.Destinations;

/// <summary>All kinds of sources.</summary>
public sealed class MemberSources(IEnumerable<IMemberSource> kinds)
{
    /// <inheritdoc cref="IMemberSource.CheckAsync"/>
    public Task<SourceFacts?> CheckAsync(DestinationSource source, string pointer, ICollection<Fault> faults, CancellationToken cancellationToken) =>
        KindOf(source).CheckAsync(source, pointer, faults, cancellationToken);

    /// <inheritdoc cref="IMemberSource.ResolveAsync"/>
    public Task<Result<SourceMembers>> ResolveAsync(DestinationSource source, CancellationToken cancellationToken) =>
        KindOf(source).ResolveAsync(source, cancellationToken);

    private IMemberSource KindOf(DestinationSource source) =>
        kinds.FirstOrDefault(kind => kind.Knows(source)) ?? throw new InvalidOperationException($"Nothing knows a source such as {source}.");
}
