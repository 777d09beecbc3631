namespace AudienceSync.Benchmarks.Sample;

/// <summary>One member: an id and six attributes, texts as UTF-8. Valid until the sink that was given it returns.</summary>
internal readonly ref struct Member
{
    public required ReadOnlySpan<byte> Id { get; init; }

    public required ReadOnlySpan<byte> Email { get; init; }

    public required ReadOnlySpan<byte> Phone { get; init; }

    public required ReadOnlySpan<byte> FirstName { get; init; }

    public required ReadOnlySpan<byte> LastName { get; init; }

    /// <summary>An amount of money with two decimals, in hundredths.</summary>
    public required long Cents { get; init; }

    /// <summary>A date, as <see cref="DateOnly.DayNumber"/>.</summary>
    public required int Day { get; init; }
}

/// <summary>Takes members one by one.</summary>
internal interface IMemberSink
{
    void Take(in Member member);
}

/// <summary>A stream of members in no particular order, which several threads may read in parts.</summary>
internal interface IMemberSource
{
    /// <summary>About how many there are.</summary>
    long ApproximateCount { get; }

    /// <summary>Gives every member of one part to the sink.</summary>
    /// <param name="part">From 0; less than <paramref name="parts"/>.</param>
    void Read<TSink>(int part, int parts, ref TSink sink)
        where TSink : IMemberSink;
}
