using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Postgres;

/// <summary>A PostgreSQL database: tables that are kept in step with audiences, and queries that members come from.</summary>
/// <remarks>What is said to the server, and what its errors mean: PostgreSQL 18 documentation, read 2026-11. Statements work from version 10 on.</remarks>
internal static class PostgresConnector
{
    public const string TypeName = "postgres";

    /// <summary>Ours: a batch is one statement or a few.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(60);

    public static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(15);

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = TypeName,
        DisplayName = "PostgreSQL",
        Transport = "postgresql",
        AnswersQueries = true,
        ListsObjects = true,
        DocsUrl = new("https://www.postgresql.org/docs/current/sql-insert.html"),
        Summary = "Keeps a table in step with an audience, or appends a row for each change of membership to an events table. Its connections also answer queries, as sources of members.",
        RowAnswers = "A batch is one transaction. A row that the table does not take (a value of the wrong type, a constraint) is found by halving the batch, and rejected with the server's code; the others are taken.",
        Notes =
        [
            "The table of a destination that names none in audience.externalId is called as the audience is (Lapsed loyal: lapsed_loyal). It is created when it is not there, with a primary key over the identifier fields.",
            "A table that is there needs a column for each field of the mapping, and a unique index over exactly the identifier fields.",
            "A field that a member has no value for keeps what the table has; with \"nulls\": \"send\" it becomes null.",
            "Rows that others wrote are never removed, but a member with the same key takes the row over.",
            "An events table has event_id (its primary key, so that a repeated call adds nothing), event, occurred_at and audience_key beside the fields.",
            "How to use a query as the source of a destination: see Sources in the documentation of this project (docs/sources.md).",
        ],
        Sources =
        [
            new("PostgreSQL 18: INSERT … ON CONFLICT", "https://www.postgresql.org/docs/current/sql-insert.html", "2026-11"),
            new("PostgreSQL 18: JSON functions (json_populate_recordset)", "https://www.postgresql.org/docs/current/functions-json.html", "2026-11"),
            new("PostgreSQL 18: error codes", "https://www.postgresql.org/docs/current/errcodes-appendix.html", "2026-11"),
            new("Npgsql 10: security and encryption", "https://www.npgsql.org/doc/security.html", "2026-11"),
        ],
        Settings = PostgresSettings.All,
        CheckSettings = PostgresSettings.Check,
        Fields = new() { NamePattern = "[^\\u0000-\\u001F]{1,63}", NameHint = "a column's name has 1 to 63 bytes" },
        DefaultMapping = [new("id", "customer_id", IsIdentifier: true), new("email", "email")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership, DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 2_000, // ours
            ConcurrentCalls = 2, // ours: a database is shared with others
            CallTimeout = CallTimeout,
            MixesOperations = true,
            UnmentionedRow = RowFate.Accepted,
            DedupeId = "the key of a row, event_id of an event",
        },
        CheckBatch = CheckBatch,
        CheckRow = CheckRow,
    };

    private static DeliveryOutcome? CheckBatch(DeliveryBatch batch, ConnectorSettings settings)
    {
        if (batch.AudienceMissing is { } missing)
        {
            return missing;
        }

        if (TableName.Of(batch.Audience, settings) is null)
        {
            return new DeliveryOutcome.Misconfigured("invalid_table", $"'{batch.Audience.ExternalId}' names no table. Write table or schema.table; in double quotes where a name holds a dot.");
        }

        if (batch.Form is DeliveryForm.Membership && batch.KeyNames.IsEmpty)
        {
            return new DeliveryOutcome.Misconfigured("identifier_missing", "The mapping marks no field as identifier, so no row could be told from another.");
        }

        return batch.FieldNames.FirstOrDefault(name => !SqlNames.IsPossible(name)) is { } impossible
                ? new DeliveryOutcome.Misconfigured("invalid_name", $"'{impossible}' is no column's name: it has 1 to 63 bytes.")
            : batch.Form is DeliveryForm.Events && batch.FieldNames.FirstOrDefault(name => TablePlan.EventColumns.Any(column => column.Name == name)) is { } reserved
                ? new DeliveryOutcome.Misconfigured("reserved_name", $"'{reserved}' is a column of every events table. Map to another name.")
            : null;
    }

    /// <summary>A row without a part of its key could neither be found again nor removed.</summary>
    private static RowOutcome? CheckRow(DeliveryRow row, DeliveryBatch batch, ConnectorSettings settings) =>
        batch.Form is DeliveryForm.Membership && batch.KeyNames.FirstOrDefault(name => row.Fields[name].IsAbsent) is { } missing
            ? new(RowFate.Rejected, "missing_identifier", $"The member has no value for '{missing}', which is part of the key.")
            : null;
}
