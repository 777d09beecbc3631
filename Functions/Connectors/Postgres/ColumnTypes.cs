using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;
using Npgsql;
using NpgsqlTypes;

namespace AudienceSync.Connectors.Postgres;

/// <summary>Which types of PostgreSQL are read, and as what. What is selected is cast to a few types whose binary form <see cref="PostgresRows"/> reads.</summary>
internal sealed record ColumnTypes(string TypeName, CellType Type, bool IsKey)
{
    /// <summary>Most bytes of a text, as of profiles.</summary>
    public const int MaxTextBytes = 8 * 1024;

    public const int MaxIdLength = 256;

    /// <summary>Of a list as JSON: 100 items of the longest kind.</summary>
    public const int MaxListLength = 1_000_000;

    public QueryColumn Describe(string name) => new(name, Type, TypeName, IsKey);

    /// <summary>Reads the types with these numbers. Of a column of a domain the server gives the number of what the domain is made of.</summary>
    public static async Task<Dictionary<uint, ColumnTypes>> ReadAsync(NpgsqlTransaction transaction, ImmutableArray<uint> types, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT t.oid::int8, format_type(t.oid, NULL), t.typname::text, t.typtype::text, e.typname::text, e.typtype::text
            FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
            WHERE t.oid IN (SELECT unnest($1)::oid)
            """,
            transaction.Connection,
            transaction);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. types.Distinct().Select(type => (long)type)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        var found = new Dictionary<uint, ColumnTypes>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var isList = !await reader.IsDBNullAsync(4, cancellationToken);
            var (type, isKey) = isList
                ? (IsText(reader.GetString(4), reader.GetString(5)) ? CellType.TextList : CellType.Absent, false)
                : Read(reader.GetString(2), reader.GetString(3));
            found[(uint)reader.GetInt64(0)] = new(reader.GetString(1), type, isKey);
        }

        return found;
    }

    public static string Select(QueryColumn column) => Select(column.Type, $"(q.{SqlNames.Quote(column.Name)})");

    /// <summary>The member's id as text.</summary>
    public static string SelectId(QueryColumn key) => $"left((q.{SqlNames.Quote(key.Name)})::text, {MaxIdLength + 1})";

    /// <summary>A condition that the key is the id which a parameter gives.</summary>
    public static string SameId(QueryColumn key, string parameter) => key.Type is CellType.Decimal
        ? $"(q.{SqlNames.Quote(key.Name)}) = CASE WHEN {parameter} ~ '^-?[0-9]{{1,40}}$' THEN {parameter}::numeric END"
        : $"(q.{SqlNames.Quote(key.Name)})::text = {parameter}";

    /// <summary>Texts are cut a little behind what is taken, so that no row is larger than it may be.</summary>
    private static string Select(CellType type, string value) => type switch
    {
        CellType.Integer => $"{value}::int8",
        CellType.Decimal => $"{value}::text",
        CellType.Boolean => $"{value}::bool",
        CellType.Date => $"{value}::date",
        CellType.DateTime => $"{value}::timestamptz", // the session's time zone is UTC
        CellType.TextList => $"left(to_json({value})::text, {MaxListLength + 1})",
        _ => $"left({value}::text, {MaxTextBytes + 1})",
    };

    private static (CellType Type, bool IsKey) Read(string name, string kind) => name switch
    {
        "int2" or "int4" or "int8" => (CellType.Integer, true),
        "numeric" => (CellType.Decimal, true),
        "float4" or "float8" => (CellType.Decimal, false),
        "bool" => (CellType.Boolean, false),
        "date" => (CellType.Date, false),
        "timestamp" or "timestamptz" => (CellType.DateTime, false),
        "json" or "jsonb" => (CellType.Text, false),
        _ => IsText(name, kind) ? (CellType.Text, true) : (CellType.Absent, false),
    };

    private static bool IsText(string name, string kind) => kind is "e" || name is "text" or "varchar" or "bpchar" or "name" or "uuid" or "citext";
}
