using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>Notes in profiles that they entered a step of a journey: an operation like any other, so that fold, erasure and purge know of it.</summary>
public sealed class ProfileEntries(IProfileInbox inbox, ProfileReader profiles, MemberHasher hasher)
{
    /// <summary>Repeatable: of several entries the latest is kept.</summary>
    /// <returns>Those of the ids that there are profiles of. The others are left alone: an entry makes no profile.</returns>
    public async Task<IReadOnlySet<string>> EnterAsync(string stepKey, IReadOnlyCollection<string> ids, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var known = (await profiles.ReadAsync(ids, cancellationToken)).Keys.ToHashSet(StringComparer.Ordinal);
        await NoteAsync(stepKey, ids.Distinct(StringComparer.Ordinal).Where(known.Contains), at, cancellationToken);
        return known;
    }

    /// <summary>As <see cref="EnterAsync"/>, for ids that were just read from profiles. Whoever was erased since does not come back.</summary>
    public Task NoteAsync(string stepKey, IEnumerable<string> ids, DateTimeOffset at, CancellationToken cancellationToken) => InboxWriter.AppendAsync(
        inbox, hasher, ids.Select(id => new ProfileOperation(OperationKind.Enter, id, at) { Values = [new(ProfileColumns.Journey(stepKey), Cell.Of(at))] }), cancellationToken);
}
