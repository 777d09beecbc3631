using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>Faults of queries as sources, and of what databases hold.</summary>
    private static ImmutableArray<ProblemPage> Queries =>
    [
        Fault(
            "query_invalid", "The query cannot be used",
            "The database refuses the query, or it is none that only reads.",
            "Try it on the database. `detail` says what the database says.",
            "destinations", "/source/query", "The database says: column \"emial\" does not exist."),
        Fault(
            "source_unreachable", "The database does not answer",
            "The query could not be looked at, for the database of its connection did not answer.",
            "Check the connection (`POST /api/v1/connections/{id}/checks`), then try again.",
            "destinations", "/source/connectionId", "The database does not answer: connection refused."),
        Fault(
            "type_unsupported", "The column is of a type that is not read",
            "Columns of numbers, texts, booleans, dates, moments and lists of texts are read.",
            "Cast it in the query, such as to text.",
            "destinations", "/source/query", "The column 'place' is of type point, which is not read. Cast it, such as to text: place::text AS place."),
        Fault(
            "key_missing", "A row has no key",
            "A member is known by the value of the key column, and a row has none.",
            "Leave such rows out of the query: `WHERE … IS NOT NULL`.",
            "destinations", "/source/query", "Row 7 has no value in its key column 'id'. Leave such rows out (WHERE … IS NOT NULL)."),
        Fault(
            "key_repeated", "Two rows have one key",
            "A member has one row.",
            "Group the query by the key, or use `DISTINCT ON`.",
            "destinations", "/source/query", "Row 8 has the same key in 'id' as the row before it. A member has one row: group by it, or use DISTINCT ON."),
        Fault(
            "row_too_large", "A row is too large",
            "The columns that are read of one row take more than fits into a page of storage.",
            "Select fewer or shorter columns.",
            "destinations", "/source/query", "Row 7 has about 600000 bytes in the columns that are read; at most 500000 are taken."),
        Fault(
            "unknown_object", "There is no such table",
            "The table or view that the audience names is not there, or the connection must not see it.",
            "`GET /api/v1/connections/{id}/objects` lists what there is.",
            "destinations", "/audience/externalId", "There is no 'public.members', or the connection must not see it. GET /api/v1/connections/con_01K9/objects lists what there is."),
    ];
}
