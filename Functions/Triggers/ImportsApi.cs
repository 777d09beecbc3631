using AudienceSync.Access;
using AudienceSync.Http;
using AudienceSync.Profiles;
using AudienceSync.Profiles.Imports;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/imports</c>: whole files of profiles.</summary>
public sealed class ImportsApi(ProfileImports imports)
{
    private const string Path = "api/v1/imports";

    /// <summary>Takes the file in the body (CSV or NDJSON); it is read while the request runs.</summary>
    [Function("start-import")]
    [RequiresRole(Role.Ingest, Role.Admin)]
    public async Task<IResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request, "idColumn", "columns", "occurredAtColumn", "separator") is { } refusal
            ? ApiResults.Problem(refusal)
            : (await imports.RunAsync(
                new(request.ContentType, request.ContentLength, request.Query["idColumn"], request.Query["columns"], request.Query["occurredAtColumn"], request.Query["separator"]),
                request.Body,
                cancellationToken)).Match(
                import => ApiResults.Accepted($"/{Path}/{import.Id}", import, ProfilesJson.Default.Import), ApiResults.Problem);

    [Function("get-import")]
    [RequiresRole(Role.Viewer, Role.Ingest)]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await imports.ReadAsync(id, cancellationToken)).Match(import => ApiResults.Ok(import, ProfilesJson.Default.Import), ApiResults.Problem);
}
