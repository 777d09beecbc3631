namespace AudienceSync.Http;

/// <summary>Which page of a list is asked for.</summary>
/// <param name="Limit">Most items of the page: 1–200.</param>
/// <param name="After">The sort key of the last item before this page; null for the first.</param>
public sealed record PageRequest(int Limit, string? After);
