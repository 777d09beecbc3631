using Microsoft.AspNetCore.Http;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>What a listener hands over to have a function run once.</summary>
internal sealed record InvocationRequest
{
    public required FunctionEntry Function { get; init; }

    /// <summary>Value of the trigger parameter: HttpRequest, TimerInfo or QueueMessage.</summary>
    public required object TriggerValue { get; init; }

    public IReadOnlyDictionary<string, object?> BindingData { get; init; } = NoData;

    public HttpContext? HttpContext { get; init; }

    public RetryContext? Retry { get; init; }

    private static readonly Dictionary<string, object?> NoData = [];
}
