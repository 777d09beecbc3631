using System.Text.Json.Serialization;
using AudienceSync.Faults;

namespace AudienceSync.Profiles;

/// <summary>Which of the values of an identifier is taken.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<IdentifierStrategy>))]
public enum IdentifierStrategy
{
    /// <summary>The one seen last: what rules and gates know.</summary>
    Last,

    /// <summary>The one seen first.</summary>
    First,

    /// <summary>All of them: a row for each.</summary>
    All,
}

/// <summary>A column of a generation that holds a value chosen among those of an identifier.</summary>
/// <param name="Name">Such as <c>$first:email</c>; of the value seen last it is the identifier's own name.</param>
internal readonly record struct ChosenColumn(string Name, string Identifier, IdentifierStrategy Strategy)
{
    private const string FirstPrefix = "$first:";
    private const string AllPrefix = "$all:";

    public static string NameOf(string identifier, IdentifierStrategy strategy) => strategy switch
    {
        IdentifierStrategy.First => FirstPrefix + identifier,
        IdentifierStrategy.All => AllPrefix + identifier,
        _ => identifier,
    };

    /// <summary>Null for any other column.</summary>
    public static ChosenColumn? Of(string column) =>
        column.StartsWith(FirstPrefix, StringComparison.Ordinal) ? new(column, column[FirstPrefix.Length..], IdentifierStrategy.First)
        : column.StartsWith(AllPrefix, StringComparison.Ordinal) ? new(column, column[AllPrefix.Length..], IdentifierStrategy.All)
        : null;
}
