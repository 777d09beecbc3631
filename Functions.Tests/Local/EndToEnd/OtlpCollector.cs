using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Local.EndToEnd;

/// <param name="Parent">Empty for a root.</param>
internal sealed record CollectedSpan(string Source, string TraceId, string SpanId, string Parent, string Name, IReadOnlyDictionary<string, string> Tags);

/// <summary>A collector of OpenTelemetry over HTTP that keeps names of what it is sent, and reads no more of protobuf than that takes.</summary>
/// <remarks>Fields as in opentelemetry-proto 1.x: trace.proto, metrics.proto, common.proto.</remarks>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, CollectedSpan> _spans = [];
    private readonly ConcurrentDictionary<string, bool> _instruments = [];
    private LoopbackServer _server = null!;

    public Uri Url => new($"http://127.0.0.1:{_server.Ports[0]}");

    public IEnumerable<CollectedSpan> Spans => _spans.Values;

    /// <summary>Names of instruments that sent something.</summary>
    public IEnumerable<string> Instruments => _instruments.Keys;

    public static async Task<OtlpCollector> StartAsync()
    {
        var collector = new OtlpCollector();
        collector._server = await LoopbackServer.StartAsync(1, (_, context) => collector.TakeAsync(context));
        return collector;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var message = body.ToArray();
        switch (context.Request.Path.Value)
        {
            case "/v1/traces":
                foreach (var scopeSpans in Each(message, 1).SelectMany(resource => Each(resource, 2)))
                {
                    var source = Text(Each(Each(scopeSpans, 1).First(), 1));
                    foreach (var span in Each(scopeSpans, 2))
                    {
                        Take(source, span);
                    }
                }

                break;
            case "/v1/metrics":
                foreach (var metric in Each(message, 1).SelectMany(resource => Each(resource, 2)).SelectMany(scope => Each(scope, 2)))
                {
                    _instruments[Text(Each(metric, 1))] = true;
                }

                break;
            default:
                break;
        }

        context.Response.StatusCode = StatusCodes.Status200OK;
    }

    private void Take(string source, byte[] span)
    {
        var tags = Each(span, 9).ToDictionary(pair => Text(Each(pair, 1)), pair => Text(Each(Each(pair, 2).First(), 1)));
        var collected = new CollectedSpan(source, Hex(Each(span, 1)), Hex(Each(span, 2)), Hex(Each(span, 4)), Text(Each(span, 5)), tags);
        _spans[collected.SpanId] = collected;
    }

    private static string Text(IEnumerable<byte[]> values) => Encoding.UTF8.GetString(values.FirstOrDefault() ?? []);

    private static string Hex(IEnumerable<byte[]> values) => Convert.ToHexStringLower(values.FirstOrDefault() ?? []);

    /// <summary>The values of a field of length-delimited type.</summary>
    private static IEnumerable<byte[]> Each(byte[] message, int field)
    {
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            switch (key & 7)
            {
                case 0:
                    Varint(message, ref at);
                    break;
                case 1:
                    at += sizeof(ulong);
                    break;
                case 5:
                    at += sizeof(uint);
                    break;
                default:
                    var length = (int)Varint(message, ref at);
                    if (key >> 3 == (ulong)field)
                    {
                        yield return message[at..(at + length)];
                    }

                    at += length;
                    break;
            }
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
