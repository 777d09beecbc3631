namespace AudienceSync.Http;

/// <summary>A page of a list.</summary>
/// <param name="Next">The sort key to go on after; null on the last page.</param>
public sealed record ListPage<T>(IReadOnlyList<T> Items, string? Next);
