using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <summary>One request of a conversation with a platform and how its answer is read. Both are pure functions of what they are given.</summary>
/// <typeparam name="T">What the conversation is about: a batch, a job, the completion of a run …</typeparam>
public sealed record Step<T>
{
    /// <summary>For traces: <c>upload</c>, <c>resolve ids</c>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Cuts the rows that are open into parts, one request each (see <see cref="Kit.Parts"/>); rows in no part are left out of the step. Null for one
    /// request about all of them. A row may be in several parts: it is accepted only when each of them accepts it. Steps that are not about rows have none.
    /// </summary>
    public Func<DeliveryBatch, ConnectorSettings, Notes, IEnumerable<DeliveryBatch>>? Parts { get; init; }

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

    /// <summary>Most pages of one answer; then the conversation fails for now.</summary>
    public const int MaxPages = 1_000;

    private StepResult()
    {
    }

    /// <summary>Go on with the next step.</summary>
    public static StepResult Next { get; } = new Continue();

    public sealed record Continue : StepResult;

    /// <summary>The same step once more after a pause: a next page, a copy under way. At most <see cref="MaxRepeats"/> times.</summary>
    public sealed record Again(TimeSpan After) : StepResult;

    /// <summary>The same step at once for the next page, which <see cref="Notes.Cursor"/> names. At most <see cref="MaxPages"/> pages.</summary>
    /// <param name="Rows">What this page says about rows; empty for nothing. Ids it makes known are on the rows when the next page is read.</param>
    public sealed record Page(string Cursor, ImmutableArray<RowAnswer> Rows) : StepResult
    {
        public Page(string cursor)
            : this(cursor, [])
        {
        }
    }

    /// <summary>Each row of the part has an answer of its own, in the order of its rows: it is settled, or goes on with the next step.</summary>
    public sealed record PerRow(ImmutableArray<RowAnswer> Rows) : StepResult;

    /// <summary>All rows of the part have the same answer.</summary>
    public sealed record All(RowAnswer Answer) : StepResult;

    /// <summary>An answer for each row of the part.</summary>
    public static StepResult ForEach(DeliveryBatch batch, Func<DeliveryRow, RowAnswer> answerOf) => new PerRow([.. batch.Rows.Select(answerOf)]);

    /// <summary>The conversation is over for the rows of the part.</summary>
    public sealed record Done(DeliveryOutcome Outcome) : StepResult;

    /// <summary>The audience's id on the platform: the end of <see cref="ConnectorDefinition.FindAudience"/> and <see cref="ConnectorDefinition.CreateAudience"/>.</summary>
    public sealed record Found(string ExternalId) : StepResult;

    public static implicit operator StepResult(DeliveryOutcome outcome) => new Done(outcome);

    public static implicit operator StepResult(RowAnswer answer) => new All(answer);

    public static implicit operator StepResult(RowOutcome outcome) => new All(outcome);
}

/// <summary>What one step leaves for the later ones of the same conversation: looked-up ids, a file's digest.</summary>
public sealed class Notes
{
    private readonly Dictionary<string, object> _values;

    public Notes()
        : this(new(StringComparer.Ordinal))
    {
    }

    private Notes(Dictionary<string, object> values) => _values = values;

    /// <summary>Where the next page of this step begins, as <see cref="StepResult.Page"/> named it; null for the first page.</summary>
    public string? Cursor { get; private init; }

    public void Set<T>(string name, T value)
        where T : notnull => _values[name] = value;

    /// <summary>The same notes at another page.</summary>
    internal Notes At(string? cursor) => new(_values) { Cursor = cursor };

    /// <summary>The note of that name; default when there is none.</summary>
    /// <exception cref="InvalidCastException">The note is of another type.</exception>
    public T? Get<T>(string name) => _values.TryGetValue(name, out var value) ? (T)value : default;
}
