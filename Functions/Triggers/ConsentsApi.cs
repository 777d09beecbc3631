using AudienceSync.Access;
using AudienceSync.Http;
using AudienceSync.Profiles;
using AudienceSync.Triggers.Shapes;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/profiles/{id}/consents</c>: what a person said about each purpose.</summary>
public sealed class ConsentsApi(ProfileConsents consents)
{
    private const string Path = "api/v1/profiles/{id}/consents";

    [Function("list-consents")]
    [RequiresRole(Role.Viewer)]
    [Operation("List the consents of a profile", Page = typeof(ConsentAnswer), IsWhole = true)]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await consents.ListAsync(ProfilesApi.Unescape(id), cancellationToken)).Match(
                all => ApiResults.Page(request, new ListPage<ConsentAnswer>(all, Next: null), ProfilesJson.Default.ConsentAnswer), ApiResults.Problem);

    [Function("get-consent")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read a consent", Answer = typeof(ConsentAnswer))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path + "/{purpose}")] HttpRequest request, string id, string purpose,
        CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await consents.GetAsync(ProfilesApi.Unescape(id), ProfilesApi.Unescape(purpose), cancellationToken)).Match(Answer, ApiResults.Problem);

    /// <summary>The consent that counts afterwards, and whether it is the one sent.</summary>
    [Function("put-consent")]
    [RequiresRole(Role.Ingest, Role.Editor)]
    [Operation("Say what a person consents to", Body = typeof(ConsentBody), Answer = typeof(ConsentAnswer))]
    [Refuses("profile_too_large")]
    public async Task<IResult> PutAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Path + "/{purpose}")] HttpRequest request, string id, string purpose,
        CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request) is { } refusal)
        {
            return ApiResults.Problem(refusal);
        }

        return await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).Match(
            async body => (await consents.SetAsync(ProfilesApi.Unescape(id), ProfilesApi.Unescape(purpose), body, cancellationToken)).Match(Answer, ApiResults.Problem),
            unreadable => Task.FromResult(ApiResults.Problem(unreadable)));
    }

    private static IResult Answer(ConsentAnswer answer) => ApiResults.Ok(answer, ProfilesJson.Default.ConsentAnswer);
}
