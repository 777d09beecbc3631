using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary><c>extensions.queues</c> of host.json; keys, defaults and bounds are those of the Storage Queues extension 5.3.</summary>
internal sealed record QueueSettings
{
    /// <summary>Longest wait between two empty polls. Default 1 min, and 2 s in development.</summary>
    public required TimeSpan MaxPollingInterval { get; init; }

    /// <summary>How long a failed message stays hidden. Default 0: it reappears at once.</summary>
    public required TimeSpan VisibilityTimeout { get; init; }

    /// <summary>Messages fetched at a time, 1–32. Default 16.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Fetch more when so many or fewer are running. Default half a batch for each core.</summary>
    public required int NewBatchThreshold { get; init; }

    /// <summary>Tries before a message is moved to the poison queue. Default 5.</summary>
    public required int MaxDequeueCount { get; init; }

    /// <summary>Bodies travel as base64 (default), else as plain text.</summary>
    public required bool IsBase64 { get; init; }

    /// <exception cref="FunctionsHostException">A value is out of its bounds.</exception>
    public static QueueSettings Read(IConfiguration section, bool isDevelopment)
    {
        var batchSize = Integer(section, "batchSize", fallback: 16, minimum: 1, maximum: 32);
        return new()
        {
            MaxPollingInterval = Span(
                section, "maxPollingInterval", TimeSpan.FromSeconds(isDevelopment ? 2 : 60), minimum: TimeSpan.FromMilliseconds(100), TimeSpan.MaxValue),
            VisibilityTimeout = Span(section, "visibilityTimeout", TimeSpan.Zero, TimeSpan.Zero, maximum: TimeSpan.FromDays(7)),
            BatchSize = batchSize,
            NewBatchThreshold = Integer(section, "newBatchThreshold", batchSize / 2 * Environment.ProcessorCount, minimum: 0, int.MaxValue),
            MaxDequeueCount = Integer(section, "maxDequeueCount", fallback: 5, minimum: 1, int.MaxValue),
            IsBase64 = section["messageEncoding"] switch
            {
                null => true,
                var text when text.Equals("base64", StringComparison.OrdinalIgnoreCase) => true,
                var text when text.Equals("none", StringComparison.OrdinalIgnoreCase) => false,
                var text => throw Refuse("messageEncoding", text, "base64 or none"),
            },
        };
    }

    private static int Integer(IConfiguration section, string key, int fallback, int minimum, int maximum) => section[key] switch
    {
        null => fallback,
        var text when int.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum => value,
        var text => throw Refuse(key, text, maximum == int.MaxValue ? $"a whole number of at least {minimum}" : $"a whole number from {minimum} to {maximum}"),
    };

    private static TimeSpan Span(IConfiguration section, string key, TimeSpan fallback, TimeSpan minimum, TimeSpan maximum) => section[key] switch
    {
        null => fallback,
        var text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum => value,
        var text => throw Refuse(key, text, maximum == TimeSpan.MaxValue ? $"hh:mm:ss of at least {minimum}" : $"hh:mm:ss from {minimum} to {maximum}"),
    };

    private static FunctionsHostException Refuse(string key, string value, string allowed) =>
        new($"{HostJson.FileName}: extensions.queues.{key} is '{value}'; write {allowed}.");
}
