using System.Collections.Immutable;
using AudienceSync.Faults;

namespace AudienceSync.Profiles;

/// <summary>What became of each operation of a batch: the body of a 207.</summary>
public sealed record BatchAnswer(int Accepted, int Failed, ImmutableArray<BatchResult> Results);

/// <param name="Index">Place of the operation in the request, from 0.</param>
/// <param name="Status">200, 404 or 422, as the operation alone would have been answered.</param>
/// <param name="Errors">All faults where there are several; the first stands in the members before.</param>
/// <param name="ErasureId">Of an erase operation: where its receipts are shown.</param>
public sealed record BatchResult(
    int Index, int Status, string? Code = null, string? Pointer = null, string? Detail = null, IReadOnlyList<Fault>? Errors = null, string? ErasureId = null)
{
    internal static BatchResult Failed(int index, int status, IReadOnlyList<Fault> faults) =>
        new(index, status, faults[0].Code, faults[0].Pointer, faults[0].Detail, faults.Count > 1 ? faults : null);
}

/// <summary>A profile just identified.</summary>
/// <param name="Created">Whether there was none before.</param>
public sealed record IdentifyAnswer(string Id, string TrackingId, string UrlToken, bool Created);

/// <summary>Whom a URL token stands for.</summary>
public sealed record ResolvedProfile(string Id, string TrackingId);
