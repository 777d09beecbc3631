using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using AudienceSync.Access;
using AudienceSync.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Hosting;

/// <summary>One HTTP function as its attributes declare it.</summary>
/// <param name="EntryPoint"><c>Namespace.Type.Method</c>, as the host names it.</param>
/// <param name="Verbs">In capitals; empty for every verb.</param>
internal sealed record HttpFunction(string Name, string EntryPoint, string Route, ImmutableArray<string> Verbs, AccessRule Access)
{
    /// <summary>Ends of routes that read the whole profile store.</summary>
    private static readonly ImmutableArray<string> ReadsEveryone = ["/preview", "/estimate", "/overlap", "/impact", "/profiles/lookup"];

    /// <summary>The query parameters it takes; null where it does not say.</summary>
    public IReadOnlyList<string>? Parameters { get; init; }

    /// <summary>Which rate limit it falls under: <c>ingest</c>, <c>preview</c>, else <c>api</c>.</summary>
    public string RatePolicy { get; } =
        Access.Roles.Contains(Role.Ingest) && Verbs.Contains("POST") ? RateLimitOptions.Ingest
        : ReadsEveryone.Any(end => Route.EndsWith(end, StringComparison.Ordinal)) ? RateLimitOptions.Preview
        : RateLimitOptions.Api;
}

/// <summary>The HTTP functions of the app by entry point, read from their attributes once.</summary>
internal sealed class HttpFunctions(IEnumerable<HttpFunction> functions)
{
    private static readonly string[] Paging = ["limit", "cursor"];
    private static readonly string[] Searching = ["search", "orderBy"];

    private readonly FrozenDictionary<string, HttpFunction> _byEntryPoint = functions.ToFrozenDictionary(function => function.EntryPoint);

    public static HttpFunctions Of(Assembly assembly) => Of(assembly.GetExportedTypes());

    public static HttpFunctions Of(IEnumerable<Type> types) => new(types
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .Select(Read)
        .OfType<HttpFunction>());

    public IEnumerable<HttpFunction> All => _byEntryPoint.Values;

    public HttpFunction? Find(string entryPoint) => _byEntryPoint.GetValueOrDefault(entryPoint);

    /// <summary>Every route that names its verbs; the one that takes what is left over does not.</summary>
    public RouteTable Routes() => new(All
        .Where(function => !function.Verbs.IsEmpty)
        .Select(function => KeyValuePair.Create(function.Route, function.Verbs)));

    private static HttpFunction? Read(MethodInfo method)
    {
        var trigger = method.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(attribute => attribute is not null);
        if (method.GetCustomAttribute<FunctionAttribute>() is not { } function || trigger is null)
        {
            return null;
        }

        return new(
            function.Name,
            $"{method.DeclaringType!.FullName}.{method.Name}",
            trigger.Route ?? function.Name,
            [.. (trigger.Methods ?? []).Select(verb => verb.ToUpperInvariant())],
            RuleOf(method))
        {
            Parameters = ParametersOf(method),
        };
    }

    private static string[]? ParametersOf(MethodInfo method) => method.GetCustomAttribute<OperationAttribute>() is { } operation
        ? [.. method.GetCustomAttributes<ParameterAttribute>().Select(parameter => parameter.Name), .. operation is { Page: not null, IsWhole: false } or { IsPaged: true } ? Paging : [], .. operation.IsNamed ? Searching : []]
        : null;

    private static AccessRule RuleOf(MethodInfo method) =>
        method.IsDefined(typeof(AnonymousAttribute)) ? new(IsAnonymous: true, [])
        : method.GetCustomAttribute<RequiresRoleAttribute>() is { } required ? new(IsAnonymous: false, required.Roles)
        : AccessRule.Closed;
}
