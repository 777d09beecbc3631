using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

internal enum OperationKind
{
    /// <summary>Sets and clears identifiers, attributes and consents; makes the profile when there is none.</summary>
    Identify,

    /// <summary>As identify, with consents alone.</summary>
    Consent,

    /// <summary>Drops everything that arrived before it, and what arrives with it but occurred earlier.</summary>
    Erase,

    /// <summary>Notes an entry into a step of a journey. It makes no profile: who was erased meanwhile does not come back.</summary>
    Enter,
}

/// <summary>One accepted operation on one profile.</summary>
internal sealed record ProfileOperation(OperationKind Kind, string Id, DateTimeOffset OccurredAt)
{
    /// <summary>Identifiers, attributes and entries to set, by column name; an absent cell clears the name.</summary>
    public ImmutableArray<KeyValuePair<string, Cell>> Values { get; init; } = [];

    public ImmutableArray<KeyValuePair<string, Consent>> Consents { get; init; } = [];
}
