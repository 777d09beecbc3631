using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>What every plan needs.</summary>
internal sealed record PlanTools(IPageStore Pages, MemberHasher Hasher, OperationIds OperationIds, TrackingIds TrackingIds, TimeProvider Time);

/// <summary>The plan of one shard while it is written: judges each member, and writes what is owed into the chain of its phase.</summary>
internal sealed class ShardPlan : IEqualRows
{
    private readonly PlanTools _tools;
    private readonly Run _run;
    private readonly RunSpec _spec;
    private readonly bool _isFirst;
    private readonly CompiledMapping _mapping;
    private readonly ChainWriter _upserts;
    private readonly ChainWriter _updates;
    private readonly ChainWriter _removals;
    private readonly ChainWriter _readds;
    private readonly ChainWriter _notes;
    private PageReader? _page;
    private Func<int, Row>? _render;
    private PageReader? _ledgerPage;
    private bool? _onListIfCurrent;
    private OperationCounts _planned;
    private long _unchanged;
    private long _rekeyed;
    private long _accepted;

    public ShardPlan(PlanTools tools, Run run, LedgerManifest ledger)
    {
        (_tools, _run, _spec) = (tools, run, run.Spec!);
        _isFirst = ledger.Version == 0;
        _mapping = CompiledMapping.Compile(_spec.Mapping, tools.TrackingIds);
        _upserts = Chain(_spec.RowsPerBatch);
        _updates = Chain(_spec.RowsPerBatch);
        _removals = Chain(_spec.RemovalsPerBatch is > 0 and var removals ? removals : _spec.RowsPerBatch);
        _readds = Chain(_spec.RowsPerBatch);
        _notes = Chain(10_000);
    }

    /// <summary>Desired (left) against accepted (right), where they are not alike or something is owed.</summary>
    public async ValueTask CompareAsync(RowRef? desired, RowRef? accepted, CancellationToken cancellationToken)
    {
        if (accepted is null)
        {
            await EnterAsync(desired!.Value, cancellationToken);
            return;
        }

        var member = LedgerRow.Read(accepted.Value);
        _accepted += member.Status is LedgerStatus.Accepted && member.OnList ? 1 : 0;
        if (desired is null)
        {
            await LeaveAsync(accepted.Value, member, cancellationToken);
        }
        else
        {
            await StayAsync(desired.Value, member, cancellationToken);
        }
    }

    /// <inheritdoc/>
    /// <remarks>A row that did not change counts as unchanged only where nothing is owed.</remarks>
    bool IEqualRows.AreSettled(PageReader right) => !Forced && OnListIfCurrent(right) is not null;

    void IEqualRows.AddSettled(PageReader right, int rows) => Skip(rows, OnListIfCurrent(right)!.Value);

    bool IEqualRows.IsDifference(RowRef left, RowRef right)
    {
        if (Forced || !IsCurrent(right))
        {
            return true;
        }

        Skip(1, right[LedgerColumns.OnList] is { IsAbsent: false } onList && onList.AsBoolean());
        return false;
    }

    public async Task<PlanShard> CompleteAsync(CancellationToken cancellationToken) => new()
    {
        Upserts = await SealAsync(_upserts, cancellationToken),
        Updates = await SealAsync(_updates, cancellationToken),
        Removals = await SealAsync(_removals, cancellationToken),
        Readds = await SealAsync(_readds, cancellationToken),
        Notes = await SealAsync(_notes, cancellationToken),
        Planned = _planned,
        Rekeyed = _rekeyed,
        Unchanged = _unchanged,
        Accepted = _accepted,
    };

    private bool Forced => _run.Mode is RunMode.Full;

    /// <summary>Not of a step's events, whatever the run is for: nobody leaves a step.</summary>
    private bool Removes => (_spec.Mode is DestinationMode.Mirror or DestinationMode.Events || _run.Purpose is RunPurpose.CleanUp)
        && !(_spec is { Form: DeliveryForm.Events, Audience.Step: not null });

    private ChainWriter Chain(int maxRows) => new(_tools.Pages, NewId.Create("pg", _tools.Time), maxRows);

    private static async Task<PlanChain?> SealAsync(ChainWriter writer, CancellationToken cancellationToken) =>
        await writer.CompleteAsync(cancellationToken) is { } chain ? new(chain, writer.PageCount, writer.RowCount) : null;

    private void Skip(int rows, bool onList)
    {
        _accepted += onList ? rows : 0;
        _unchanged += rows;
    }

    /// <summary>Whether the members of a ledger page are on the list, where that is one answer for all and nothing is owed to any; else null.</summary>
    private bool? OnListIfCurrent(PageReader ledger)
    {
        if (!ReferenceEquals(_ledgerPage, ledger))
        {
            var onList = ConstantColumn.IntegerOf(ledger, LedgerColumns.Status) == (long)LedgerStatus.Accepted
                && ConstantColumn.IntegerOf(ledger, LedgerColumns.MappingVersion) == _spec.MappingVersion
                ? ConstantColumn.BooleanOf(ledger, LedgerColumns.OnList)
                : null;
            (_ledgerPage, _onListIfCurrent) = (ledger, onList is { } everyone && IsReached(everyone) ? everyone : null);
        }

        return _onListIfCurrent;
    }

