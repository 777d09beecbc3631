using AudienceSync.Access;
using AudienceSync.Connections;
using AudienceSync.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/connections/{id}/objects</c>: the tables and views that a connection reaches, live.</summary>
public sealed class ConnectionObjectsApi(ConnectionObjects objects)
{
    private const string Path = "api/v1/connections/{id}/objects";

    /// <summary>Sorted by name; <c>search</c> takes a part of it.</summary>
    [Function("list-connection-objects")]
    [RequiresRole(Role.Editor)]
    [Operation("List what a connection reaches", Page = typeof(RemoteObjectView))]
    [Parameter("search", "Those whose name holds the text.")]
    [Refuses("not_supported", "remote_unavailable", "secret_unreadable", "connector_missing")]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, string id, CancellationToken cancellationToken) =>
        (await ApiRequest.ReadPage(request, "search").ThenAsync(page => objects.ListAsync(id, Search(request), page, cancellationToken))).Match(
            page => ApiResults.Page(request, page, ConnectionObjectsJson.Default.RemoteObjectView), ApiResults.Problem);

    /// <summary>All fields at once, in the order of the object.</summary>
    [Function("list-connection-object-fields")]
    [RequiresRole(Role.Editor)]
    [Operation("List the fields of what a connection reaches", Page = typeof(RemoteFieldView), IsWhole = true)]
    [Parameter("search", "Those whose name holds the text.")]
    [Refuses("not_supported", "remote_unavailable", "secret_unreadable", "connector_missing")]
    public async Task<IResult> ListFieldsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/{{name}}/fields")] HttpRequest request, string id, string name,
        CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request, "search") is { } refusal
            ? ApiResults.Problem(refusal)
            : (await objects.ListFieldsAsync(id, name, Search(request), cancellationToken)).Match(
                page => ApiResults.Page(request, page, ConnectionObjectsJson.Default.RemoteFieldView), ApiResults.Problem);

    private static string? Search(HttpRequest request) => request.Query["search"].ToString() is { Length: > 0 } search ? search : null;
}
