using System.Collections.Immutable;

namespace AudienceSync.Local.Demo;

/// <summary>What a customer said about marketing mail.</summary>
internal enum MarketingConsent
{
    NeverAsked,
    Granted,
    Denied,
}

/// <summary>A made-up customer of the demo shop, as its order system knows them.</summary>
internal sealed record Customer
{
    public required string Id { get; init; }

    public required string FirstName { get; init; }

    public required string LastName { get; init; }

    public required string Email { get; init; }

    public string? Phone { get; init; }

    public required string Country { get; init; }

    public int Orders { get; init; }

    public decimal Revenue { get; init; }

    /// <summary>Null before the first order.</summary>
    public DateTimeOffset? LastOrderAt { get; init; }

    public ImmutableArray<string> Tags { get; init; } = [];

    public MarketingConsent Consent { get; init; }
}