    /// <summary>Equal row hashes say "nothing changed" only under the same mapping and where nothing is owed.</summary>
    private bool IsCurrent(RowRef accepted)
    {
        var status = (LedgerStatus)accepted[LedgerColumns.Status].AsInteger();
        return accepted[LedgerColumns.MappingVersion].AsInteger() == _spec.MappingVersion
            && ((status is LedgerStatus.Accepted && IsReached(accepted[LedgerColumns.OnList].AsBoolean()))
                || (status is LedgerStatus.Quarantined && _run.Purpose is not RunPurpose.Retry));
    }

    /// <summary>Whether the list holds the member as the mode wants it: it may have been another mode that the ledger was written under.</summary>
    private bool IsReached(bool onList) => _spec.Mode is DestinationMode.UpdateOnly || onList == LedgerTransition.Adds(_spec.Mode);

    private Row Render(RowRef row)
    {
        if (!ReferenceEquals(_page, row.Page))
        {
            _page = row.Page;
            _render = _mapping.Bind(row.Page);
        }

        return _render!(row.Index);
    }

    /// <summary>In the segment, not in the ledger.</summary>
    private async ValueTask EnterAsync(RowRef desired, CancellationToken cancellationToken)
    {
        var fields = Render(desired);
        var payload = _tools.Hasher.Payload(_mapping.Hashed(fields));
        if (_isFirst && _spec.FirstRun is not FirstRun.Backfill)
        {
            var status = _spec.FirstRun is FirstRun.Baseline ? LedgerStatus.Accepted : LedgerStatus.Ignored;
            await NoteAsync(desired, status, payload, KeysOf(fields), cancellationToken);
            _unchanged++;
            return;
        }

        var operation = _spec.Mode switch
        {
            DestinationMode.UpdateOnly => DeliveryOperation.Update,
            DestinationMode.RemoveOnly => DeliveryOperation.Remove,
            _ => DeliveryOperation.Add,
        };
        await SendAsync(desired, operation, operation is DeliveryOperation.Update ? _mapping.WithoutSetOnce(fields) : fields, payload, cycle: null, remoteId: null, cancellationToken);
    }

    /// <summary>In the segment and in the ledger, and not known to be equal.</summary>
    private async ValueTask StayAsync(RowRef desired, LedgerRow member, CancellationToken cancellationToken)
    {
        if (member.Status is LedgerStatus.Ignored)
        {
            _unchanged++;
            return;
        }

        var fields = Render(desired);
        var payload = _tools.Hasher.Payload(_mapping.Hashed(fields));
        var isOwed = member.Status is LedgerStatus.Uncertain
            || Forced
            || (member.Status is LedgerStatus.Accepted && !IsReached(member.OnList))
            || (_run.Purpose is RunPurpose.Retry && member.Status is LedgerStatus.Quarantined)
            || (member.Status is LedgerStatus.Quarantined && member.MappingVersion != _spec.MappingVersion);
        var isRekeyed = Removes && _spec.Form is not DeliveryForm.Events && member.OnList && !SameKeys(KeysOf(fields), member.Keys);
        var isRefusedRemoval = member is { Status: LedgerStatus.Quarantined, Operation: DeliveryOperation.Remove } && _spec.Mode is not DestinationMode.RemoveOnly;
        if (member.Payload == payload && !isOwed && !isRekeyed && !isRefusedRemoval)
        {
            await NoteAsync(desired, member.Status, payload, member.Keys, cancellationToken);
            _unchanged++;
            return;
        }

        // The platform's id is of the person under the old key: under a new one it may be another.
        var remoteId = member.RemoteId is { } known && SameKeys(KeysOf(fields), member.Keys) ? known : null;
        if (_spec.Mode is DestinationMode.RemoveOnly)
        {
            await SendAsync(desired, DeliveryOperation.Remove, fields, payload, CycleOf(member, DeliveryOperation.Remove, payload), remoteId, cancellationToken);
            return;
        }

        if (isRekeyed)
        {
            await RekeyAsync(desired, member, fields, payload, cancellationToken);
            return;
        }

        // An add or a removal of unknown fate leaves open whether the member is there: adding is right either way.
        var isThere = member.OnList && !(member.Status is LedgerStatus.Uncertain && member.Operation is not DeliveryOperation.Update);
        if (isThere && _spec.Mode is DestinationMode.AddOnly && !Forced && member.Payload != 0)
        {
            await NoteAsync(desired, member.Status, payload, member.Keys, cancellationToken);
            _unchanged++;
            return;
        }

        var operation = _spec.Mode is DestinationMode.UpdateOnly || (isThere && _spec.Mode is not DestinationMode.AddOnly)
            ? DeliveryOperation.Update
            : DeliveryOperation.Add;

        // Whoever is there is changed, whatever the platform's word for it: what is set once stays as it was set.
        var sent = isThere || operation is DeliveryOperation.Update ? _mapping.WithoutSetOnce(fields) : fields;
        await SendAsync(desired, operation, sent, payload, CycleOf(member, operation, payload), remoteId, cancellationToken);
    }

