namespace AudienceSync.Benchmarks.Sample;

/// <summary>Counts members and their bytes: what the stream itself costs.</summary>
internal struct CountingSink : IMemberSink
{
    public long Members { get; private set; }

    /// <summary>Bytes of the texts, an amount and a day taken as eight and four.</summary>
    public long Bytes { get; private set; }

    public void Take(in Member member)
    {
        Members++;
        Bytes += member.Id.Length + member.Email.Length + member.Phone.Length + member.FirstName.Length + member.LastName.Length + sizeof(long) + sizeof(int);
    }
}
