using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>What a person said about single purposes: read, and said anew. An older capture never replaces a newer one.</summary>
public sealed class ProfileConsents(ProfileReader profiles, IProfileInbox inbox, MemberHasher hasher, TimeProvider time)
{
    /// <summary>In the order of purposes; 404 when there is no such profile.</summary>
    public async Task<Result<ImmutableArray<ConsentAnswer>>> ListAsync(string profileId, CancellationToken cancellationToken) =>
        await profiles.ReadAsync(profileId, cancellationToken) is { } profile
            ? profile.Consents.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => ConsentAnswer.Of(pair.Key, pair.Value)).ToImmutableArray()
            : Refusal.NotFound("profile", profileId);

    /// <summary>404 when there is no such profile, or nothing was ever said about the purpose.</summary>
    public async Task<Result<ConsentAnswer>> GetAsync(string profileId, string purpose, CancellationToken cancellationToken) =>
        await profiles.ReadAsync(profileId, cancellationToken) is not { } profile ? Refusal.NotFound("profile", profileId)
        : profile.Consents.TryGetValue(purpose, out var consent) ? ConsentAnswer.Of(purpose, consent)
        : Refusal.NotFound("consent", purpose);

    /// <summary>Takes <c>{"state","source","capturedAt"}</c>.</summary>
    /// <returns>The consent that counts now, and whether it is the one given.</returns>
    public async Task<Result<ConsentAnswer>> SetAsync(string profileId, string purpose, JsonElement body, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var faults = new List<Fault>();
        if (ProfileRules.CheckPurpose(purpose, "") is { } invalid)
        {
            faults.Add(invalid);
        }

        var consent = Read(body, now, faults);
        if (faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        if (await profiles.ReadAsync(profileId, cancellationToken) is not { } profile)
        {
            return Refusal.NotFound("profile", profileId);
        }

        if (profile.Consents.TryGetValue(purpose, out var known) && consent!.CapturedAt < known.CapturedAt)
        {
            return ConsentAnswer.Of(purpose, known) with
            {
                Applied = false,
                Detail = $"What was captured at {Timestamps.Format(consent.CapturedAt)} is older than what counts, and changes nothing.",
            };
        }

        var operation = new ProfileOperation(OperationKind.Consent, profileId, now) { Consents = [new(purpose, consent!)] };
        if (ProfileState.Merge(profile, [operation], out var skipped) is null || skipped > 0)
        {
            return new Refusal(
                RefusalKind.Invalid, "profile_too_large", "The profile is full", $"A profile takes at most {ProfileSize.MaxProfileBytes} bytes. Clear attributes that nobody uses.");
        }

        await InboxWriter.AppendAsync(inbox, hasher, [operation], cancellationToken);
        return ConsentAnswer.Of(purpose, consent!) with { Applied = true };
    }

    private static Consent? Read(JsonElement body, DateTimeOffset now, List<Fault> faults)
    {
        if (JsonFields.Open(body, "", faults) is not { } fields)
        {
            return null;
        }

        var state = fields.Choice<ConsentState>("state");
        var source = fields.Text("source", ProfileRules.MaxSourceLength);
        var capturedAt = now;
        if (fields.Text("capturedAt", int.MaxValue) is { } text)
        {
            if (!Timestamps.TryParse(text, out capturedAt))
            {
                fields.Refuse("capturedAt", "invalid_time", "This is no RFC 3339 date-time. Send it like 2026-10-01T00:00:00Z.");
            }
            else if (ProfileRules.CheckTime(capturedAt, now, "/capturedAt") is { } fault)
            {
                faults.Add(fault);
            }
        }

        fields.RefuseUnknown("a consent");
        if (state is null && !faults.Exists(fault => fault.Pointer == "/state"))
        {
            fields.Refuse("state", "required", "'state' is missing. It is granted, denied or unknown.");
        }

        return state is { } given ? new(given, source, capturedAt) : null;
    }
}

/// <summary>A consent as the API shows it.</summary>
/// <param name="Applied">Of an answer to a change: whether it was taken. Null else.</param>
public sealed record ConsentAnswer(
    string Purpose, ConsentState State, string? Source, DateTimeOffset CapturedAt, bool? Applied = null, string? Detail = null)
{
    internal static ConsentAnswer Of(string purpose, Consent consent) => new(purpose, consent.State, consent.Source, consent.CapturedAt);
}
