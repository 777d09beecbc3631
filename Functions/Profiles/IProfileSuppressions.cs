namespace AudienceSync.Profiles;

/// <summary>Knows who is sent to nobody.</summary>
public interface IProfileSuppressions
{
    /// <summary>Null when the profile is not on the suppression list.</summary>
    internal Task<ProfileSuppression?> FindAsync(ProfileState profile, CancellationToken cancellationToken);
}

/// <summary>Why a profile is sent to nobody.</summary>
/// <param name="Type">What the entry is made of: <c>profileId</c>, or an identifier's name.</param>
/// <param name="Origin"><c>request</c>, or <c>erasure</c> of a tombstone.</param>
public sealed record ProfileSuppression(string Type, string Origin);
