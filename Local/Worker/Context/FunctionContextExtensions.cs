using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker.Local;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker;

public static class FunctionContextExtensions
{
    /// <summary>The request of an HTTP function; null in other functions, and before the HTTP middleware has run.</summary>
    public static HttpContext? GetHttpContext(this FunctionContext context) =>
        context.Items.TryGetValue(HttpMiddleware.ContextKey, out var value) ? value as HttpContext : null;
}

public static class FunctionContextLoggerExtensions
{
    public static ILogger<T> GetLogger<T>(this FunctionContext context) => context.InstanceServices.GetRequiredService<ILogger<T>>();

    public static ILogger GetLogger(this FunctionContext context, string categoryName) =>
        context.InstanceServices.GetRequiredService<ILoggerFactory>().CreateLogger(categoryName);
}

public static class FunctionContextBindingFeatureExtensions
{
    public static InvocationResult GetInvocationResult(this FunctionContext context) => new FeatureResult(Slot(context));

    public static InvocationResult<T> GetInvocationResult<T>(this FunctionContext context) => new FeatureResult<T>(Slot(context));

    private static ResultSlot Slot(FunctionContext context)
    {
        if (context.Features.Get<ResultSlot>() is { } slot)
        {
            return slot;
        }

        slot = new ResultSlot();
        context.Features.Set(slot);
        return slot;
    }

    private sealed class FeatureResult(ResultSlot slot) : InvocationResult
    {
        public override object? Value { get => slot.Value; set => slot.Value = value; }
    }

    private sealed class FeatureResult<T>(ResultSlot slot) : InvocationResult<T>
    {
        public override T? Value { get => (T?)slot.Value; set => slot.Value = value; }
    }
}
