using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Pages;
using AudienceSync.Profiles;

namespace AudienceSync.Runs;

/// <summary>Makes the batch that a connector sends from the page that holds it.</summary>
internal static class BatchReader
{
    /// <param name="source">A page of the plan; of full files a page of the generation.</param>
    /// <param name="number">Of the batch in its run.</param>
    public static DeliveryBatch Read(Run run, PageReader source, int number, TrackingIds trackingIds)
    {
        var spec = run.Spec!;
        var rows = spec.FullFiles ? Rendered(run, source, trackingIds) : Planned(source);
        var nulls = CompiledMapping.NullTargetsOf(spec.Mapping);
        foreach (var row in rows.Where(row => row.Operation is not DeliveryOperation.Remove || spec.Form is DeliveryForm.Events))
        {
            CompiledMapping.AddNulls(row.Fields, nulls);
        }

        return new()
        {
            Audience = spec.Audience,
            Form = spec.Form,
            RunId = run.Id,
            MessageId = OperationIds.OfMessage(rows.Select(row => row.OperationId)),
            Number = number,
            AsOf = run.AsOf,
            AttributesOnly = spec.Mode is DestinationMode.UpdateOnly,
            FieldNames = [.. spec.Mapping.Select(entry => entry.To)],
            KeyNames = [.. spec.Mapping.Where(entry => entry.Identifier).Select(entry => entry.To)],
            Rows = [.. rows],
        };
    }

    private static List<DeliveryRow> Planned(PageReader source)
    {
        var (ids, operations) = (source.Find(LedgerColumns.Id), source.Find(LedgerColumns.Operation)!);
        var (operationIds, remoteIds) = (source.Find(LedgerColumns.OperationId), source.Find(LedgerColumns.RemoteId));
        var fields = BatchRows.ReadFields(source);
        var rows = new List<DeliveryRow>(source.Count);
        for (var row = 0; row < source.Count; row++)
        {
            var id = TextOf(ids, row) ?? LedgerColumns.ErasedId;
            rows.Add(new(TextOf(operationIds, row) ?? "", RowIds.ProfileOf(id), (DeliveryOperation)operations[row].AsInteger(), fields[row])
            {
                RemoteId = TextOf(remoteIds, row),
            });
        }

        return rows;
    }

    private static string? TextOf(ColumnReader? column, int row) => column?[row] is { IsAbsent: false } cell ? cell.AsText() : null;

    private static List<DeliveryRow> Rendered(Run run, PageReader source, TrackingIds trackingIds)
    {
        var render = run.Spec!.CompileMapping(trackingIds, run.AsOf).Bind(source);
        return
        [
            .. Enumerable.Range(0, source.Count)
                .Select(row => new DeliveryRow(
                    $"{run.Generation}-{source.Number}-{row}", RowIds.ProfileOf(BatchRows.IdOf(new(source, row))), DeliveryOperation.Add, render(row))),
        ];
    }
}
