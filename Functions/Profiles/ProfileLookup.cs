using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AudienceSync.Faults;
using AudienceSync.Pages;

namespace AudienceSync.Profiles;

/// <summary>Shows one profile, with what was written a moment ago.</summary>
public sealed class ProfileLookup(ProfileReader profiles, IProfileSuppressions suppressions, MemberHasher hasher, TrackingIds trackingIds)
{
    /// <param name="unmasked">Whether identifiers are shown whole.</param>
    /// <returns>The profile and its ETag; 404 when there is none.</returns>
    public async Task<Result<(ProfileAnswer Profile, string ETag)>> ReadAsync(string id, bool unmasked, CancellationToken cancellationToken)
    {
        if (await profiles.ReadAsync(id, cancellationToken) is not { } profile)
        {
            return Refusal.NotFound("profile", id);
        }

        var answer = await ShowAsync(profile, unmasked, cancellationToken);
        // A strong ETag names bytes: the masked answer is another than the unmasked.
        var suppressed = answer.Suppression is { } suppression ? $"-{suppression.Type}-{suppression.Origin}" : "";
        return (answer, $"\"{hasher.Row(profile.ToRow()):x16}{suppressed}{(unmasked ? "" : "-masked")}\"");
    }

    /// <summary>A profile as the API shows it.</summary>
    internal async Task<ProfileAnswer> ShowAsync(ProfileState profile, bool unmasked, CancellationToken cancellationToken)
    {
        var values = profile.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        var held = ProfileColumns.Identifiers.Where(profile.Values.ContainsKey).ToList();
        return new ProfileAnswer(
            profile.Id,
            trackingIds.Of(profile.Id),
            trackingIds.UrlTokenOf(profile.Id),
            held.ToDictionary(name => name, name => Show(name, profile.Values[name].AsText(), unmasked)),
            held.ToDictionary(name => name, name => profile.Seen(name).Select(seen => new SeenValueAnswer(Show(name, seen.Value, unmasked), Moment(seen.First), Moment(seen.Last))).ToImmutableArray()),
            values.Where(pair => !ProfileColumns.IsIdentifier(pair.Key) && !ProfileColumns.IsInternal(pair.Key)).ToDictionary(),
            profile.Consents.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(),
            await suppressions.FindAsync(profile, cancellationToken),
            profile.UpdatedAt);
    }

    /// <summary>The profile that a URL token was made of, as it is now.</summary>
    /// <returns>400 when the text is no token, 404 <c>unknown_token</c> when nobody's: forged, of another installation, or of a profile that is gone.</returns>
    public async Task<Result<ResolvedProfile>> ResolveAsync(string token, CancellationToken cancellationToken)
    {
        var tokens = trackingIds.UrlTokens;
        if (tokens.Open(token) is not { } opened)
        {
            return new Refusal(
                RefusalKind.Malformed, "invalid_parameter", "A parameter cannot be read", $"'token' is a URL token: {UrlTokens.Length} characters of base64url, as 'urlToken' of a profile.")
            {
                Extensions = new JsonObject { ["parameters"] = new JsonArray("token") },
            };
        }

        return await profiles.FindAsync(opened.Key, id => tokens.IsOf(opened, id), cancellationToken) is { } profile
            ? new ResolvedProfile(profile.Id, trackingIds.Of(profile.Id))
            : new Refusal(RefusalKind.NotFound, "unknown_token", "Unknown token", "No profile has this URL token.");
    }

    private static DateTimeOffset Moment(long ticks) => new(ticks, TimeSpan.Zero);

    private static string Show(string name, string value, bool unmasked) => unmasked ? value : IdentifierMask.Of(name, value);
}
