using System.Collections.Immutable;
using AudienceSync.Faults;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Template;

namespace AudienceSync.Http;

/// <summary>The paths of the API and their verbs: answers what no function takes.</summary>
/// <remarks>The Functions host routes by path and verb together, so that a known path with another verb would look unknown.</remarks>
public sealed class RouteTable(IEnumerable<KeyValuePair<string, ImmutableArray<string>>> routes)
{
    private readonly ImmutableArray<Route> _routes = [.. routes.Select(route => new Route(route.Key, route.Value))];

    /// <summary>404 for an unknown path, 405 for a known one, 204 for OPTIONS; the latter two with <c>Allow</c>.</summary>
    public IResult Answer(HttpRequest request)
    {
        var verbs = VerbsOf(request.Path);
        if (verbs.IsEmpty)
        {
            return ApiResults.Problem(new(RefusalKind.NotFound, "unknown_path", "There is nothing at this path", $"{request.Path} is not a path of this API."));
        }

        var allow = new Dictionary<string, string> { ["Allow"] = string.Join(", ", verbs) };
        return HttpMethods.IsOptions(request.Method)
            ? new JsonAnswer(StatusCodes.Status204NoContent, body: null) { Headers = allow }
            : ApiResults.Problem(
                new(RefusalKind.MethodNotAllowed, "method_not_allowed", "This path does not take this verb", $"{request.Path} takes {allow["Allow"]}, not {request.Method}."),
                retryAfter: null,
                allow);
    }

    private ImmutableArray<string> VerbsOf(PathString path)
    {
        var verbs = _routes.Where(route => route.Matches(path)).SelectMany(route => route.Verbs).ToHashSet();
        return verbs.Count == 0 ? [] : [.. verbs.Append(HttpMethods.Options).Distinct().Order(StringComparer.Ordinal)];
    }

    private sealed class Route(string template, ImmutableArray<string> verbs)
    {
        private readonly TemplateMatcher _matcher = new(TemplateParser.Parse(template), []);

        public ImmutableArray<string> Verbs => verbs;

        public bool Matches(PathString path) => _matcher.TryMatch(path, []);
    }
}
