using System.Collections.Immutable;
using System.Reflection;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>A function ready to be invoked.</summary>
internal sealed record FunctionEntry
{
    public required FunctionDefinition Definition { get; init; }

    public required MethodInfo Method { get; init; }

    public required Trigger Trigger { get; init; }

    /// <summary>Name of the parameter that carries the trigger attribute.</summary>
    public required string TriggerParameter { get; init; }

    public required RetryAttribute? Retry { get; init; }

    /// <summary>Neither listened to nor routed; <c>POST /admin/functions/{name}</c> still runs it.</summary>
    public required bool IsDisabled { get; init; }

    public string Name => Definition.Name;
}

/// <summary>What starts a function, settings resolved.</summary>
internal abstract record Trigger
{
    private Trigger()
    {
    }

    /// <param name="Template">Route template with the prefix, without a slash in front.</param>
    /// <param name="Methods">Verbs in upper case; empty = all.</param>
    public sealed record Http(string Template, ImmutableArray<string> Methods) : Trigger;

    public sealed record Timer(TimerSchedule Schedule, bool UseMonitor, bool RunOnStartup) : Trigger;

    public sealed record Queue(string QueueName, string Connection) : Trigger;
}