    /// <summary>In the ledger, not in the segment.</summary>
    private async ValueTask LeaveAsync(RowRef accepted, LedgerRow member, CancellationToken cancellationToken)
    {
        if (member.Status is LedgerStatus.Ignored || (!member.OnList && (Removes || _spec.Mode is DestinationMode.RemoveOnly)))
        {
            await NoteAsync(accepted, note: 0, member.Payload, member.Keys, cancellationToken);
            return;
        }

        var isRefused = member is { Status: LedgerStatus.Quarantined, Operation: DeliveryOperation.Remove }
            && member.MappingVersion == _spec.MappingVersion && _run.Purpose is RunPurpose.Sync && !Forced;
        if (!Removes || isRefused)
        {
            return;
        }

        var cycle = CycleOf(member, DeliveryOperation.Remove, payload: 0);
        await WriteAsync(_removals, accepted.Key, 0, Batch(member.Id, DeliveryOperation.Remove, member.Keys, 0, cycle, member.RemoteId), cancellationToken);
        _planned += OperationCounts.Of(DeliveryOperation.Remove);
    }

    /// <summary>The match key changed: removed under the old one, then added under the new.</summary>
    private async ValueTask RekeyAsync(RowRef desired, LedgerRow member, Row fields, ulong payload, CancellationToken cancellationToken)
    {
        var cycle = CycleOf(member, DeliveryOperation.Remove, payload: 0);
        var old = Batch(member.Id, DeliveryOperation.Remove, member.Keys, 0, cycle, member.RemoteId) with { Rekey = true };
        await WriteAsync(_removals, desired.Key, desired.RowHash, old, cancellationToken);
        await WriteAsync(_readds, desired.Key, desired.RowHash, Batch(member.Id, DeliveryOperation.Add, fields, payload, cycle: null, remoteId: null), cancellationToken);
        _planned += new OperationCounts(1, 0, 1);
        _rekeyed++;
    }

    private ValueTask SendAsync(
        RowRef desired, DeliveryOperation operation, Row fields, ulong payload, long? cycle, string? remoteId, CancellationToken cancellationToken)
    {
        operation = operation is DeliveryOperation.Update && !_spec.TakesUpdates ? DeliveryOperation.Add : operation;
        var sent = operation is DeliveryOperation.Remove ? KeysOf(fields) : fields;
        var chain = operation switch
        {
            DeliveryOperation.Remove => _removals,
            DeliveryOperation.Update when !_spec.MixesOperations => _updates,
            _ => _upserts,
        };
        _planned += OperationCounts.Of(operation);
        return WriteAsync(chain, desired.Key, desired.RowHash, Batch(desired[LedgerColumns.Id].AsText(), operation, sent, payload, cycle, remoteId), cancellationToken);
    }

    private BatchRow Batch(string id, DeliveryOperation operation, Row fields, ulong payload, long? cycle, string? remoteId) => new()
    {
        Id = id,
        Operation = operation,
        Payload = payload,
        Cycle = cycle ?? _run.Fence,
        OperationId = _tools.OperationIds.Of(_run.DestinationId, id, operation, payload, cycle ?? _run.Fence),
        RemoteId = remoteId,
        Fields = fields,
    };

    private ValueTask NoteAsync(RowRef source, LedgerStatus note, ulong payload, Row keys, CancellationToken cancellationToken) =>
        WriteAsync(
            _notes, source.Key, source.RowHash,
            new() { Id = source[LedgerColumns.Id].AsText(), Note = note, Payload = payload, Fields = keys }, cancellationToken);

    private static async ValueTask WriteAsync(ChainWriter chain, ulong key, ulong rowHash, BatchRow row, CancellationToken cancellationToken) =>
        await chain.AppendAsync(key, rowHash, BatchRows.Write(row), cancellationToken);

    /// <summary>A retry of the very operation whose fate is unknown keeps its cycle, and so its operation id; any other is a new one, lest a platform drops it as a repeat.</summary>
    private static long? CycleOf(LedgerRow member, DeliveryOperation operation, ulong payload) =>
        member.Status is LedgerStatus.Uncertain && member.Operation == operation && member.Payload == payload ? member.Cycle : null;

    private Row KeysOf(Row fields) => new(_mapping.IdentifierTargets.Select(target => KeyValuePair.Create(target, fields[target])));

    private static bool SameKeys(Row left, Row right) =>
        left.Count == right.Count && left.All(cell => right[cell.Key] == cell.Value);
}
