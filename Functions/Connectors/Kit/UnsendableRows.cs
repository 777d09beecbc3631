using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <summary>Sets the rows aside that <see cref="ConnectorDefinition.CheckRow"/> refuses, and puts their outcomes back in their places.</summary>
/// <remarks>The check is a pure function of the batch: delivering and asking after its job set the same rows aside.</remarks>
internal sealed class UnsendableRows
{
    private readonly ImmutableArray<RowOutcome?> _refused;

    private UnsendableRows(DeliveryBatch rest, ImmutableArray<RowOutcome?> refused) => (Rest, _refused) = (rest, refused);

    /// <summary>The rows that can be sent.</summary>
    public DeliveryBatch Rest { get; }

    public static UnsendableRows In(DeliveryBatch batch, ConnectorDefinition connector, ConnectorSettings settings)
    {
        if (connector.CheckRow is not { } check)
        {
            return new(batch, []);
        }

        ImmutableArray<RowOutcome?> refused = [.. batch.Rows.Select(row => check(row, batch, settings))];
        return refused.All(outcome => outcome is null)
            ? new(batch, [])
            : new(batch with { Rows = [.. batch.Rows.Where((_, index) => refused[index] is null)] }, refused);
    }

    /// <summary>The outcome for the whole batch; one that is not about single rows stays as it is.</summary>
    public DeliveryOutcome Complete(DeliveryOutcome outcome)
    {
        if (_refused.IsEmpty || outcome is not DeliveryOutcome.Settled settled)
        {
            return outcome;
        }

        var next = 0;
        return new DeliveryOutcome.Settled([.. _refused.Select(refused => refused ?? settled.Rows[next++])]);
    }
}
