using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit;

/// <summary>Answers queries over the connections of one connector: members that are read where they are, without a profile import.</summary>
/// <remarks>Nothing is ever changed there. Every fault is a <see cref="SourceFaultException"/>.</remarks>
public interface IQuerySource
{
    /// <summary>The connector's slug.</summary>
    string Type { get; }

    /// <summary>The columns a query gives, in its order; it is not run.</summary>
    Task<ImmutableArray<QueryColumn>> DescribeAsync(ConnectorSettings settings, string query, DateTimeOffset asOf, CancellationToken cancellationToken);

    /// <summary>Runs a query and streams its rows.</summary>
    Task<IQueryRows> OpenAsync(ConnectorSettings settings, QueryRequest request, CancellationToken cancellationToken);
}

/// <summary>A column of a query.</summary>
/// <param name="Type">What its values are read as; <see cref="CellType.Absent"/> for a type that is not read.</param>
/// <param name="TypeName">The type as the platform calls it.</param>
/// <param name="IsKey">Its values can name members: texts, whole numbers, UUIDs.</param>
public sealed record QueryColumn(string Name, CellType Type, string TypeName, bool IsKey);

/// <summary>What is read of a query.</summary>
public sealed record QueryRequest
{
    public required string Query { get; init; }

    /// <summary>The column whose value is the member's id. Rows come in its order, unless there is a <see cref="Limit"/>.</summary>
    public required QueryColumn Key { get; init; }

    /// <summary>The other columns that are read; the rest of the query's is not.</summary>
    public required ImmutableArray<QueryColumn> Columns { get; init; }

    /// <summary>The parameter <c>@asOf</c>.</summary>
    public required DateTimeOffset AsOf { get; init; }

    /// <summary>Most rows; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Of the member with this id alone; null for everyone.</summary>
    public string? Id { get; init; }
}

/// <summary>Rows of a query as they stream in, one at hand at a time. Values are valid until the next row.</summary>
public interface IQueryRows : IAsyncDisposable
{
    /// <summary>Number of the row at hand, from 1.</summary>
    long Number { get; }

    /// <summary>The member's id in UTF-8; empty when the query gives none.</summary>
    ReadOnlySpan<byte> Id { get; }

    /// <summary>Goes on to the next row. False only when the platform said that there are no more: rows that stop coming are a fault.</summary>
    /// <exception cref="SourceFaultException">The query failed, timed out, or broke off.</exception>
    ValueTask<bool> NextAsync(CancellationToken cancellationToken);

    /// <param name="column">Place among <see cref="QueryRequest.Columns"/>.</param>
    bool HasValue(int column);

    /// <summary>A text in UTF-8.</summary>
    /// <exception cref="SourceFaultException">The value is one that is not taken (too long, out of range). So throw all the readers.</exception>
    ReadOnlySpan<byte> Text(int column);

    /// <summary>An integer, the UTC ticks of a moment, the number of a day, or a flag as 0 or 1.</summary>
    long Integer(int column);

    decimal Decimal(int column);

    ImmutableArray<string> Texts(int column);
}

/// <summary>A source could not be read to its end: what was read of it says nothing about who is a member.</summary>
/// <param name="outcome">Who must act; never settled. Names no value of a person.</param>
public sealed class SourceFaultException(DeliveryOutcome outcome) : Exception(outcome.Describe().Detail)
{
    public DeliveryOutcome Outcome => outcome;
}
