using System.Collections.Immutable;
using System.Reflection;
using AudienceSync.Access;
using AudienceSync.Hosting;
using AudienceSync.Http;
using AudienceSync.Triggers;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.OpenApi;

/// <summary>One verb of one path, as the function that serves it declares it.</summary>
internal sealed record ApiOperation(HttpFunction Function, MethodInfo Method, OperationAttribute Contract)
{
    /// <summary>Every HTTP function of the app that says what it takes and answers, in the order of their paths.</summary>
    public static ImmutableArray<ApiOperation> All { get; } = [.. Read().OrderBy(operation => operation.Path, StringComparer.Ordinal).ThenBy(operation => operation.Verb, StringComparer.Ordinal)];

    /// <summary>The function's name.</summary>
    public string Id => Function.Name;

    public string Path => $"/{Function.Route}";

    /// <summary>HEAD, which each GET answers as well, is not counted.</summary>
    public string Verb => Function.Verbs.Single(verb => verb != "HEAD");

    public IEnumerable<ParameterAttribute> Parameters => Method.GetCustomAttributes<ParameterAttribute>();

    public IEnumerable<string> PathParameters => Path.Split('/').Where(part => part.StartsWith('{')).Select(part => part.Trim('{', '}'));

    public bool IsAnonymous => Function.Access.IsAnonymous;

    /// <summary>Every role that may call it.</summary>
    public ImmutableArray<Role> Roles => [.. Enum.GetValues<Role>().Where(role => Function.Access.Roles.Any(wanted => role.Includes(wanted)))];

    public bool HasBody => Contract.Body is not null || Contract.Files.Length > 0;

    public bool IsPaged => Contract is { Page: not null, IsWhole: false } or { IsPaged: true };

    /// <summary>The answers when all went well.</summary>
    public ImmutableArray<ApiAnswer> Answers => [Standard, .. Method.GetCustomAttributes<AlsoAnswersAttribute>().Select(also => new ApiAnswer(also.Status, also.Answer, Page: null, also.File, also.When))];

    /// <summary>The answer carries an ETag, and a GET need not repeat what the caller holds.</summary>
    public bool HasETag => Contract.ETag || (Verb is "GET" or "PATCH" or "PUT" or "POST" && Contract.Answer?.GetProperty("ETag") is not null);

    /// <summary>Whether an answer of this status carries it: what only began has no version yet.</summary>
    public bool SendsETag(int status) => HasETag && status is (200 or 201);

    public ImmutableArray<string> Refusals => [.. CommonRefusals.Of(this), .. Method.GetCustomAttribute<RefusesAttribute>()?.Codes ?? []];

    private ApiAnswer Standard => new(
        Contract.Status > 0 ? Contract.Status : Contract is { Answer: null, Page: null, File: null } ? 204 : 200, Contract.Answer, Contract.Page, Contract.File, When: null);

    private static IEnumerable<ApiOperation> Read()
    {
        var functions = HttpFunctions.Of(typeof(FallbackApi).Assembly);
        foreach (var method in typeof(FallbackApi).Assembly.GetExportedTypes().SelectMany(type => type.GetMethods()))
        {
            if (method.GetCustomAttribute<FunctionAttribute>() is not null && method.GetCustomAttribute<OperationAttribute>() is { } contract)
            {
                yield return new(functions.Find($"{method.DeclaringType!.FullName}.{method.Name}")!, method, contract);
            }
        }
    }
}

/// <param name="Body">Null for a list, for a file, and for no body.</param>
internal sealed record ApiAnswer(int Status, Type? Body, Type? Page, string? File, string? When);
