using System.Globalization;
using System.Text;

namespace Azure.Data.Tables;

/// <summary>Reads the answers inside a transaction's answer.</summary>
/// <remarks>
/// Finds status lines instead of counting boundaries: Azurite puts a boundary line too many before some. A body is JSON on one line, so
/// a line that begins with "--" ends it.
/// </remarks>
internal static class TransactionAnswer
{
    public static List<Response> Read(ReadOnlySpan<byte> content, string clientRequestId)
    {
        var answers = new List<Response>();
        while (NextLine(ref content, out var line))
        {
            if (!line.StartsWith("HTTP/1.1 "u8)) continue;
            var status = Encoding.UTF8.GetString(line["HTTP/1.1 ".Length..]).Split(' ', 2);
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            while (NextLine(ref content, out line) && !line.IsEmpty)
            {
                if (line.IndexOf((byte)':') is > 0 and var colon)
                {
                    headers[Encoding.UTF8.GetString(line[..colon])] = Encoding.UTF8.GetString(line[(colon + 1)..]).Trim();
                }
            }

            var body = new MemoryStream();
            while (!content.IsEmpty && !content.StartsWith("--"u8) && NextLine(ref content, out line)) body.Write(line);
            body.Position = 0;
            answers.Add(new InnerResponse(int.Parse(status[0], CultureInfo.InvariantCulture), status.ElementAtOrDefault(1) ?? "", headers, body, clientRequestId));
        }

        return answers;
    }

    private static bool NextLine(ref ReadOnlySpan<byte> content, out ReadOnlySpan<byte> line)
    {
        if (content.IsEmpty)
        {
            line = default;
            return false;
        }

        var end = content.IndexOf((byte)'\n');
        line = (end < 0 ? content : content[..end]).TrimEnd((byte)'\r');
        content = end < 0 ? default : content[(end + 1)..];
        return true;
    }
}
