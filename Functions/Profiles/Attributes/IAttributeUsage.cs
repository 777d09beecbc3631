using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Profiles.Attributes;

/// <summary>Knows things that read attributes and identifiers of profiles.</summary>
public interface IAttributeUsage
{
    /// <summary>Every use there is now; one name may come several times for one user.</summary>
    /// <param name="attributes">Those there are, with their types: some things read all of a kind.</param>
    Task<ImmutableArray<AttributeUse>> ReadAsync(IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, CancellationToken cancellationToken);
}

/// <param name="Name">Of an attribute or identifier; others are passed over.</param>
public sealed record AttributeUse(string Name, AttributeUser User);

/// <param name="Type">What it is: <c>segment</c>, <c>campaign</c> or <c>destination</c>.</param>
public sealed record AttributeUser(string Type, string Id, string Name);
