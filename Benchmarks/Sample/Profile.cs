namespace AudienceSync.Benchmarks.Sample;

/// <summary>One made-up profile, as rules read it. Texts are UTF-8, valid until the sink that was given them returns.</summary>
internal readonly ref struct Profile
{
    /// <summary>Number of the profile, from 0: a key that ascends.</summary>
    public required int Number { get; init; }

    public required ReadOnlySpan<byte> Id { get; init; }

    public required ReadOnlySpan<byte> Email { get; init; }

    /// <summary>Empty for one in twenty: not known.</summary>
    public required ReadOnlySpan<byte> Country { get; init; }

    public required ReadOnlySpan<byte> Plan { get; init; }

    public required long Orders { get; init; }

    /// <summary>Money with two decimals, in hundredths.</summary>
    public required long RevenueCents { get; init; }

    /// <summary>When the last order was, in seconds since 1970; 0 for one in ten: never.</summary>
    public required long LastOrderAt { get; init; }

    public required bool Newsletter { get; init; }
}

internal interface IProfileSink
{
    void Take(in Profile profile);
}
