using AudienceSync.Access;
using AudienceSync.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Answers what no other function takes: unknown paths, other verbs, OPTIONS.</summary>
public sealed class FallbackApi(RouteTable routes)
{
    /// <summary>The route is the least specific of all, so that the host asks it last.</summary>
    [Function("fallback")]
    [Anonymous]
    public IResult Answer([HttpTrigger(AuthorizationLevel.Anonymous, Route = "api/{*rest}")] HttpRequest request) => routes.Answer(request);
}
