namespace AudienceSync.Local.Platforms.State;

/// <summary>What was called and what was refused.</summary>
internal sealed class CallLog
{
    /// <summary>Refusals kept; older ones are only counted.</summary>
    private const int MostKept = 200;

    public SortedDictionary<string, int> Calls { get; } = new(StringComparer.Ordinal);

    public Queue<Refused> Refusals { get; } = new();

    public int RefusedCount { get; private set; }

    public void Count(string kind) => Calls[kind] = Calls.GetValueOrDefault(kind) + 1;

    public void Refuse(Refused refused)
    {
        RefusedCount++;
        Refusals.Enqueue(refused);
        if (Refusals.Count > MostKept)
        {
            Refusals.Dequeue();
        }
    }

    internal sealed record Refused(string Kind, string Call, int Status, string Why);
}
