using AudienceSync.Access;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>API keys: a value is shown once, when it is made.</summary>
public sealed class ApiKeysApi(ApiKeyService keys)
{
    private const string Path = "api/v1/api-keys";

    [Function("list-api-keys")]
    [RequiresRole(Role.Admin)]
    [Operation("List API keys", Page = typeof(ApiKeyView))]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, CancellationToken cancellationToken)
    {
        var read = ApiRequest.ReadPage(request);
        if (read is not Result<PageRequest>.Ok(var page))
        {
            return read.Match(_ => Results.Empty, ApiResults.Problem);
        }

        var listed = ListPage.Of(await keys.ListAsync(cancellationToken), page, key => key.Id);
        return ApiResults.Page(request, listed.Select(key => ApiKeyView.Of(key)), AccessJson.Default.ApiKeyView);
    }

    [Function("create-api-key")]
    [RequiresRole(Role.Admin)]
    [Operation("Create an API key", Body = typeof(NewApiKey), Status = 201, Answer = typeof(ApiKeyView))]
    [Refuses("too_many_keys")]
    public async Task<IResult> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Path)] HttpRequest request, CancellationToken cancellationToken)
    {
        var read = await ApiRequest.ReadAsync(request, AccessJson.Default.NewApiKey, cancellationToken);
        var issued = await read.ThenAsync(wanted => keys.CreateAsync(wanted.Name, wanted.Role, wanted.ExpiresAt, cancellationToken));
        return issued.Match(
            ok => ApiResults.Created($"/{Path}/{ok.Key.Id}", ApiKeyView.Of(ok.Key, ok.Value), AccessJson.Default.ApiKeyView),
            ApiResults.Problem);
    }

    [Function("get-api-key")]
    [RequiresRole(Role.Admin)]
    [Operation("Read an API key", Answer = typeof(ApiKeyView))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        (await keys.GetAsync(id, cancellationToken)).Match(key => ApiResults.Ok(ApiKeyView.Of(key), AccessJson.Default.ApiKeyView), ApiResults.Problem);

    [Function("delete-api-key")]
    [RequiresRole(Role.Admin)]
    [Operation("Delete an API key")]
    public async Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        await keys.DeleteAsync(id, cancellationToken) is { } refusal ? ApiResults.Problem(refusal) : ApiResults.NoContent();

    /// <summary>The body may be left out: then the old value works on for a day.</summary>
    [Function("rotate-api-key")]
    [RequiresRole(Role.Admin)]
    [Operation("Give an API key a new value", Body = typeof(KeyRotation), BodyIsOptional = true, Answer = typeof(ApiKeyView))]
    public async Task<IResult> RotateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Path}/{{id}}/rotate")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        var read = await ApiRequest.ReadOptionalAsync(request, AccessJson.Default.KeyRotation, new(), cancellationToken);
        var issued = await read.ThenAsync(wanted => keys.RotateAsync(
            id, wanted.GraceMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : ApiKeyService.DefaultGrace, cancellationToken));
        return issued.Match(ok => ApiResults.Ok(ApiKeyView.Of(ok.Key, ok.Value), AccessJson.Default.ApiKeyView), ApiResults.Problem);
    }
}
