namespace AudienceSync.Values;

/// <summary>Which page of a list is asked for.</summary>
/// <param name="After">The sort key of the last item before this page; null for the first.</param>
public sealed record PageRequest(int Limit, string? After);

/// <summary>A page of a list.</summary>
/// <param name="Next">The sort key to go on after; null on the last page.</param>
public sealed record ListPage<T>(IReadOnlyList<T> Items, string? Next);
