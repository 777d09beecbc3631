using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Profiles;

namespace AudienceSync.Suppressions;

/// <summary>Reads what is to be put on the list: by profile id, by an identifier in plain text, or by its SHA-256. Plain values are hashed here and go no further.</summary>
/// <remarks>Forms: <c>{"profileId"}</c>, <c>{"type","value"}</c>, <c>{"type","sha256"}</c>, or an identifier's name as the field (<c>{"email"}</c>); each with <c>reason</c>.</remarks>
public sealed class SuppressionReader(SuppressionKeys keys)
{
    private const int MaxReason = 256;
    private const int MaxValue = 1_024;
    private const int DigestLength = 64;

    /// <param name="pointer">To the object.</param>
    /// <param name="hasReason">Whether it may say why.</param>
    /// <returns>Null, with faults, when it cannot be taken.</returns>
    internal NewSuppression? Read(JsonElement json, string pointer, ICollection<Fault> faults, bool hasReason = true)
    {
        var own = new List<Fault>();
        if (JsonFields.Open(json, pointer, own) is not { } fields)
        {
            faults.Add(own[0]);
            return null;
        }

        var reason = hasReason ? fields.Text("reason", MaxReason) : null;
        var read = ReadSubject(fields, own);
        fields.RefuseUnknown("a suppression");
        foreach (var fault in own)
        {
            faults.Add(fault);
        }

        return own.Count == 0 && read is var (type, key) ? new(key, type, reason) : null;
    }

    private (string Type, SuppressionKey Key)? ReadSubject(JsonFields fields, List<Fault> faults)
    {
        var (name, value, digest) = (fields.Text("type", MaxValue), fields.Text("value", MaxValue), fields.Text("sha256", MaxValue));
        ImmutableArray<(string Type, string Value)> named =
            [.. SuppressionType.All.Select(type => (type, fields.Text(type, MaxValue))).Where(pair => pair.Item2 is not null).Select(pair => (pair.type, pair.Item2!))];
        if (faults.Count > 0)
        {
            return null;
        }

        if (named.Length + (name is null ? 0 : 1) != 1)
        {
            faults.Add(named.Length == 0
                ? new(fields.Pointer, "required", "Say whom it is about: 'profileId'; or 'type' with 'value' or 'sha256'.")
                : new(fields.Pointer, "ambiguous", "A suppression is about one value. Send several entries for several."));
            return null;
        }

        if (name is null)
        {
            if (value is not null || digest is not null)
            {
                fields.Refuse(value is not null ? "value" : "sha256", "ambiguous", "It belongs to 'type'.");
                return null;
            }

            return ReadValue(named[0].Type, named[0].Value, fields.PointerTo(named[0].Type), faults);
        }

        if (SuppressionType.Find(name) is not { } known)
        {
            fields.Refuse("type", "unknown_type", $"'{Shown(name)}' is no type. The types are {string.Join(", ", SuppressionType.All)}.{NearestName.Suggestion(Shown(name), SuppressionType.All)}");
            return null;
        }

        switch (value, digest)
        {
            case ({ }, null):
                return ReadValue(known, value, fields.PointerTo("value"), faults);
            case (null, { }):
                return ReadDigest(known, digest, fields);
            default:
                faults.Add(value is null
                    ? new(fields.PointerTo("value"), "required", "Give the 'value', or its 'sha256' in 64 hexadecimal digits.")
                    : new(fields.PointerTo("sha256"), "ambiguous", "Give either 'value' or 'sha256', not both."));
                return null;
        }
    }

    private (string, SuppressionKey)? ReadValue(string type, string value, string pointer, List<Fault> faults)
    {
        var fault = type is SuppressionType.ProfileId ? ProfileRules.CheckId(value, pointer) : SuppressionType.Normalize(type, ref value, pointer);
        if (fault is not null)
        {
            faults.Add(fault);
            return null;
        }

        return (type, keys.OfValue(type, value));
    }

    private (string, SuppressionKey)? ReadDigest(string type, string digest, JsonFields fields)
    {
        if (type is SuppressionType.ProfileId)
        {
            fields.Refuse("sha256", "not_hashable", "A profile's id is taken as it is: send 'profileId'.");
            return null;
        }

        if (digest.Length != DigestLength || !digest.All(char.IsAsciiHexDigit))
        {
            fields.Refuse("sha256", "invalid_sha256", $"The SHA-256 of the normalised value has {DigestLength} hexadecimal digits; this has {digest.Length} characters.");
            return null;
        }

        return (type, keys.OfDigest(type, digest.ToLowerInvariant()));
    }

    private static string Shown(string text) => text.Length <= 64 ? text : $"{text[..63]}…";
}
