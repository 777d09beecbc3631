using AudienceSync.Access;
using AudienceSync.Connections;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Triggers.Shapes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/connections</c>: accounts on platforms, and whether their credentials work.</summary>
public sealed class ConnectionsApi(ConnectionService connections, ConnectionChecks checks)
{
    private const string Path = "api/v1/connections";

    [Function("list-connections")]
    [RequiresRole(Role.Viewer)]
    [Operation("List connections", Page = typeof(ConnectionView), IsNamed = true)]
    [Parameter("status", "Connections in one of these states.", Type = typeof(ConnectionStatus), Many = true)]
    [Parameter("type", "Connections of one of these connectors.", Many = true)]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        ApiRequest.ReadList(request, "status", "type").Match(
            async query =>
            {
                List<Fault> faults = [];
                var statuses = QueryFilters.Choices<ConnectionStatus>(request.Query, "status", faults);
                return faults.Count > 0
                    ? ApiResults.Problem(QueryFilters.Invalid(faults))
                    : ApiResults.Page(
                        request, await connections.ListAsync(query, statuses, QueryFilters.Words(request.Query, "type"), cancellationToken), ConnectionJson.Default.ConnectionView);
            },
            RefuseAsync);

    [Function("create-connection")]
    [RequiresRole(Role.Admin)]
    [Operation("Create a connection", Body = typeof(ConnectionBody), Status = 201, Answer = typeof(ConnectionView))]
    [Refuses("key_taken")]
    public async Task<IResult> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).Match(
            async body => (await connections.CreateAsync(body, cancellationToken)).Match(
                view => ApiResults.Created($"/{Path}/{view.Id}", view, ConnectionJson.Default.ConnectionView, view.ETag), ApiResults.Problem),
            RefuseAsync);

    [Function("get-connection")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read a connection", Answer = typeof(ConnectionView))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await connections.GetAsync(id, cancellationToken)).Match(Answer, ApiResults.Problem);

    [Function("patch-connection")]
    [RequiresRole(Role.Admin)]
    [Operation("Change a connection", Body = typeof(ConnectionBody), IfMatch = true, Answer = typeof(ConnectionView))]
    [Refuses("busy")]
    public Task<IResult> PatchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.IfMatch(request).Match(
            async ifMatch => await (await ApiRequest.ReadMergePatchAsync(request, cancellationToken)).Match(
                async patch => (await connections.PatchAsync(id, patch, ifMatch, cancellationToken)).Match(Answer, ApiResults.Problem),
                RefuseAsync),
            RefuseAsync);

    [Function("delete-connection")]
    [RequiresRole(Role.Admin)]
    [Operation("Delete a connection", IfMatch = true)]
    [Refuses("in_use", "busy")]
    public Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.IfMatch(request).Match(
            async ifMatch => (await connections.DeleteAsync(id, ifMatch, cancellationToken)).Match(_ => ApiResults.NoContent(), ApiResults.Problem),
            RefuseAsync);

    /// <summary>Tries a saved connection out and remembers whether its credentials work.</summary>
    [Function("check-connection")]
    [RequiresRole(Role.Admin)]
    [Operation("Check a connection", Answer = typeof(ConnectionCheck))]
    [Refuses("secret_unreadable", "connector_missing")]
    public async Task<IResult> CheckAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Path}/{{id}}/checks")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        (await checks.CheckAsync(id, cancellationToken)).Match(Answer, ApiResults.Problem);

    /// <summary>Tries settings out that are not saved.</summary>
    [Function("check-unsaved-connection")]
    [RequiresRole(Role.Admin)]
    [Operation("Check settings that are not saved", Body = typeof(ConnectionBody), Answer = typeof(ConnectionCheck))]
    public async Task<IResult> CheckUnsavedAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/connection-checks")] HttpRequest request, CancellationToken cancellationToken) =>
        await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).Match(
            async body => (await checks.CheckUnsavedAsync(body, cancellationToken)).Match(Answer, ApiResults.Problem),
            RefuseAsync);

    private static IResult Answer(ConnectionView view) => ApiResults.Ok(view, ConnectionJson.Default.ConnectionView, view.ETag);

    private static IResult Answer(ConnectionCheck check) => ApiResults.Ok(check, ConnectionJson.Default.ConnectionCheck);

    private static Task<IResult> RefuseAsync(Refusal refusal) => Task.FromResult(ApiResults.Problem(refusal));
}
