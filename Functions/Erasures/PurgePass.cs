using System.Collections.Immutable;

namespace AudienceSync.Erasures;

/// <summary>What a purge goes through, in this order.</summary>
public enum PurgeStage
{
    /// <summary>Runs that are kept: their rows, what became of these, what was said to platforms.</summary>
    Runs = 1,

    /// <summary>Every chain of pages there is, whether anything refers to it or not.</summary>
    Chains,

    /// <summary>Everything else that may name a person.</summary>
    Traces,
}

/// <summary>How far a purge is: one search through everything kept, for a group of people at once.</summary>
/// <param name="Erasures">Ids of the erasures it is for.</param>
/// <param name="Settled">Those of them whom every destination had answered for good when the search began: a search that finds nobody completes them.</param>
/// <param name="Found">Places where somebody was found. The search is repeated until there are none.</param>
/// <param name="Cursor">What the present stage goes on after; null from its beginning.</param>
/// <param name="Searches">Searches so far for this group.</param>
/// <param name="NotBefore">Of a search to come.</param>
public sealed record PurgePass(
    ImmutableArray<string> Erasures, ImmutableArray<string> Settled, DateTimeOffset StartedAt, PurgeStage Stage, string? Cursor, long Found, int Searches, DateTimeOffset? NotBefore);
