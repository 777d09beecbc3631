using System.Collections.Immutable;
using AudienceSync.Access;
using AudienceSync.Http;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Who am I, and what may I do.</summary>
public static class MeApi
{
    [Function("get-me")]
    [RequiresRole(Role.Viewer, Role.Ingest)]
    [Operation("Ask who I am", Answer = typeof(MeView))]
    public static IResult GetMe([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/me")] HttpRequest request)
    {
        if (ApiRequest.UnknownParameters(request) is { } refusal)
        {
            return ApiResults.Problem(refusal);
        }

        var caller = Caller.Of(request.HttpContext);
        return ApiResults.Ok(new MeView(caller.Name, caller.Kind, caller.Role, IncludedIn(caller.Role), caller.SeesIdentifiers), AccessJson.Default.MeView);
    }

    [Function("list-roles")]
    [RequiresRole(Role.Viewer, Role.Ingest)]
    [Operation("List roles", Page = typeof(RoleView), IsWhole = true)]
    public static IResult ListRoles([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/roles")] HttpRequest request)
    {
        if (ApiRequest.UnknownParameters(request) is { } refusal)
        {
            return ApiResults.Problem(refusal);
        }

        var roles = Enum.GetValues<Role>().Select(role => new RoleView(role, MayDo(role), IncludedIn(role))).ToList();
        return ApiResults.Page(request, new ListPage<RoleView>(roles, Next: null), AccessJson.Default.RoleView);
    }

    private static ImmutableArray<Role> IncludedIn(Role role) => [.. Enum.GetValues<Role>().Where(other => role.Includes(other))];

    private static string MayDo(Role role) => role switch
    {
        Role.Viewer => "Read everything but keys; identifiers of people are masked.",
        Role.Operator => "Also sync now, cancel, retry, enable, disable, test events.",
        Role.Editor => "Also change segments and destinations; sees identifiers.",
        Role.Admin => "Also connections, API keys, the audit trail, erasure; includes every other role.",
        _ => "Only send profiles and imports.",
    };
}
