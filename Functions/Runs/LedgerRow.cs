using AudienceSync.Connectors.Kit;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>One member of a ledger, decoded.</summary>
internal sealed record LedgerRow
{
    public required string Id { get; init; }

    public required LedgerStatus Status { get; init; }

    /// <summary>0 = unknown.</summary>
    public ulong Payload { get; init; }

    public bool OnList { get; init; }

    public int Attempts { get; init; }

    public string? Code { get; init; }

    public string? Detail { get; init; }

    public int MappingVersion { get; init; }

    public long Cycle { get; init; }

    public DeliveryOperation Operation { get; init; } = DeliveryOperation.Add;

    /// <summary>The platform's own id of the person under these keys; null until it is known.</summary>
    public string? RemoteId { get; init; }

    /// <summary>The identifier fields as last sent.</summary>
    public required Row Keys { get; init; }

    public static LedgerRow Read(RowRef source)
    {
        var row = source.Page.ReadRow(source.Index);
        return new()
        {
            Id = row[LedgerColumns.Id].AsText(),
            Status = (LedgerStatus)row[LedgerColumns.Status].AsInteger(),
            Payload = Number(row, LedgerColumns.Payload) is var payload ? unchecked((ulong)payload) : 0,
            OnList = row[LedgerColumns.OnList] is { IsAbsent: false } onList && onList.AsBoolean(),
            Attempts = (int)Number(row, LedgerColumns.Attempts),
            Code = Text(row, LedgerColumns.Code),
            Detail = Text(row, LedgerColumns.Detail),
            MappingVersion = (int)Number(row, LedgerColumns.MappingVersion),
            Cycle = Number(row, LedgerColumns.Cycle),
            Operation = (DeliveryOperation)Math.Max(1, Number(row, LedgerColumns.Operation)),
            RemoteId = Text(row, LedgerColumns.RemoteId),
            Keys = BatchRows.ReadFields(row),
        };
    }

    public Row Write()
    {
        var row = new Row
        {
            [LedgerColumns.Id] = Cell.Of(Id),
            [LedgerColumns.Status] = Cell.Of((long)Status),
            [LedgerColumns.Payload] = Cell.Of(unchecked((long)Payload)),
            [LedgerColumns.OnList] = Cell.Of(OnList),
            [LedgerColumns.Attempts] = Cell.Of(Attempts),
            [LedgerColumns.MappingVersion] = Cell.Of(MappingVersion),
            [LedgerColumns.Cycle] = Cell.Of(Cycle),
            [LedgerColumns.Operation] = Cell.Of((long)Operation),
        };
        row[LedgerColumns.Code] = Code is null ? default : Cell.Of(Code);
        row[LedgerColumns.Detail] = Detail is null ? default : Cell.Of(Detail);
        row[LedgerColumns.RemoteId] = RemoteId is null ? default : Cell.Of(RemoteId);
        foreach (var (name, cell) in Keys)
        {
            row[LedgerColumns.Field(name)] = cell;
        }

        return row;
    }

    internal static long Number(Row row, string column) => row[column] is { IsAbsent: false } cell ? cell.AsInteger() : 0;

    internal static string? Text(Row row, string column) => row[column] is { IsAbsent: false } cell ? cell.AsText() : null;
}
