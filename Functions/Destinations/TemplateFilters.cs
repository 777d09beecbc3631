using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>What may follow a name in a template: <c>lower</c>, <c>upper</c>, <c>trim</c>, <c>sha256</c>, <c>default: "x"</c>, <c>date: "yyyy-MM-dd"</c>.</summary>
/// <remarks>All but <c>default</c> leave a missing value missing.</remarks>
internal static class TemplateFilters
{
    private static readonly FrozenDictionary<string, Func<string, string>> Plain = new Dictionary<string, Func<string, string>>
    {
        ["lower"] = text => text.ToLowerInvariant(),
        ["upper"] = text => text.ToUpperInvariant(),
        ["trim"] = text => text.Trim(),
        ["sha256"] = text => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Names = Plain.Keys.Append("default").Append("date").ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The filter of that name; null, with the reason, when there is none or the argument does not fit.</summary>
    public static Func<Cell, Cell>? Create(string name, string? argument, out string? fault)
    {
        fault = null;
        if (Plain.TryGetValue(name, out var change))
        {
            if (argument is null)
            {
                return cell => cell.IsAbsent ? cell : Cell.Of(change(cell.ToString()));
            }

            fault = $"The filter '{name}' takes no argument.";
            return null;
        }

        if (!Names.Contains(name))
        {
            fault = $"'{name}' is not a filter; there are {string.Join(", ", Names.Order(StringComparer.Ordinal))}.{NearestName.Suggestion(name, Names)}";
            return null;
        }

        if (argument is null)
        {
            fault = $"The filter '{name}' needs an argument, such as {(name == "date" ? "date: \"yyyy-MM-dd\"" : "default: \"none\"")}.";
            return null;
        }

        return name == "default"
            ? cell => cell.IsAbsent || cell is { Type: CellType.Text } && cell.AsText().Length == 0 ? Cell.Of(argument) : cell
            : Date(argument, out fault);
    }

    /// <summary>Formats a moment in UTC with a .NET format; a value that is no date stays as it is.</summary>
    private static Func<Cell, Cell>? Date(string format, out string? fault)
    {
        fault = null;
        try
        {
            _ = DateTimeOffset.UnixEpoch.ToString(format, CultureInfo.InvariantCulture);
        }
        catch (FormatException)
        {
            fault = $"'{format}' is not a date format. Write it as \"yyyy-MM-dd\" or \"dd.MM.yyyy HH:mm\".";
            return null;
        }

        return cell =>
        {
            var value = cell.Type is CellType.Text ? CellJson.ReadText(cell.AsText()) : cell;
            return value.TryMoment(out var moment) ? Cell.Of(moment.ToString(format, CultureInfo.InvariantCulture)) : cell;
        };
    }
}
