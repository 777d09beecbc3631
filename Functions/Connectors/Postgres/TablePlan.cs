using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Postgres;

/// <summary>The statements that a batch becomes: members who stay first, then leavers; or the rows of an events table.</summary>
internal static class TablePlan
{
    public const string EventId = "event_id";
    public const string Event = "event";
    public const string OccurredAt = "occurred_at";
    public const string AudienceKey = "audience_key";

    /// <summary>What an events table has beside the targets of the mapping.</summary>
    public static ImmutableArray<(string Name, CellType Type)> EventColumns { get; } =
        [(EventId, CellType.Text), (Event, CellType.Text), (OccurredAt, CellType.DateTime), (AudienceKey, CellType.Text)];

    public static ImmutableArray<TableStatement> Of(DeliveryBatch batch, TableName table, ConnectorSettings settings)
    {
        if (batch.Form is DeliveryForm.Events)
        {
            return [Events(batch, table)];
        }

        var mark = PostgresSettings.MarkIn(settings);
        var staying = batch.Rows.Index().Where(row => row.Item.Operation is not DeliveryOperation.Remove);
        ImmutableArray<int> leaving = [.. batch.Rows.Index().Where(row => row.Item.Operation is DeliveryOperation.Remove).Select(row => row.Index)];

        // Fields that a row leaves out keep what the table has: rows with the same fields share a statement.
        return
        [
            .. staying.GroupBy(row => string.Join('\0', row.Item.Fields.Select(field => field.Key)), row => row.Index)
                .Select(group => Stay(batch, table, [.. batch.Rows[group.First()].Fields.Select(field => field.Key)], mark, [.. group])),
            .. leaving.IsEmpty ? [] : (ImmutableArray<TableStatement>)[Leave(batch, table, mark, leaving)],
        ];
    }

    private static TableStatement Stay(DeliveryBatch batch, TableName table, ImmutableArray<string> names, string? mark, ImmutableArray<int> places)
    {
        var changed = names.Except(batch.KeyNames, StringComparer.Ordinal).Select(SqlNames.Quote).ToList();
        if (batch.AttributesOnly)
        {
            var sets = changed.DefaultIfEmpty(SqlNames.Quote(batch.KeyNames[0])).Select(name => $"{name} = r.{name}");
            return new(
                "UPDATE",
                $"UPDATE {table.Sql} AS t SET {string.Join(", ", sets)} FROM json_array_elements($1) WITH ORDINALITY AS e (value, place), "
                    + $"LATERAL json_populate_record(NULL::{table.Sql}, e.value) AS r WHERE {SameKey(batch)} RETURNING e.place",
                places)
            {
                AnswersFound = true,
                WriteRow = TableStatement.WriteFields,
            };
        }

        List<string> updates = [.. changed.Select(name => $"{name} = EXCLUDED.{name}"), .. mark is null ? [] : (string[])[$"{SqlNames.Quote(mark)} = NULL"]];
        var all = SqlNames.QuoteAll(names);
        return new(
            "INSERT",
            $"INSERT INTO {table.Sql} ({all}) SELECT {all} FROM json_populate_recordset(NULL::{table.Sql}, $1) "
                + $"ON CONFLICT ({SqlNames.QuoteAll(batch.KeyNames)}) DO {(updates.Count == 0 ? "NOTHING" : $"UPDATE SET {string.Join(", ", updates)}")}",
            places)
        {
            WriteRow = TableStatement.WriteFields,
        };
    }

    private static TableStatement Leave(DeliveryBatch batch, TableName table, string? mark, ImmutableArray<int> places)
    {
        var from = $"json_populate_recordset(NULL::{table.Sql}, $1) AS r WHERE {SameKey(batch)}";
        return mark is null
            ? new("DELETE", $"DELETE FROM {table.Sql} AS t USING {from}", places) { WriteRow = TableStatement.WriteFields }
            : new("UPDATE", $"UPDATE {table.Sql} AS t SET {SqlNames.Quote(mark)} = $2 FROM {from} AND t.{SqlNames.Quote(mark)} IS NULL", places)
            {
                WriteRow = TableStatement.WriteFields,
                Mark = batch.AsOf,
            };
    }

    private static TableStatement Events(DeliveryBatch batch, TableName table)
    {
        var names = SqlNames.QuoteAll(EventColumns.Select(column => column.Name).Concat(batch.FieldNames));
        return new(
            "INSERT",
            $"INSERT INTO {table.Sql} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table.Sql}, $1) ON CONFLICT ({SqlNames.Quote(EventId)}) DO NOTHING",
            [.. Enumerable.Range(0, batch.Rows.Length)])
        {
            WriteRow = (json, row) =>
            {
                json.WriteString(EventId, row.OperationId);
                json.WriteString(Event, AudienceEvent.NameOf(row.Operation));
                json.WriteString(OccurredAt, Timestamps.Format(batch.AsOf));
                json.WriteString(AudienceKey, batch.Audience.Key);
                TableStatement.WriteFields(json, row);
            },
        };
    }

    private static string SameKey(DeliveryBatch batch) =>
        string.Join(" AND ", batch.KeyNames.Select(SqlNames.Quote).Select(name => $"t.{name} = r.{name}"));
}
