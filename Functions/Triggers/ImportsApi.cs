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
    [Operation("Import a file of profiles", Files = new[] { "text/csv", "application/x-ndjson" }, Status = 202, Answer = typeof(Import))]
    [Parameter("idColumn", "The column of the profile id; `id` unless given.")]
    [Parameter("columns", "JSON: where columns go, by their names in the file: to a name of ours, to null to be dropped, or to `{\"name\",\"type\",\"separator\"}`.")]
    [Parameter("occurredAtColumn", "The column of the time that a line's values are of; the time of arrival unless given.")]
    [Parameter("separator", "Of CSV: comma (unless given), semicolon, tab or vertical bar.", Values = new[] { ",", ";", "\t", "|" })]
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
    [Operation("Read an import", Answer = typeof(Import))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await imports.ReadAsync(id, cancellationToken)).Match(import => ApiResults.Ok(import, ProfilesJson.Default.Import), ApiResults.Problem);
}
