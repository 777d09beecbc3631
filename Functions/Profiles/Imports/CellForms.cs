using System.Globalization;
using System.Text.RegularExpressions;
using AudienceSync.Values;

namespace AudienceSync.Profiles.Imports;

/// <summary>Texts of CSV files typed by their form.</summary>
/// <remarks>Only forms that nobody writes by accident: numbers with leading zeros, a plus or an exponent are codes, and stay text.</remarks>
internal static partial class CellForms
{
    /// <summary>Digits that <see cref="decimal"/> keeps exactly whatever they are.</summary>
    private const int DecimalDigits = 28;

    public static Cell Read(string text)
    {
        if (Integer.IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
        {
            return Cell.Of(integer);
        }

        if (Decimal.IsMatch(text)
            && text.Count(char.IsAsciiDigit) <= DecimalDigits
            && decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return Cell.Of(number);
        }

        return text switch
        {
            "true" => Cell.Of(true),
            "false" => Cell.Of(false),
            _ => CellJson.ReadText(text),
        };
    }

    [GeneratedRegex(@"\A-?(0|[1-9][0-9]*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Integer { get; }

    [GeneratedRegex(@"\A-?(0|[1-9][0-9]*)\.[0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Decimal { get; }
}
