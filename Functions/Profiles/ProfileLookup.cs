using AudienceSync.Faults;
using AudienceSync.Pages;

namespace AudienceSync.Profiles;

/// <summary>Shows one profile, with what was written a moment ago.</summary>
public sealed class ProfileLookup(ProfileReader profiles, MemberHasher hasher, TrackingIds trackingIds)
{
    /// <param name="unmasked">Whether identifiers are shown whole.</param>
    /// <returns>The profile and its ETag; 404 when there is none.</returns>
    public async Task<Result<(ProfileAnswer Profile, string ETag)>> ReadAsync(string id, bool unmasked, CancellationToken cancellationToken)
    {
        if (await profiles.ReadAsync(id, cancellationToken) is not { } profile)
        {
            return Refusal.NotFound("profile", id);
        }

        var values = profile.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        var answer = new ProfileAnswer(
            id,
            trackingIds.Of(id),
            trackingIds.UrlTokenOf(id),
            ProfileColumns.Identifiers
                .Where(profile.Values.ContainsKey)
                .ToDictionary(name => name, name => Show(name, profile.Values[name].AsText(), unmasked)),
            values.Where(pair => !ProfileColumns.IsIdentifier(pair.Key)).ToDictionary(),
            profile.Consents.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(),
            profile.UpdatedAt);
        // A strong ETag names bytes: the masked answer is another than the unmasked.
        return (answer, $"\"{hasher.Row(profile.ToRow()):x16}{(unmasked ? "" : "-masked")}\"");
    }

    private static string Show(string name, string value, bool unmasked) => unmasked ? value : IdentifierMask.Of(name, value);
}
