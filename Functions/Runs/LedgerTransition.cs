using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>What the ledger knows of a member after an operation: a pure function of what it knew, what was sent and what became of it.</summary>
internal static class LedgerTransition
{
    /// <param name="before">Null when the member was not in the ledger.</param>
    /// <param name="outcome">Null when the row was never sent.</param>
    /// <param name="identifiers">Targets that make up the match key.</param>
    /// <returns>Null when the member is no longer in the ledger.</returns>
    public static LedgerRow? Apply(
        LedgerRow? before, BatchRow sent, RowOutcome? outcome, DestinationMode mode, int mappingVersion, IReadOnlyCollection<string> identifiers)
    {
        var operation = sent.Operation!.Value;
        var keys = operation is DeliveryOperation.Remove ? sent.Fields : KeysOf(sent.Fields, identifiers);
        var isRemoval = operation is DeliveryOperation.Remove;
        switch (outcome?.Fate)
        {
            case RowFate.Accepted when isRemoval && mode is not DestinationMode.RemoveOnly:
                return null;
            case RowFate.Accepted:
                return new()
                {
                    Id = sent.Id,
                    Status = LedgerStatus.Accepted,
                    Payload = sent.Payload,
                    OnList = !isRemoval,
                    MappingVersion = mappingVersion,
                    Cycle = sent.Cycle,
                    Operation = operation,
                    Keys = keys,
                };
            case RowFate.Rejected:
                return new()
                {
                    Id = sent.Id,
                    Status = LedgerStatus.Quarantined,
                    Payload = isRemoval ? before?.Payload ?? 0 : sent.Payload,
                    // A refused add changed nothing, a refused change or removal left the member as it was.
                    OnList = before?.OnList ?? false,
                    Attempts = (before?.Attempts ?? 0) + 1,
                    Code = outcome.Code,
                    Detail = outcome.Detail,
                    MappingVersion = mappingVersion,
                    Cycle = sent.Cycle,
                    Operation = operation,
                    Keys = before is { OnList: true } ? before.Keys : keys,
                };
            case RowFate.Uncertain:
                return new()
                {
                    Id = sent.Id,
                    Status = LedgerStatus.Uncertain,
                    Payload = 0,
                    OnList = mode is not DestinationMode.RemoveOnly,
                    Attempts = (before?.Attempts ?? 0) + 1,
                    Code = outcome.Code,
                    Detail = outcome.Detail,
                    MappingVersion = mappingVersion,
                    Cycle = sent.Cycle,
                    Operation = operation,
                    Keys = keys,
                };
            default:
                // Not sent, or known not to have arrived: nothing changed there, so nothing changes here, and the next plan finds it owed.
                return before;
        }
    }

    /// <summary>Records a member that nothing was sent for.</summary>
    public static LedgerRow? Note(LedgerRow? before, BatchRow note, int mappingVersion) => note.Note == 0
        ? null
        : (before ?? new() { Id = note.Id, Status = note.Note, OnList = note.Note is LedgerStatus.Accepted, Keys = note.Fields }) with
        {
            Status = note.Note,
            Payload = note.Payload,
            MappingVersion = mappingVersion,
        };

    private static Row KeysOf(Row fields, IReadOnlyCollection<string> identifiers) =>
        new(identifiers.Select(target => KeyValuePair.Create(target, fields[target])));
}
