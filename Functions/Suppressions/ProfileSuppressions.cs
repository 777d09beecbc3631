using AudienceSync.Profiles;

namespace AudienceSync.Suppressions;

/// <summary>Asks the list as it is now about one profile.</summary>
public sealed class ProfileSuppressions(SuppressionList list) : IProfileSuppressions
{
    async Task<ProfileSuppression?> IProfileSuppressions.FindAsync(ProfileState profile, CancellationToken cancellationToken) =>
        (await list.OpenAsync(frozen: null, cancellationToken)).Find(profile.ToRow()) is { } hit ? new(hit.Type, hit.IsErasure ? "erasure" : "request") : null;
}
