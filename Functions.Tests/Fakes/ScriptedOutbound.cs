using System.Collections.Immutable;
using System.Net;
using System.Text;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Fakes;

/// <summary>A request as it would have left.</summary>
internal sealed record SentRequest(string Method, Uri Url, ImmutableSortedDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>Answers in the order given and keeps what was sent. More calls than answers fail the test.</summary>
internal sealed class ScriptedOutbound(params IEnumerable<Func<SentRequest, HttpResponseMessage>> answers) : IOutbound
{
    private readonly Queue<Func<SentRequest, HttpResponseMessage>> _answers = new(answers);

    public List<SentRequest> Sent { get; } = [];

    public bool AllowsPrivateAddresses { get; init; }

    public int Unused => _answers.Count;

    public static Func<SentRequest, HttpResponseMessage> Answer(int status, string? body = null, params (string Name, string Value)[] headers) => _ =>
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body ?? "", Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            if (!response.Headers.TryAddWithoutValidation(name, value))
            {
                response.Content.Headers.Remove(name);
                response.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return response;
    };

    public static Func<SentRequest, HttpResponseMessage> Fault(Exception exception) => _ => throw exception;

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var body = request.Content is { } content ? await content.ReadAsByteArrayAsync(cancellationToken) : [];
        IEnumerable<KeyValuePair<string, IEnumerable<string>>> headers = request.Headers;
        var sent = new SentRequest(
            request.Method.Method,
            request.RequestUri!,
            headers.Concat(request.Content?.Headers ?? Enumerable.Empty<KeyValuePair<string, IEnumerable<string>>>())
                .ToImmutableSortedDictionary(header => header.Key.ToLowerInvariant(), header => string.Join(", ", header.Value), StringComparer.Ordinal),
            body);
        Sent.Add(sent);
        return _answers.TryDequeue(out var answer) ? answer(sent) : throw new InvalidOperationException($"Nobody expected {sent.Method} {sent.Url}.");
    }
}
