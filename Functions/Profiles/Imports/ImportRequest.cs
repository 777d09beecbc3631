namespace AudienceSync.Profiles.Imports;

/// <summary>What a request says about the file in its body, as it came.</summary>
/// <param name="ContentLength">Null when the body comes in chunks.</param>
/// <param name="IdColumn">Column of the profile id; <c>id</c> when null.</param>
/// <param name="Columns">JSON: source column → our name, or null to drop it, or <c>{"name","type","separator"}</c>.</param>
/// <param name="OccurredAtColumn">Column of the time that the values of a line occurred at; when null they occur as they arrive.</param>
/// <param name="Separator">Of CSV: one character, a comma when null.</param>
public sealed record ImportRequest(
    string? ContentType, long? ContentLength = null, string? IdColumn = null, string? Columns = null, string? OccurredAtColumn = null, string? Separator = null);
