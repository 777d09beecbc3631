using System.Collections.Frozen;
using AudienceSync.Pages;
using AudienceSync.Profiles;

namespace AudienceSync.Runs;

/// <summary>Tells whether a profile id is that of somebody under erasure. Immutable.</summary>
public sealed class ErasedMembers(IEnumerable<ErasedMember> members, MemberHasher hasher, PersonHashes hashes)
{
    private readonly FrozenSet<ulong> _keys = members.Select(member => member.Key).ToFrozenSet();
    private readonly FrozenSet<string> _people = members.Select(member => member.Person).ToFrozenSet(StringComparer.Ordinal);

    public bool IsEmpty => _keys.Count == 0;

    public bool Contains(string profileId) => !IsEmpty && _keys.Contains(hasher.Key(profileId)) && _people.Contains(hashes.Of(profileId));
}
