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

    private static List<DeliveryRow> Planned(PageReader source) =>
    [
        .. Enumerable.Range(0, source.Count)
            .Select(row => BatchRows.Read(new(source, row)))
            .Select(row => new DeliveryRow(row.OperationId, RowIds.ProfileOf(row.Id), row.Operation!.Value, row.Fields) { RemoteId = row.RemoteId }),
    ];

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
