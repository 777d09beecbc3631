namespace AudienceSync.Connectors.Kit;

/// <summary>One request of a conversation with a platform and how its answer is read. Both are pure functions of what they are given.</summary>
/// <typeparam name="T">What the conversation is about: a batch, a job, the completion of a run …</typeparam>
public sealed record Step<T>
{
    /// <summary>For traces: <c>upload</c>, <c>resolve ids</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The request, or null to skip the step. Its body must be in memory; each attempt builds it anew, with the same bytes.</summary>
    public required Func<T, ConnectorSettings, Notes, HttpRequestMessage?> BuildRequest { get; init; }

    /// <summary>What the answer means: go on, ask again, or an outcome. Answers the step has no rule for go to <see cref="ResponseRules.Failure"/>.</summary>
    public required Func<ConnectorResponse, T, ConnectorSettings, Notes, StepResult> ReadResponse { get; init; }
}

/// <summary>What a step's answer means for the conversation: a closed family.</summary>
public abstract record StepResult
{
    /// <summary>Most times one step is asked again; then the conversation fails for now.</summary>
    public const int MaxRepeats = 20;

    private StepResult()
    {
    }

    /// <summary>Go on with the next step.</summary>
    public static StepResult Next { get; } = new Continue();

    public sealed record Continue : StepResult;

    /// <summary>The same step once more after a pause: a next page, a copy under way. At most <see cref="MaxRepeats"/> times.</summary>
    public sealed record Again(TimeSpan After) : StepResult;

    /// <summary>The conversation is over.</summary>
    public sealed record Done(DeliveryOutcome Outcome) : StepResult;

    /// <summary>The audience's id on the platform: the end of <see cref="ConnectorDefinition.FindAudience"/> and <see cref="ConnectorDefinition.CreateAudience"/>.</summary>
    public sealed record Found(string ExternalId) : StepResult;

    public static implicit operator StepResult(DeliveryOutcome outcome) => new Done(outcome);
}

/// <summary>What one step leaves for the later ones of the same conversation: looked-up ids, a file's digest.</summary>
public sealed class Notes
{
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);

    public void Set<T>(string name, T value)
        where T : notnull => _values[name] = value;

    /// <summary>The note of that name; default when there is none.</summary>
    /// <exception cref="InvalidCastException">The note is of another type.</exception>
    public T? Get<T>(string name) => _values.TryGetValue(name, out var value) ? (T)value : default;
}
