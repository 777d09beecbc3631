using System.Globalization;
using System.Text;
using AudienceSync.Faults;

namespace AudienceSync.Http;

/// <summary>JSON Pointers (RFC 6901).</summary>
internal static class JsonPointer
{
    public static string Append(string pointer, string name) => JsonFields.PointerTo(pointer, name);

    public static string Append(string pointer, int index) => $"{pointer}/{index.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The pointer of a path as System.Text.Json spells it: <c>$.mapping[0].to</c>, <c>$['odd.name']</c>.</summary>
    public static string FromPath(string? path)
    {
        var pointer = "";
        var rest = (path ?? "$").AsSpan(1);
        while (!rest.IsEmpty)
        {
            if (rest.StartsWith("['") && rest.IndexOf("']") is > 0 and var quoteEnd)
            {
                pointer = Append(pointer, Unescape(rest[2..quoteEnd]));
                rest = rest[(quoteEnd + 2)..];
            }
            else if (rest[0] is '[' && rest.IndexOf(']') is > 0 and var indexEnd)
            {
                pointer = Append(pointer, rest[1..indexEnd].ToString());
                rest = rest[(indexEnd + 1)..];
            }
            else
            {
                rest = rest[1..];
                var end = rest.IndexOfAny('.', '[');
                var name = end < 0 ? rest : rest[..end];
                pointer = Append(pointer, name.ToString());
                rest = rest[name.Length..];
            }
        }

        return pointer;
    }

    private static string Unescape(ReadOnlySpan<char> name) => new StringBuilder().Append(name).Replace("\\'", "'").Replace("\\\\", "\\").ToString();
}
