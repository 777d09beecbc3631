using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>
/// What may follow a name in a template: <c>lower</c>, <c>upper</c>, <c>capitalize</c>, <c>trim</c>, <c>default: "x"</c>, <c>date: "yyyy-MM-dd"</c>,
/// <c>sha256</c> and <c>md5</c> (in hex; <c>sha256: "base64"</c>).
/// </summary>
/// <remarks>All but <c>default</c> leave a missing value missing. Each takes time in proportion to its value and no more.</remarks>
internal static class TemplateFilters
{
    private static readonly FrozenDictionary<string, Func<string, string>> Plain = new Dictionary<string, Func<string, string>>
    {
        ["lower"] = text => text.ToLowerInvariant(),
        ["upper"] = text => text.ToUpperInvariant(),
        ["capitalize"] = Capitalize,
        ["trim"] = text => text.Trim(),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // MD5 is what some platforms match by; it protects nothing here.
#pragma warning disable CA5351
    private static readonly FrozenDictionary<string, Func<byte[], byte[]>> Digests = new Dictionary<string, Func<byte[], byte[]>>
    {
        ["sha256"] = SHA256.HashData,
        ["md5"] = MD5.HashData,
    }.ToFrozenDictionary(StringComparer.Ordinal);
#pragma warning restore CA5351

    private static readonly FrozenSet<string> Names = Plain.Keys.Concat(Digests.Keys).Append("default").Append("date").ToFrozenSet(StringComparer.Ordinal);

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

        if (Digests.TryGetValue(name, out var digest))
        {
            return Digest(digest, argument, name, out fault);
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

    /// <summary>The first letter large, the others small.</summary>
    private static string Capitalize(string text)
    {
        var first = text.EnumerateRunes().FirstOrDefault();
        var length = text.Length == 0 ? 0 : first.Utf16SequenceLength;
        return length == 0 || Rune.ReplacementChar == first ? text.ToLowerInvariant() : $"{Rune.ToUpperInvariant(first)}{text[length..].ToLowerInvariant()}";
    }

    /// <summary>The digest of the text's UTF-8 bytes.</summary>
    private static Func<Cell, Cell>? Digest(Func<byte[], byte[]> digest, string? form, string name, out string? fault)
    {
        fault = form is null or "hex" or "base64" ? null : $"'{form}' is not a form of a digest: {name} is written as {name}: \"hex\" (the default) or {name}: \"base64\".";
        return fault is null
            ? cell => cell.IsAbsent ? cell : Cell.Of(Write(digest(Encoding.UTF8.GetBytes(cell.ToString()))))
            : null;

        string Write(byte[] bytes) => form is "base64" ? Convert.ToBase64String(bytes) : Convert.ToHexStringLower(bytes);
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
