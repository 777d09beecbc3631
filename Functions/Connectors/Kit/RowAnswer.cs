namespace AudienceSync.Connectors.Kit;

/// <summary>What the answer to one step says about one row: a closed family.</summary>
public abstract record RowAnswer
{
    private RowAnswer()
    {
    }

    /// <summary>Nothing: the row goes on with the next step. Rows that no step settles are accepted.</summary>
    public static RowAnswer Next { get; } = new GoOn(null);

    /// <summary>
    /// The person is on the platform, under this id: later steps see it as <see cref="DeliveryRow.RemoteId"/>, and it is remembered once the row is
    /// accepted. Also the answer to a create that met somebody who exists: the row goes on, to the step that updates.
    /// </summary>
    public static RowAnswer Known(string remoteId) => new GoOn(remoteId);

    /// <summary>The person was created, under this id: as <see cref="Known"/>, and later steps see <see cref="DeliveryRow.IsCreated"/>.</summary>
    public static RowAnswer Created(string remoteId) => new GoOn(remoteId, IsCreated: true);

    /// <summary>The row has its outcome and is left out of the later steps.</summary>
    public sealed record Done(RowOutcome Outcome) : RowAnswer;

    public sealed record GoOn(string? RemoteId, bool IsCreated = false) : RowAnswer;

    public static implicit operator RowAnswer(RowOutcome outcome) => new Done(outcome);
}
