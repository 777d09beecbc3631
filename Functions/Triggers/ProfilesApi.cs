using AudienceSync.Access;
using AudienceSync.Erasures;
using AudienceSync.Http;
using AudienceSync.Profiles;
using AudienceSync.Triggers.Shapes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/profiles</c>: who the customers are.</summary>
public sealed class ProfilesApi(ProfileIngest ingest, ProfileLookup lookup, ProfileSearch search, ErasureService erasures)
{
    private const string Path = "api/v1/profiles";

    /// <summary>Takes up to 1,000 operations; one bad operation never stops the rest.</summary>
    [Function("ingest-profiles")]
    [RequiresRole(Role.Ingest, Role.Admin)]
    [Operation("Send up to 1,000 operations on profiles", Body = typeof(OperationsBody), Status = 207, Answer = typeof(BatchAnswer))]
    [Refuses("too_many_operations")]
    public async Task<IResult> BatchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Path}/batch")] HttpRequest request, CancellationToken cancellationToken) =>
        await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).Match(
            async body => (await ingest.BatchAsync(body, cancellationToken)).Match(
                answer => ApiResults.MultiStatus(answer, ProfilesJson.Default.BatchAnswer), ApiResults.Problem),
            refusal => Task.FromResult(ApiResults.Problem(refusal)));

    /// <summary>Identifies one profile: 201 when there was none, else 200.</summary>
    [Function("identify-profile")]
    [RequiresRole(Role.Ingest, Role.Admin)]
    [Operation("Identify a profile", Body = typeof(ProfileBody), Answer = typeof(IdentifyAnswer))]
    [AlsoAnswers(201, typeof(IdentifyAnswer), When = "There was no such profile.")]
    public async Task<IResult> IdentifyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).Match(
            async body => (await ingest.IdentifyAsync(body, cancellationToken)).Match(answer => Identified(request, answer), ApiResults.Problem),
            refusal => Task.FromResult(ApiResults.Problem(refusal)));

    /// <summary>Whose an address, number or id is. A body keeps them out of addresses and logs.</summary>
    [Function("look-up-profiles")]
    [RequiresRole(Role.Operator)]
    [Operation("Find profiles by an identifier", Body = typeof(ProfileLookupBody), Answer = typeof(FoundProfiles))]
    public async Task<IResult> LookUpAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Path}/lookup")] HttpRequest request, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request) is { } refusal)
        {
            return ApiResults.Problem(refusal);
        }

        request.AnswersAboutMany();
        return (await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).ThenAsync(body => search.FindAsync(body, Caller.Of(request.HttpContext).SeesIdentifiers, cancellationToken))).Match(
            found => ApiResults.Ok(found, ProfilesJson.Default.FoundProfiles), ApiResults.Problem);
    }

    [Function("get-profile")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read a profile", Answer = typeof(ProfileAnswer), ETag = true)]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await lookup.ReadAsync(Unescape(id), Caller.Of(request.HttpContext).SeesIdentifiers, cancellationToken)).Match(
                found => ApiResults.Ok(found.Profile, ProfilesJson.Default.ProfileAnswer, found.ETag), ApiResults.Problem);

    /// <summary>Whom a URL token stands for.</summary>
    /// <remarks>Takes precedence over a profile whose id is <c>resolve</c>.</remarks>
    [Function("resolve-profile")]
    [RequiresRole(Role.Operator)]
    [Operation("Find out whom a URL token stands for", Answer = typeof(ResolvedProfile))]
    [Refuses("unknown_token")]
    [Parameter("token", "A token of `urlToken`.", Required = true)]
    public async Task<IResult> ResolveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/resolve")] HttpRequest request, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request, "token") is { } refusal
            ? ApiResults.Problem(refusal)
            : (await lookup.ResolveAsync(request.Query["token"].ToString(), cancellationToken)).Match(
                found => ApiResults.Ok(found, ProfilesJson.Default.ResolvedProfile), ApiResults.Problem);

    /// <summary>Erases a person everywhere: the profile is gone at once; the erasure shows how far destinations and storage are.</summary>
    [Function("erase-profile")]
    [RequiresRole(Role.Admin)]
    [Operation("Erase a profile", Status = 202, Answer = typeof(ErasureView))]
    public async Task<IResult> EraseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await erasures.EraseAsync(Unescape(id), cancellationToken)).Match(
                erasure => ApiResults.Accepted($"/{ErasuresApi.Path}/{erasure.Id}", erasure, ErasuresJson.Default.ErasureView), ApiResults.Problem);

    private static IResult Identified(HttpRequest request, IdentifyAnswer answer)
    {
        request.AnswersAbout(answer.Id);
        return answer.Created
            ? ApiResults.Created($"/{Path}/{Uri.EscapeDataString(answer.Id)}", answer, ProfilesJson.Default.IdentifyAnswer)
            : ApiResults.Ok(answer, ProfilesJson.Default.IdentifyAnswer);
    }

    /// <summary>Routing decodes everything but the slash, which would else divide the path.</summary>
    internal static string Unescape(string id) => id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
