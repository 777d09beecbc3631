using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AudienceSync.Connectors.Kit;

/// <summary>A platform's answer, read as far as the connector's limit allows.</summary>
public sealed record ConnectorResponse
{
    public required int Status { get; init; }

    public required ImmutableArray<KeyValuePair<string, string>> Headers { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The body was longer than <see cref="Capabilities.MaxResponseBytes"/>: what is here is its beginning.</summary>
    public bool IsCut { get; init; }

    /// <summary>When the answer came, to read dates in it against.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    public bool IsSuccess => Status is >= 200 and <= 299;

    /// <summary>How long we are told to wait; null when there is no hint. See <see cref="WaitHint"/>.</summary>
    public TimeSpan? RetryAfter => WaitHint.Read(this);

    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>The first value of a header; null when there is none.</summary>
    public string? Header(string name)
    {
        foreach (var header in Headers)
        {
            if (string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase))
            {
                return header.Value;
            }
        }

        return null;
    }

    /// <summary>The body read as JSON of that type; null when it is cut, empty, or something else.</summary>
    public T? TryRead<T>(JsonTypeInfo<T> type)
        where T : class
    {
        if (IsCut || Body.IsEmpty)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(Body.Span, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
