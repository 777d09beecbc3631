using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>All functions of the app, checked at start by the rules of the real build and host.</summary>
internal sealed partial class FunctionCatalog
{
    private readonly FrozenDictionary<string, FunctionEntry> _byName;

    /// <exception cref="FunctionsHostException">A function is declared wrongly.</exception>
    public FunctionCatalog(FunctionSource source, HostJson hostJson, AppSettings settings)
    {
        var entries = source.Methods().Select(method => Read(method, hostJson, settings)).ToList();
        var twice = entries.GroupBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            throw new FunctionsHostException(
                $"Function name '{twice.Key}' is used by {string.Join(" and ", twice.Select(entry => entry.Definition.EntryPoint))}: names are unique without regard to case.");
        }

        if (!hostJson.Functions.IsEmpty)
        {
            entries.RemoveAll(entry => !hostJson.Functions.Contains(entry.Name, StringComparer.OrdinalIgnoreCase));
        }

        _byName = entries.ToFrozenDictionary(entry => entry.Name, StringComparer.OrdinalIgnoreCase);
        All = [.. entries.OrderBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase)];
    }

    public ImmutableArray<FunctionEntry> All { get; }

    public IEnumerable<(FunctionEntry Function, TTrigger Trigger)> Enabled<TTrigger>()
        where TTrigger : Trigger =>
        from function in All
        where function is { IsDisabled: false, Trigger: TTrigger }
        select (function, (TTrigger)function.Trigger);

    public FunctionEntry? Find(string name) => _byName.GetValueOrDefault(name);

    private static FunctionEntry Read(MethodInfo method, HostJson hostJson, AppSettings settings)
    {
        var name = method.GetCustomAttribute<FunctionAttribute>()!.Name;
        if (!NamePattern().IsMatch(name) || name.Equals("host", StringComparison.OrdinalIgnoreCase))
        {
            throw new FunctionsHostException($"'{name}' is no function name: a letter, then up to 127 letters, digits, '_' or '-'; not 'host'.");
        }

        var triggers = method.GetParameters().Where(parameter => parameter.IsDefined(typeof(TriggerBindingAttribute), inherit: true)).ToList();
        if (triggers is not [var parameter])
        {
            throw new FunctionsHostException($"Function '{name}' has {triggers.Count} triggers; one parameter must carry a trigger attribute.");
        }

        var (type, trigger) = parameter.GetCustomAttribute<TriggerBindingAttribute>() switch
        {
            HttpTriggerAttribute http => ("httpTrigger", (Trigger)ReadHttp(http, name, parameter, hostJson)),
            TimerTriggerAttribute timer => ("timerTrigger", ReadTimer(timer, name, parameter, settings)),
            QueueTriggerAttribute queue => ("queueTrigger", ReadQueue(queue, name, settings)),
            var other => throw new FunctionsHostException($"Function '{name}': the trigger {other?.GetType().Name} is not known here."),
        };
        var retry = method.GetCustomAttribute<RetryAttribute>();
        if (retry is not null && trigger is not Trigger.Timer)
        {
            throw new FunctionsHostException($"Function '{name}': retry attributes work on timers only (AZFW0012).");
        }

        return new()
        {
            Definition = new Definition(method, name, parameter, type),
            Method = method,
            Trigger = trigger,
            TriggerParameter = parameter.Name!,
            Retry = retry,
            IsDisabled = settings.IsDisabled(name),
        };
    }

    private static Trigger.Http ReadHttp(HttpTriggerAttribute http, string name, ParameterInfo parameter, HostJson hostJson)
    {
        if (parameter.ParameterType != typeof(HttpRequest))
        {
            throw new FunctionsHostException($"Function '{name}': the HTTP trigger is bound to {parameter.ParameterType.Name}; only HttpRequest works.");
        }

        var route = string.IsNullOrEmpty(http.Route) ? name : http.Route.Trim('/'); // the real host reads an empty route as none
        var template = hostJson.RoutePrefix.Length == 0 ? route : $"{hostJson.RoutePrefix}/{route}";
        var first = route.Split('/')[0];
        if (first.StartsWith("admin", StringComparison.OrdinalIgnoreCase) || first.StartsWith("runtime", StringComparison.OrdinalIgnoreCase))
        {
            throw new FunctionsHostException($"Function '{name}': the route '{route}' starts with admin or runtime, which belong to the host.");
        }

        return new(template, [.. (http.Methods ?? []).Select(verb => verb.ToUpperInvariant())]);
    }

    private static Trigger.Timer ReadTimer(TimerTriggerAttribute timer, string name, ParameterInfo parameter, AppSettings settings)
    {
        if (parameter.ParameterType != typeof(TimerInfo) && parameter.ParameterType != typeof(string))
        {
            throw new FunctionsHostException($"Function '{name}': the timer trigger is bound to {parameter.ParameterType.Name}; use TimerInfo or string.");
        }

        var text = settings.Resolve(timer.Schedule, name);
        var schedule = TimerSchedule.TryParse(text)
            ?? throw new FunctionsHostException($"Function '{name}': '{text}' is neither an NCRONTAB expression nor a time span.");
        return new(schedule, timer.UseMonitor, timer.RunOnStartup);
    }

    private static Trigger.Queue ReadQueue(QueueTriggerAttribute queue, string name, AppSettings settings)
    {
        // The real host lowers the case, then checks.
#pragma warning disable CA1308
        var queueName = settings.Resolve(queue.QueueName, name).ToLowerInvariant();
#pragma warning restore CA1308
        return QueuePattern().IsMatch(queueName) && queueName.Length is >= 3 and <= 63
            ? new(queueName, queue.Connection is { Length: > 0 } connection ? settings.Resolve(connection, name) : StorageConnections.Default)
            : throw new FunctionsHostException(
                $"Function '{name}': '{queueName}' is no queue name: 3 to 63 letters, digits and single hyphens, a letter or digit at both ends.");
    }

    [GeneratedRegex("^[a-z][a-z0-9_-]{0,127}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex QueuePattern();
}
