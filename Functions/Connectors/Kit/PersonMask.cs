using System.Collections.Immutable;
using System.Text.RegularExpressions;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit;

/// <summary>Takes people out of what a platform says about them: an answer may repeat the very identifier it refuses.</summary>
internal static partial class PersonMask
{
    private const string Mark = "•••";

    /// <summary>Longest detail kept of one row. Ours.</summary>
    private const int MaxDetailLength = 500;

    /// <summary>The outcome with the texts of the platform masked by the values of the rows they are about.</summary>
    public static DeliveryOutcome Apply(DeliveryOutcome outcome, DeliveryBatch batch) =>
        outcome is DeliveryOutcome.Settled settled && settled.Rows.Length == batch.Rows.Length
            ? new DeliveryOutcome.Settled([.. settled.Rows.Zip(batch.Rows, Apply)])
            : outcome.MapTexts(text => Of(text, batch.Rows));

    /// <summary>The row's own outcome, masked by its values.</summary>
    public static RowOutcome Apply(RowOutcome outcome, DeliveryRow row) => outcome is { Code: null, Detail: null } ? outcome : outcome with
    {
        // A code is a name that runs count by: 422 in it is no person, even when somebody has 422 orders.
        Code = outcome.Code is { } code && !CodeForm().IsMatch(code) ? Of(code, [row]) : outcome.Code,
        Detail = outcome.Detail is { } detail ? Of(detail, [row]) : null,
    };

    private static string Of(string text, IEnumerable<DeliveryRow> rows)
    {
        foreach (var row in rows)
        {
            foreach (var value in row.Fields.SelectMany(field => Texts(field.Value)).Append(row.ProfileId).OrderByDescending(value => value.Length))
            {
                text = Replace(text, value);
            }
        }

        // What no field holds, such as an address the platform found on its side.
        text = MailAddress().Replace(text, Mark);
        text = PhoneNumber().Replace(text, Mark);
        return text.Length > MaxDetailLength ? $"{text[..MaxDetailLength]}…" : text;
    }

    private static ImmutableArray<string> Texts(Cell cell) => cell.Type switch
    {
        CellType.Boolean or CellType.Absent => [],
        CellType.TextList => cell.AsTextList(),
        _ => [cell.ToString()],
    };

    /// <summary>Replaces the value where it stands alone; "42" in "1420" is another number.</summary>
    private static string Replace(string text, string value)
    {
        var from = 0;
        while (value.Length > 0 && from < text.Length && text.IndexOf(value, from, StringComparison.OrdinalIgnoreCase) is >= 0 and var at)
        {
            var end = at + value.Length;
            var alone = (at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end]));
            (text, from) = alone ? ($"{text[..at]}{Mark}{text[end..]}", at + Mark.Length) : (text, at + 1);
        }

        return text;
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_.-]{0,63}$", RegexOptions.CultureInvariant)]
    private static partial Regex CodeForm();

    [GeneratedRegex(@"[^\s""'<>(),;:@]+@[^\s""'<>(),;:@]+\.[^\s""'<>(),;:@]+", RegexOptions.CultureInvariant)]
    private static partial Regex MailAddress();

    [GeneratedRegex(@"\+\d[\d\s().-]{5,}\d", RegexOptions.CultureInvariant)]
    private static partial Regex PhoneNumber();
}
