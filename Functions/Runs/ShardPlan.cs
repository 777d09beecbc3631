using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>What every plan needs.</summary>
internal sealed record PlanTools(IPageStore Pages, MemberHasher Hasher, OperationIds OperationIds, TrackingIds TrackingIds, TimeProvider Time);

/// <summary>A row that should be on the list, rendered.</summary>
internal sealed record WantedRow(ulong Key, ulong RowHash, string Id, Row Fields);

/// <summary>A row of the ledger.</summary>
internal sealed record HeldRow(ulong Key, ulong RowHash, LedgerRow Member);

/// <summary>The plan of one shard while it is written: judges each member, and writes what is owed into the chain of its phase.</summary>
internal sealed class ShardPlan : IEqualRows
{
    private readonly PlanTools _tools;
    private readonly Run _run;
    private readonly RunSpec _spec;
    private readonly bool _isFirst;
    private readonly CompiledMapping _mapping;
    private readonly ProfileRows? _profiles;
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
        _mapping = _spec.CompileMapping(tools.TrackingIds, run.AsOf);
        _profiles = _mapping.Selection.Expands || ledger.Expanded ? new(this) : null;
        _upserts = Chain(_spec.RowsPerBatch);
        _updates = Chain(_spec.RowsPerBatch);
        _removals = Chain(_spec.RemovalsPerBatch is > 0 and var removals ? removals : _spec.RowsPerBatch);
        _readds = Chain(_spec.RowsPerBatch);
        _notes = Chain(10_000);
    }

    /// <summary>Desired (left) against accepted (right), where they are not alike or something is owed; where profiles give several rows, all of them.</summary>
    public ValueTask CompareAsync(RowRef? desired, RowRef? accepted, CancellationToken cancellationToken)
    {
        var wanted = desired is { } left ? new WantedRow(left.Key, left.RowHash, left[LedgerColumns.Id].AsText(), Render(left)) : null;
        var held = accepted is { } right ? new HeldRow(right.Key, right.RowHash, LedgerRow.Read(right)) : null;
        _accepted += held is { Member: { Status: LedgerStatus.Accepted, OnList: true } } ? 1 : 0;
        return _profiles is null ? JudgeAsync(wanted, held, isLast: false, cancellationToken) : _profiles.AddAsync(wanted, held, cancellationToken);
    }

    /// <summary>One row on its own.</summary>
    /// <param name="isLast">Whoever is added is added after the removals.</param>
    internal ValueTask JudgeAsync(WantedRow? wanted, HeldRow? held, bool isLast, CancellationToken cancellationToken) =>
        held is null ? EnterAsync(wanted!, isLast, cancellationToken)
        : wanted is null ? LeaveAsync(held, cancellationToken)
        : StayAsync(wanted, held.Member, isLast, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>A row that did not change counts as unchanged only where nothing is owed.</remarks>
    bool IEqualRows.AreSettled(PageReader right) => !ListsAll && OnListIfCurrent(right) is not null;

    void IEqualRows.AddSettled(PageReader right, int rows) => Skip(rows, OnListIfCurrent(right)!.Value);

    bool IEqualRows.IsDifference(RowRef left, RowRef right)
    {
        if (ListsAll || !IsCurrent(right))
        {
            return true;
        }

        Skip(1, right[LedgerColumns.OnList] is { IsAbsent: false } onList && onList.AsBoolean());
        return false;
    }

    public async Task<PlanShard> CompleteAsync(CancellationToken cancellationToken)
    {
        if (_profiles is not null)
        {
            await _profiles.FlushAsync(cancellationToken);
        }

        return new()
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
            Profiles = _profiles?.Counts,
        };
    }

    /// <summary>Operations planned so far.</summary>
    internal OperationCounts Planned => _planned;

    internal bool IsEvents => _spec.Form is DeliveryForm.Events;

    private bool Forced => _run.Mode is RunMode.Full;

    private bool ListsAll => Forced || _profiles is not null;

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
        return IsCurrent(status, accepted[LedgerColumns.MappingVersion].AsInteger(), status is LedgerStatus.Accepted && accepted[LedgerColumns.OnList].AsBoolean());
    }

    private bool IsCurrent(LedgerStatus status, long mappingVersion, bool onList) => mappingVersion == _spec.MappingVersion
        && ((status is LedgerStatus.Accepted && IsReached(onList)) || (status is LedgerStatus.Quarantined && _run.Purpose is not RunPurpose.Retry));

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
    private async ValueTask EnterAsync(WantedRow desired, bool isLast, CancellationToken cancellationToken)
    {
        var fields = desired.Fields;
        var payload = _tools.Hasher.Payload(_mapping.Hashed(fields));
        if (_isFirst && _spec.FirstRun is not FirstRun.Backfill)
        {
            var status = _spec.FirstRun is FirstRun.Baseline ? LedgerStatus.Accepted : LedgerStatus.Ignored;
            await NoteUnchangedAsync(desired, status, payload, KeysOf(fields), cancellationToken);
            return;
        }

        var operation = _spec.Mode switch
        {
            DestinationMode.UpdateOnly => DeliveryOperation.Update,
            DestinationMode.RemoveOnly => DeliveryOperation.Remove,
            _ => DeliveryOperation.Add,
        };
        await SendAsync(desired, operation, operation is DeliveryOperation.Update ? _mapping.WithoutSetOnce(fields) : fields, payload, cycle: null, remoteId: null, isLast, cancellationToken);
    }

    /// <summary>In the segment and in the ledger, and not known to be equal.</summary>
    private async ValueTask StayAsync(WantedRow desired, LedgerRow member, bool isLast, CancellationToken cancellationToken)
    {
        if (member.Status is LedgerStatus.Ignored)
        {
            _unchanged++;
            return;
        }

        var fields = desired.Fields;
        var payload = _tools.Hasher.Payload(_mapping.Hashed(fields));
        var isOwed = member.Status is LedgerStatus.Uncertain
            || Forced
            || (member.Status is LedgerStatus.Accepted && !IsReached(member.OnList))
            || (_run.Purpose is RunPurpose.Retry && member.Status is LedgerStatus.Quarantined)
            || (member.Status is LedgerStatus.Quarantined && member.MappingVersion != _spec.MappingVersion);
        var isRekeyed = IsRekeyed(desired, member);
        var isRefusedRemoval = member is { Status: LedgerStatus.Quarantined, Operation: DeliveryOperation.Remove } && _spec.Mode is not DestinationMode.RemoveOnly;
        if (member.Payload == payload && !isOwed && !isRekeyed && !isRefusedRemoval)
        {
            await NoteUnchangedAsync(desired, member.Status, payload, member.Keys, cancellationToken);
            return;
        }

        // The platform's id is of the person under the old key: under a new one it may be another.
        var remoteId = member.RemoteId is { } known && SameKeys(KeysOf(fields), member.Keys) ? known : null;
        if (_spec.Mode is DestinationMode.RemoveOnly)
        {
            await SendAsync(desired, DeliveryOperation.Remove, fields, payload, CycleOf(member, DeliveryOperation.Remove, payload), remoteId, isLast, cancellationToken);
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
            await NoteUnchangedAsync(desired, member.Status, payload, member.Keys, cancellationToken);
            return;
        }

        var operation = _spec.Mode is DestinationMode.UpdateOnly || (isThere && _spec.Mode is not DestinationMode.AddOnly)
            ? DeliveryOperation.Update
            : DeliveryOperation.Add;

        // Whoever is there is changed, whatever the platform's word for it: what is set once stays as it was set.
        var sent = isThere || operation is DeliveryOperation.Update ? _mapping.WithoutSetOnce(fields) : fields;
        await SendAsync(desired, operation, sent, payload, CycleOf(member, operation, payload), remoteId, isLast, cancellationToken);
    }

    /// <summary>In the ledger, not in the segment.</summary>
    private async ValueTask LeaveAsync(HeldRow held, CancellationToken cancellationToken)
    {
        var member = held.Member;
        if (member.Status is LedgerStatus.Ignored || (!member.OnList && (Removes || _spec.Mode is DestinationMode.RemoveOnly)))
        {
            await ForgetAsync(held, cancellationToken);
        }
        else if (IsRemoved(held))
        {
            var cycle = CycleOf(member, DeliveryOperation.Remove, payload: 0);
            await WriteAsync(_removals, held.Key, 0, Batch(member.Id, DeliveryOperation.Remove, member.Keys, 0, cycle, member.RemoteId), cancellationToken);
            _planned += OperationCounts.Of(DeliveryOperation.Remove);
        }
    }

    /// <summary>Whether the plan takes a row off the list that is no longer wanted.</summary>
    internal bool IsRemoved(HeldRow held)
    {
        var member = held.Member;
        var isRefused = member is { Status: LedgerStatus.Quarantined, Operation: DeliveryOperation.Remove }
            && member.MappingVersion == _spec.MappingVersion && _run.Purpose is RunPurpose.Sync && !Forced;
        return Removes && member.OnList && member.Status is not LedgerStatus.Ignored && !isRefused;
    }

    /// <summary>Whether a row is just as the ledger has it; then it counts as unchanged, and nothing is written.</summary>
    internal bool TrySkip(WantedRow wanted, HeldRow held)
    {
        if (Forced || wanted.RowHash != held.RowHash || !IsCurrent(held.Member.Status, held.Member.MappingVersion, held.Member.OnList))
        {
            return false;
        }

        _unchanged++;
        return true;
    }

    /// <summary>Whether the list holds a row already, under another id but the same keys and with the same payload.</summary>
    internal bool IsOf(WantedRow wanted, HeldRow held) =>
        !Forced && held.Member is { Status: LedgerStatus.Accepted, OnList: true } member
        && member.Payload == _tools.Hasher.Payload(_mapping.Hashed(wanted.Fields)) && SameKeys(KeysOf(wanted.Fields), member.Keys);

    /// <summary>Notes such a row.</summary>
    internal ValueTask AdoptAsync(WantedRow wanted, HeldRow held, CancellationToken cancellationToken) =>
        NoteUnchangedAsync(wanted, LedgerStatus.Accepted, held.Member.Payload, held.Member.Keys, cancellationToken);

    /// <summary>Takes a row for one that was in the segment before the destination's time.</summary>
    internal ValueTask IgnoreAsync(WantedRow wanted, CancellationToken cancellationToken) =>
        NoteUnchangedAsync(wanted, LedgerStatus.Ignored, _tools.Hasher.Payload(_mapping.Hashed(wanted.Fields)), KeysOf(wanted.Fields), cancellationToken);

    /// <summary>Adds a row that is on the list again, after the removals: one of them may take it off.</summary>
    internal ValueTask AddAgainAsync(WantedRow wanted, LedgerRow member, CancellationToken cancellationToken)
    {
        var payload = _tools.Hasher.Payload(_mapping.Hashed(wanted.Fields));
        return SendAsync(
            wanted, DeliveryOperation.Add, wanted.Fields, payload, CycleOf(member, DeliveryOperation.Add, payload), member.RemoteId, isLast: true, cancellationToken);
    }

    /// <summary>Whether a row is on the list under other keys than it has now.</summary>
    internal bool IsRekeyed(WantedRow wanted, LedgerRow member) => Removes && !IsEvents && member.OnList && !SameKeys(KeysOf(wanted.Fields), member.Keys);

    /// <summary>Whether the fields of a row hold a match key, or a part of one.</summary>
    internal bool Shares(WantedRow wanted, Row keys) => KeysOf(wanted.Fields).Any(cell => keys[cell.Key] == cell.Value);

    /// <summary>The match key changed: removed under the old one, then added under the new.</summary>
    private async ValueTask RekeyAsync(WantedRow desired, LedgerRow member, Row fields, ulong payload, CancellationToken cancellationToken)
    {
        var cycle = CycleOf(member, DeliveryOperation.Remove, payload: 0);
        var old = Batch(member.Id, DeliveryOperation.Remove, member.Keys, 0, cycle, member.RemoteId) with { Rekey = true };
        await WriteAsync(_removals, desired.Key, desired.RowHash, old, cancellationToken);
        await WriteAsync(_readds, desired.Key, desired.RowHash, Batch(member.Id, DeliveryOperation.Add, fields, payload, cycle: null, remoteId: null), cancellationToken);
        _planned += new OperationCounts(1, 0, 1);
        _rekeyed++;
    }

    private ValueTask SendAsync(
        WantedRow desired, DeliveryOperation operation, Row fields, ulong payload, long? cycle, string? remoteId, bool isLast, CancellationToken cancellationToken)
    {
        operation = operation is DeliveryOperation.Update && !_spec.TakesUpdates ? DeliveryOperation.Add : operation;
        var sent = operation is DeliveryOperation.Remove ? KeysOf(fields) : fields;
        var chain = operation switch
        {
            DeliveryOperation.Remove => _removals,
            DeliveryOperation.Add when isLast => _readds,
            DeliveryOperation.Update when !_spec.MixesOperations => _updates,
            _ => _upserts,
        };
        _planned += OperationCounts.Of(operation);
        return WriteAsync(chain, desired.Key, desired.RowHash, Batch(desired.Id, operation, sent, payload, cycle, remoteId), cancellationToken);
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

    private ValueTask NoteUnchangedAsync(WantedRow row, LedgerStatus note, ulong payload, Row keys, CancellationToken cancellationToken)
    {
        _unchanged++;
        return WriteAsync(_notes, row.Key, row.RowHash, new() { Id = row.Id, Note = note, Payload = payload, Fields = keys }, cancellationToken);
    }

    /// <summary>Drops a row from the ledger.</summary>
    internal ValueTask ForgetAsync(HeldRow row, CancellationToken cancellationToken) =>
        WriteAsync(_notes, row.Key, row.RowHash, new() { Id = row.Member.Id, Payload = row.Member.Payload, Fields = row.Member.Keys }, cancellationToken);

    private static async ValueTask WriteAsync(ChainWriter chain, ulong key, ulong rowHash, BatchRow row, CancellationToken cancellationToken) =>
        await chain.AppendAsync(key, rowHash, BatchRows.Write(row), cancellationToken);

    /// <summary>A retry of the very operation whose fate is unknown keeps its cycle, and so its operation id; any other is a new one, lest a platform drops it as a repeat.</summary>
    private static long? CycleOf(LedgerRow member, DeliveryOperation operation, ulong payload) =>
        member.Status is LedgerStatus.Uncertain && member.Operation == operation && member.Payload == payload ? member.Cycle : null;

    private Row KeysOf(Row fields) => new(_mapping.IdentifierTargets.Select(target => KeyValuePair.Create(target, fields[target])));

    private static bool SameKeys(Row left, Row right) =>
        left.Count == right.Count && left.All(cell => right[cell.Key] == cell.Value);
}
