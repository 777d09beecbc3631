using System.Globalization;

namespace Azure.Data.Tables;

/// <summary>Puts values into a filter as OData literals.</summary>
internal static class QueryFilter
{
    /// <exception cref="ArgumentException">A value is null or of a type that filters do not know.</exception>
    public static string Create(FormattableString filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return string.Format(CultureInfo.InvariantCulture, filter.Format, Array.ConvertAll(filter.GetArguments(), object? (value) => Literal(value)));
    }

    private static string Literal(object? value) => value switch
    {
        string text => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'",
        char character => Literal(character.ToString()),
        bool truth => truth ? "true" : "false",
        int or short or sbyte or byte or ushort => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        long number => FormattableString.Invariant($"{number}L"),
        double number => number.ToString(CultureInfo.InvariantCulture),
        Guid id => $"guid'{id}'",
        DateTimeOffset time => DateTimeLiteral(time.UtcDateTime),
        DateTime time => DateTimeLiteral(time.ToUniversalTime()),
        byte[] bytes => $"X'{Convert.ToHexStringLower(bytes)}'",
        BinaryData data => $"X'{Convert.ToHexStringLower(data.ToMemory().Span)}'",
        _ => throw new ArgumentException($"A filter cannot hold a value of type {value?.GetType().FullName ?? "null"}."),
    };

    private static string DateTimeLiteral(DateTime time) => $"datetime'{time.ToString(EntityJson.DateTimeFormat, CultureInfo.InvariantCulture)}'";
}
