using System.Collections.Frozen;
using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>One row of a batch page, decoded: what is sent, and what the ledger must know when it settles.</summary>
internal sealed record BatchRow
{
    public required string Id { get; init; }

    /// <summary>Null for notes: nothing is sent.</summary>
    public DeliveryOperation? Operation { get; init; }

    public string OperationId { get; init; } = "";

    public ulong Payload { get; init; }

    public long Cycle { get; init; }

    /// <summary>Removal under an old match key.</summary>
    public bool Rekey { get; init; }

    /// <summary>The platform's own id of the person, where it is known.</summary>
    public string? RemoteId { get; init; }

    /// <summary>Of a note: the status to record; 0 to drop the member from the ledger.</summary>
    public LedgerStatus Note { get; init; }

    /// <summary>The payload, or of a removal and of a note the identifier fields.</summary>
    public required Row Fields { get; init; }
}

internal static class BatchRows
{
    /// <summary>The columns of what a row says beside its fields.</summary>
    private static readonly ImmutableArray<string> Columns =
    [
        LedgerColumns.Id, LedgerColumns.Operation, LedgerColumns.OperationId, LedgerColumns.Payload, LedgerColumns.Cycle, LedgerColumns.Rekey, LedgerColumns.RemoteId,
        LedgerColumns.Status,
    ];

    /// <summary>The columns that a row is read from when of its fields these alone are asked for.</summary>
    public static FrozenSet<string> ColumnsOf(IEnumerable<string> targets) => targets.Select(LedgerColumns.Field).Concat(Columns).ToFrozenSet(StringComparer.Ordinal);

    public static Row Write(BatchRow source)
    {
        var row = new Row(Columns.Length + source.Fields.Count) { [LedgerColumns.Id] = Cell.Of(source.Id), [LedgerColumns.Payload] = Cell.Of(unchecked((long)source.Payload)) };
        if (source.Operation is { } operation)
        {
            row[LedgerColumns.Operation] = Cell.Of((long)operation);
            row[LedgerColumns.OperationId] = Cell.Of(source.OperationId);
            row[LedgerColumns.Cycle] = Cell.Of(source.Cycle);
            row[LedgerColumns.Rekey] = source.Rekey ? Cell.Of(true) : default;
            row[LedgerColumns.RemoteId] = source.RemoteId is { } remoteId ? Cell.Of(remoteId) : default;
        }
        else
        {
            row[LedgerColumns.Status] = Cell.Of((long)source.Note);
        }

        foreach (var (name, cell) in source.Fields)
        {
            row[LedgerColumns.Field(name)] = cell;
        }

        return row;
    }

    /// <param name="columns">Those of <see cref="ColumnsOf"/> when not all fields are asked for.</param>
    public static BatchRow Read(RowRef source, IReadOnlySet<string>? columns = null)
    {
        var row = source.Page.ReadRow(source.Index, columns);
        var operation = LedgerRow.Number(row, LedgerColumns.Operation);
        return new()
        {
            Id = LedgerRow.Text(row, LedgerColumns.Id) ?? LedgerColumns.ErasedId,
            Operation = operation == 0 ? null : (DeliveryOperation)operation,
            OperationId = LedgerRow.Text(row, LedgerColumns.OperationId) ?? "",
            Payload = unchecked((ulong)LedgerRow.Number(row, LedgerColumns.Payload)),
            Cycle = LedgerRow.Number(row, LedgerColumns.Cycle),
            Rekey = row.Has(LedgerColumns.Rekey),
            RemoteId = LedgerRow.Text(row, LedgerColumns.RemoteId),
            Note = (LedgerStatus)LedgerRow.Number(row, LedgerColumns.Status),
            Fields = ReadFields(row),
        };
    }

    /// <summary>The id of a row; what stands for it when the member was erased.</summary>
    public static string IdOf(RowRef row) => row[LedgerColumns.Id] is { Type: CellType.Text } id ? id.AsText() : LedgerColumns.ErasedId;

    /// <summary>The fields of a ledger or batch row, under the names of their targets.</summary>
    public static Row ReadFields(Row row)
    {
        var fields = new Row(row.Count);
        foreach (var (name, cell) in row)
        {
            if (LedgerColumns.IsField(name))
            {
                fields.Add(LedgerColumns.TargetOf(name), cell);
            }
        }

        return fields;
    }

    /// <summary>The fields of every row of a page, as <see cref="ReadFields(Row)"/>; column by column.</summary>
    public static Row[] ReadFields(PageReader page)
    {
        var rows = new Row[page.Count];
        var names = page.Columns.Select(column => column.Name).Where(LedgerColumns.IsField).Distinct(StringComparer.Ordinal).ToList();
        foreach (ref var row in rows.AsSpan())
        {
            row = new(names.Count);
        }

        foreach (var name in names)
        {
            var (column, target) = (page.Find(name)!, LedgerColumns.TargetOf(name));
            for (var i = 0; i < rows.Length; i++)
            {
                if (column[i] is { IsAbsent: false } cell)
                {
                    rows[i].Add(target, cell);
                }
            }
        }

        return rows;
    }
}
