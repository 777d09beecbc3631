using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;

namespace AudienceSync.Local;

/// <summary>Answers requests from a list and keeps what was asked.</summary>
internal sealed class ScriptedTransport : HttpPipelineTransport
{
    private readonly Queue<Func<Azure.Response>> _answers = new();

    public List<Asked> Requests { get; } = [];

    public ScriptedTransport Answer(int status, string body = "", params (string Name, string Value)[] headers)
    {
        _answers.Enqueue(() => new InnerResponse(
            status, "", headers.ToDictionary(h => h.Name, h => h.Value, StringComparer.OrdinalIgnoreCase), new(Encoding.UTF8.GetBytes(body)), "id"));
        return this;
    }

    public ScriptedTransport Fail(Exception exception)
    {
        _answers.Enqueue(() => throw exception);
        return this;
    }

    public override Request CreateRequest() => HttpClientTransport.Shared.CreateRequest();

    public override void Process(HttpMessage message)
    {
        var request = message.Request;
        using var body = new MemoryStream();
        request.Content?.WriteTo(body, CancellationToken.None);
        Requests.Add(new(
            request.Method.ToString(), request.Uri.ToUri(), request.Headers.ToDictionary(h => h.Name, h => h.Value, StringComparer.OrdinalIgnoreCase),
            Encoding.UTF8.GetString(body.ToArray())));
        message.Response = _answers.Dequeue()();
    }

    public override ValueTask ProcessAsync(HttpMessage message)
    {
        Process(message);
        return ValueTask.CompletedTask;
    }

    /// <summary>Options with this transport and retries without delay.</summary>
    public TableClientOptions Options() => new()
    {
        Transport = this,
        Retry = { Delay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(1), MaxRetries = 3 },
    };

    internal sealed record Asked(string Method, Uri Uri, IReadOnlyDictionary<string, string> Headers, string Body);
}
