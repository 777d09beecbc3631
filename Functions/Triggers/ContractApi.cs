using AudienceSync.Access;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Problems;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>What integrators read: the API's description, and what its error codes mean. Open to everyone, for it holds no data.</summary>
public static class ContractApi
{
    private const string Problems = "api/v1/problems";

    [Function("get-openapi")]
    [Anonymous]
    [Operation("Read this description", File = "application/json", ETag = true)]
    public static IResult GetOpenApi([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/openapi.json")] HttpRequest request) =>
        ApiResults.Document(OpenApiDocument.Bytes, OpenApiDocument.ETag);

    /// <summary>A page for people where <c>Accept</c> asks for HTML.</summary>
    [Function("list-problems")]
    [Anonymous]
    [Operation("List error codes", Page = typeof(ProblemPage), IsWhole = true)]
    [AlsoAnswers(200, File = "text/html", When = "With `Accept: text/html`: a page.")]
    public static IResult ListProblems([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Problems)] HttpRequest request) =>
        ApiRequest.WantsHtml(request)
            ? ApiResults.Html(ProblemHtml.List(ProblemCatalog.All))
            : ApiResults.Page(request, new ListPage<ProblemPage>(ProblemCatalog.All, Next: null), ProblemsJson.Default.ProblemPage);

    /// <summary>What a code means, what to do, and an example; a page for people where <c>Accept</c> asks for HTML.</summary>
    [Function("get-problem")]
    [Anonymous]
    [Operation("Explain an error code", Answer = typeof(ProblemPage))]
    [AlsoAnswers(200, File = "text/html", When = "With `Accept: text/html`: a page.")]
    public static IResult GetProblem(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Problems}/{{code}}")] HttpRequest request, string code) =>
        ProblemCatalog.Find(code) is not { } page
            ? ApiResults.Problem(new(
                RefusalKind.NotFound, "not_found", "Not found", $"There is no error code '{code}'.{NearestName.Suggestion(code, ProblemCatalog.All.Select(known => known.Code))}"))
            : ApiRequest.WantsHtml(request) ? ApiResults.Html(ProblemHtml.Of(page))
            : ApiResults.Ok(page, ProblemsJson.Default.ProblemPage);
}
