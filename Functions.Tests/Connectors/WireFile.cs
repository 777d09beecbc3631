using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors;

/// <summary>
/// What we claim to send, and what was answered: requests and replies of one conversation, from <c>Wire/{connector}/{name}.http</c>.
/// A request, a line <c>### answer</c>, a reply; <c>### next</c> before the following request. Header names in lower case, all of them
/// but content-length and user-agent. JSON bodies are compared as JSON, others as text.
/// </summary>
internal sealed class WireFile
{
    private readonly List<(Message Request, Message Answer)> _exchanges;

    private WireFile(List<(Message Request, Message Answer)> exchanges) => _exchanges = exchanges;

    public static WireFile Read(string connector, string name)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Wire", connector, $"{name}.http")).ReplaceLineEndings("\n");
        return new([.. text.Split("### next\n").Select(part => part.Split("### answer\n")).Select(pair => (Message.Parse(pair[0]), Message.Parse(pair[1])))]);
    }

    public ScriptedOutbound Outbound() => new(_exchanges.Select(exchange => (Func<SentRequest, HttpResponseMessage>)(_ => exchange.Answer.ToResponse())));

    /// <summary>Compares all that was sent with the file.</summary>
    public void ShouldBe(IReadOnlyList<SentRequest> sent)
    {
        sent.Count.ShouldBe(_exchanges.Count);
        foreach (var (request, expected) in sent.Zip(_exchanges.Select(exchange => exchange.Request)))
        {
            $"{request.Method} {request.Url.AbsoluteUri}".ShouldBe(expected.Start);
            request.Headers.Where(header => header.Key is not ("content-length" or "user-agent")).Select(header => $"{header.Key}: {header.Value}")
                .ShouldBe(expected.Headers.OrderBy(header => header.Name, StringComparer.Ordinal).Select(header => $"{header.Name}: {header.Value}"));
            if (request.Headers.TryGetValue("content-type", out var type) && type.Contains("json", StringComparison.Ordinal) && !type.Contains("ndjson", StringComparison.Ordinal))
            {
                JsonNode.DeepEquals(JsonNode.Parse(request.Body), JsonNode.Parse(expected.Body)).ShouldBeTrue($"sent {request.Text}\nfile {expected.Body}");
            }
            else
            {
                request.Text.ReplaceLineEndings("\n").TrimEnd('\n').ShouldBe(expected.Body);
            }
        }
    }

    private sealed record Message(string Start, List<(string Name, string Value)> Headers, string Body)
    {
        public static Message Parse(string text)
        {
            var parts = text.Split("\n\n", 2);
            var lines = parts[0].Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return new(
                lines[0],
                [.. lines.Skip(1).Select(line => line.Split(": ", 2)).Select(pair => (pair[0], pair[1]))],
                parts.Length > 1 ? parts[1].TrimEnd('\n') : "");
        }

        public HttpResponseMessage ToResponse()
        {
            var response = new HttpResponseMessage((HttpStatusCode)int.Parse(Start.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture))
            {
                Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body)),
            };
            foreach (var (name, value) in Headers)
            {
                if (name is "content-type")
                {
                    response.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
                }
                else
                {
                    response.Headers.TryAddWithoutValidation(name, value);
                }
            }

            return response;
        }
    }
}
