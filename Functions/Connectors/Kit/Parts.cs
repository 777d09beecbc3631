namespace AudienceSync.Connectors.Kit;

/// <summary>Ways to cut the open rows of a batch into the parts of a step, one request each: for <see cref="Step{T}.Parts"/>.</summary>
public static class Parts
{
    /// <summary>One part: the rows for which <paramref name="where"/> holds.</summary>
    public static Func<DeliveryBatch, ConnectorSettings, Notes, IEnumerable<DeliveryBatch>> Where(Func<DeliveryRow, bool> where) =>
        (batch, _, _) => Cut(batch.Part(batch.Rows.Where(where)), int.MaxValue);

    /// <summary>A part for each row.</summary>
    public static Func<DeliveryBatch, ConnectorSettings, Notes, IEnumerable<DeliveryBatch>> EachRow(Func<DeliveryRow, bool>? where = null) => Chunks(1, where);

    /// <summary>Parts of at most <paramref name="size"/> rows: look-ups that take so many ids a call.</summary>
    public static Func<DeliveryBatch, ConnectorSettings, Notes, IEnumerable<DeliveryBatch>> Chunks(int size, Func<DeliveryRow, bool>? where = null) =>
        (batch, _, _) => Cut(batch.Part(batch.Rows.Where(where ?? All)), size);

    /// <summary>A part for each operation in the batch (adds, updates, removals), tagged with its name in lower case.</summary>
    public static Func<DeliveryBatch, ConnectorSettings, Notes, IEnumerable<DeliveryBatch>> ByOperation(int size = int.MaxValue) =>
        By(row => row.Operation.ToString().ToLowerInvariant(), size);

    /// <summary>A part for each value that <paramref name="tagOf"/> gives, in the order in which they occur.</summary>
    public static Func<DeliveryBatch, ConnectorSettings, Notes, IEnumerable<DeliveryBatch>> By(Func<DeliveryRow, string> tagOf, int size = int.MaxValue) =>
        (batch, _, _) => batch.Rows.GroupBy(tagOf, StringComparer.Ordinal).SelectMany(group => Cut(batch.Part(group, group.Key), size));

    /// <summary>A part for each identifier that some rows have, tagged with its field: for platforms that take one kind of identifier a call.</summary>
    /// <remarks>A row with several identifiers is in several parts; one with none is in no part, so a step after it must refuse it.</remarks>
    public static Func<DeliveryBatch, ConnectorSettings, Notes, IEnumerable<DeliveryBatch>> ByIdentifier(FieldRules rules, int size = int.MaxValue) =>
        (batch, _, _) => rules.Identifiers.SelectMany(rule => Cut(batch.Part(batch.Rows.Where(row => rule.Of(row.Fields).Length > 0), rule.Field), size));

    private static bool All(DeliveryRow row) => true;

    private static IEnumerable<DeliveryBatch> Cut(DeliveryBatch batch, int size) =>
        batch.Rows.Length <= size ? batch.Rows.IsEmpty ? [] : [batch] : batch.Rows.Chunk(size).Select(rows => batch.Part(rows));
}
