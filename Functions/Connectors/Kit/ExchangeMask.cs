using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit;

/// <summary>Takes people out of an exchange before it is kept: the values of the rows it was about in every spelling they may have on the wire, digests, and what looks like an address or a phone number.</summary>
/// <remarks>Secrets are gone by then: <see cref="Redactor"/> takes them out when the exchange is made. For one batch; not thread-safe.</remarks>
internal sealed partial class ExchangeMask
{
    private const string Mark = "•••";

    /// <summary>Rows whose values are looked for everywhere in a text. The beginning of a body that is recorded holds no more rows than these; what an answer says
    /// about later ones is found where it stands in quotes, or as a long number.</summary>
    private const int MaxSearchedRows = 2_000;

    /// <summary>Digits of a number that may tell who somebody is; "3" stands in every text.</summary>
    private const int TellingDigits = 5;

    private readonly ConnectorDefinition _connector;
    private readonly ImmutableArray<DeliveryRow> _rows;
    private readonly HashSet<string> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly int[] _lengths;
    private readonly SearchValues<string> _search;
    private HashSet<string>? _later;

    public ExchangeMask(ConnectorDefinition connector, ImmutableArray<DeliveryRow> rows)
    {
        (_connector, _rows) = (connector, rows);
        foreach (var value in rows.Take(MaxSearchedRows).SelectMany(ValuesOf))
        {
            _values.UnionWith([value, Uri.EscapeDataString(value), value.Replace(' ', '+'), JsonEncodedText.Encode(value).ToString()]);
        }

        _lengths = [.. _values.Select(value => value.Length).Distinct().OrderDescending()];
        _search = SearchValues.Create([.. _values], StringComparison.OrdinalIgnoreCase);
    }

    public Exchange Apply(Exchange exchange) => exchange with
    {
        Url = Text(exchange.Url),
        RequestHeaders = Headers(exchange.RequestHeaders),
        RequestBody = exchange.RequestBody is { } request ? Text(request) : null,
        ResponseHeaders = Headers(exchange.ResponseHeaders),
        ResponseBody = exchange.ResponseBody is { } response ? Text(Later(response)) : null,
    };

    private ImmutableArray<KeyValuePair<string, string>> Headers(ImmutableArray<KeyValuePair<string, string>> headers) =>
        [.. headers.Select(header => KeyValuePair.Create(header.Key, MailAddress().Replace(Replace(header.Value), Mark)))];

    private string Text(string text) => PhoneNumber().Replace(MailAddress().Replace(Digest().Replace(Replace(text), Mark), Mark), Mark);

    /// <summary>Replaces the values where they stand alone; "42" in "1420" is another number.</summary>
    private string Replace(string text)
    {
        var values = _values.GetAlternateLookup<ReadOnlySpan<char>>();
        System.Text.StringBuilder? masked = null;
        var (kept, from) = (0, 0);
        while (from < text.Length && text.AsSpan(from).IndexOfAny(_search) is >= 0 and var found)
        {
            var at = from + found;
            var length = _lengths.FirstOrDefault(length => at + length <= text.Length && IsAlone(text, at, at + length) && values.Contains(text.AsSpan(at, length)));
            if (length > 0)
            {
                (masked ??= new()).Append(text, kept, at - kept).Append(Mark);
                kept = at + length;
            }

            from = at + Math.Max(1, length);
        }

        return masked is null ? text : masked.Append(text, kept, text.Length - kept).ToString();
    }

    /// <summary>Of a large batch: values of its later rows, in quotes or as numbers.</summary>
    private string Later(string text)
    {
        if (_rows.Length <= MaxSearchedRows)
        {
            return text;
        }

        _later ??= new(_rows.Skip(MaxSearchedRows).SelectMany(ValuesOf), StringComparer.OrdinalIgnoreCase);
        return QuotedOrNumber().Replace(text, match => _later.Contains(match.Value.Trim('"')) ? Mark : match.Value);
    }

    /// <summary>What may tell who a row is about: every text it holds, long numbers, dates, and identifiers as the platform wants them written.</summary>
    private IEnumerable<string> ValuesOf(DeliveryRow row)
    {
        var values = row.Fields.SelectMany(field => Texts(field.Value)).Concat(_connector.Fields.Identifiers.Select(rule => rule.Of(row.Fields))).Append(row.ProfileId);
        return values.Where(value => value.Length > 1);
    }

    private static IEnumerable<string> Texts(Cell cell) => cell.Type switch
    {
        CellType.Text or CellType.Date or CellType.DateTime => [cell.ToString()],
        CellType.TextList => cell.AsTextList(),
        CellType.Integer or CellType.Decimal when cell.ToString() is { Length: >= TellingDigits } number => [number],
        _ => [],
    };

    private static bool IsAlone(string text, int from, int to) =>
        (from == 0 || !char.IsLetterOrDigit(text[from - 1]) || EndsInEscape(text.AsSpan(0, from))) && (to == text.Length || !char.IsLetterOrDigit(text[to]));

    /// <summary>A platform may repeat what it was sent as a text within its own JSON: the value then stands behind <c>\u0022</c>, <c>\n</c> or <c>%22</c>, which are no letters of it.</summary>
    private static bool EndsInEscape(ReadOnlySpan<char> before) => before switch
    {
        [.., '\\', 'u', var a, var b, var c, var d] when IsHex(a) && IsHex(b) && IsHex(c) && IsHex(d) => true,
        [.., '\\', 'n' or 'r' or 't' or 'b' or 'f'] => true,
        [.., '%', var a, var b] when IsHex(a) && IsHex(b) => true,
        _ => false,
    };

    private static bool IsHex(char letter) => char.IsAsciiHexDigit(letter);

    /// <summary>MD5, SHA-1 and SHA-256 in hex: how identifiers are sent where platforms match by digests.</summary>
    [GeneratedRegex(@"(?:(?<![0-9A-Za-z])|(?<=\\u[0-9A-Fa-f]{4})|(?<=%[0-9A-Fa-f]{2}))(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32})(?![0-9A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Digest();

    [GeneratedRegex("\"[^\"]{2,400}\"|[0-9]{5,20}", RegexOptions.CultureInvariant)]
    private static partial Regex QuotedOrNumber();

    [GeneratedRegex(@"[^\s""'<>(),;:@/?&=\\]+(?:@|%40)[^\s""'<>(),;:@/?&=\\]+\.[^\s""'<>(),;:@/?&=\\]+", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex MailAddress();

    [GeneratedRegex(@"(?:\+|%2B|\\u002B)\d[\d\s().-]{5,}\d", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex PhoneNumber();
}
