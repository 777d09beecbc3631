using System.Collections.Immutable;

namespace AudienceSync.Runs;

/// <summary>What runs ask about people who are being erased.</summary>
public interface IErasureTargets
{
    /// <summary>Those whom a run is to take off its destination; from now on it is the run that answers for them. Repeatable.</summary>
    Task<ImmutableArray<ErasedMember>> AssignAsync(string destinationId, string runId, CancellationToken cancellationToken);

    /// <summary>Everybody under erasure, as it was a few seconds ago at most: a run that was planned before must not bring them there.</summary>
    ValueTask<ErasedMembers> UnderWayAsync(CancellationToken cancellationToken);
}

/// <summary>A member under erasure.</summary>
/// <param name="Person">Keyed hash of the profile id (<see cref="Profiles.PersonHashes"/>): tells members of one key apart.</param>
public readonly record struct ErasedMember(ulong Key, string Person);
