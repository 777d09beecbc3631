using System.Globalization;
using System.Text.Json;
using Azure.Storage.Queues.Models;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>A decoded message as the function sees it.</summary>
internal static class QueueBinding
{
    /// <summary>The names and spellings of the real host: strings as they are, times as JSON.</summary>
    public static InvocationRequest Request(FunctionEntry function, QueueMessage message) => new()
    {
        Function = function,
        TriggerValue = message,
        BindingData = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
        {
            ["QueueTrigger"] = message.Body.ToString(),
            ["DequeueCount"] = message.DequeueCount.ToString(CultureInfo.InvariantCulture),
            ["ExpirationTime"] = Json(message.ExpiresOn),
            ["Id"] = message.MessageId,
            ["InsertionTime"] = Json(message.InsertedOn),
            ["NextVisibleTime"] = Json(message.NextVisibleOn),
            ["PopReceipt"] = message.PopReceipt,
        },
    };

    private static string? Json(DateTimeOffset? time) => time is { } value ? JsonSerializer.Serialize(value) : null;
}
