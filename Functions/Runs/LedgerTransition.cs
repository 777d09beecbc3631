using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>What the ledger knows of a member after an operation: a pure function of what it knew, what was sent and what became of it.</summary>
internal static class LedgerTransition
{
    /// <param name="before">Null when the member was not in the ledger.</param>
    /// <param name="outcome">Null when the row was never sent.</param>
    /// <param name="isDoubted">An earlier try of the same operation may have been taken without a word.</param>
    /// <param name="identifiers">Targets that make up the match key.</param>
    /// <returns>Null when the member is no longer in the ledger.</returns>
    public static LedgerRow? Apply(
        LedgerRow? before, BatchRow sent, RowOutcome? outcome, bool isDoubted, DestinationMode mode, int mappingVersion, IReadOnlyCollection<string> identifiers)
    {
        var operation = sent.Operation!.Value;
        var keys = operation is DeliveryOperation.Remove ? sent.Fields : KeysOf(sent.Fields, identifiers);
        var isRemoval = operation is DeliveryOperation.Remove;
        var remoteId = outcome?.RemoteId switch { null => sent.RemoteId, "" => null, var told => told };
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
                    OnList = IsOnListAfter(before, operation, isKnown: true),
                    MappingVersion = mappingVersion,
                    Cycle = sent.Cycle,
                    Operation = operation,
                    RemoteId = remoteId,
                    Keys = keys,
                };
            case RowFate.Rejected:
                return new()
                {
                    Id = sent.Id,
                    Status = LedgerStatus.Quarantined,
                    Payload = isRemoval && mode is not DestinationMode.RemoveOnly ? before?.Payload ?? 0 : sent.Payload,
                    // What is refused changes nothing, unless an earlier try did before it was refused.
                    OnList = (before?.OnList ?? false) || (isDoubted && operation is DeliveryOperation.Add),
                    Attempts = (before?.Attempts ?? 0) + 1,
                    Code = outcome.Code,
                    Detail = outcome.Detail,
                    MappingVersion = mappingVersion,
                    Cycle = sent.Cycle,
                    Operation = operation,
                    RemoteId = before is { OnList: true } && outcome.RemoteId is null ? before.RemoteId : remoteId,
                    Keys = before is { OnList: true } ? before.Keys : keys,
                };
            case RowFate.Uncertain:
                return new()
                {
                    Id = sent.Id,
                    Status = LedgerStatus.Uncertain,
                    // What may have arrived: the status says that it is not known. The same payload again is the same operation.
                    Payload = sent.Payload,
                    OnList = IsOnListAfter(before, operation, isKnown: false),
                    Attempts = (before?.Attempts ?? 0) + 1,
                    Code = outcome.Code,
                    Detail = outcome.Detail,
                    MappingVersion = mappingVersion,
                    Cycle = sent.Cycle,
                    Operation = operation,
                    RemoteId = remoteId,
                    Keys = keys,
                };
            default:
                // Not sent, or known not to have arrived: nothing changed there, so nothing changes here, and the next plan finds it owed.
                return before;
        }
    }

    /// <summary>The member with its operation still owed, where neither its hash nor its payload would say so: of a full resync, or a retry by hand, that was not sent.</summary>
    public static LedgerRow Owe(LedgerRow member) => member with { Payload = 0, MappingVersion = 0 };

    /// <summary>The member with an operation still owed that was to put right what another may have done.</summary>
    public static LedgerRow Doubt(LedgerRow member, BatchRow sent) =>
        member with { Status = LedgerStatus.Uncertain, Operation = sent.Operation!.Value, Payload = sent.Payload, Cycle = sent.Cycle };

    /// <summary>Records a member that nothing was sent for.</summary>
    public static LedgerRow? Note(LedgerRow? before, BatchRow note, DestinationMode mode, int mappingVersion) => note.Note == 0
        ? null
        : (before ?? new() { Id = note.Id, Status = note.Note, OnList = note.Note is LedgerStatus.Accepted && Adds(mode), Keys = note.Fields }) with
        {
            Status = note.Note,
            Payload = note.Payload,
            MappingVersion = mappingVersion,
        };

    /// <summary>Whether being a member of the segment means being on the list by our doing.</summary>
    public static bool Adds(DestinationMode mode) => mode is not (DestinationMode.UpdateOnly or DestinationMode.RemoveOnly);

    /// <summary>Only an add puts somebody on the list: whom we only changed was not added by us, and is never removed.</summary>
    private static bool IsOnListAfter(LedgerRow? before, DeliveryOperation operation, bool isKnown) => operation switch
    {
        DeliveryOperation.Add => true,
        DeliveryOperation.Remove when isKnown => false,
        _ => before?.OnList ?? false,
    };

    private static Row KeysOf(Row fields, IReadOnlyCollection<string> identifiers) =>
        new(identifiers.Select(target => KeyValuePair.Create(target, fields[target])));
}
