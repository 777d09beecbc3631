using AudienceSync.Access;
using AudienceSync.Http;
using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Local.Api;

/// <summary>Functions that do what the app's own should not.</summary>
public static class Probes
{
    [Function("probe-closed")]
    public static IResult Closed([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/probe/closed")] HttpRequest request) => ApiResults.NoContent();

    [Function("probe-throw")]
    [RequiresRole(Role.Viewer)]
    public static IResult Throw([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/probe/throw")] HttpRequest request) =>
        throw new InvalidOperationException("inner secret");

    [Function("probe-storage")]
    [RequiresRole(Role.Viewer)]
    public static IResult Storage([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/probe/storage")] HttpRequest request) =>
        throw new RequestFailedException(503, "account is busy");

    [Function("probe-bad-answer")]
    [RequiresRole(Role.Viewer)]
    public static IResult BadAnswer([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/probe/bad-answer")] HttpRequest request) =>
        new JsonAnswer(200, (writer, _) =>
        {
            writer.WriteStartObject();
            throw new InvalidOperationException("half way");
        })
        { ETag = "a" };

    [Function("probe-profile")]
    [RequiresRole(Role.Viewer)]
    public static IResult Profile([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/profiles/{id}/probe")] HttpRequest request) => ApiResults.NoContent();

    [Function("probe-preview")]
    [RequiresRole(Role.Viewer)]
    public static IResult Preview([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/probe/preview")] HttpRequest request) => ApiResults.NoContent();
}
