using System.Reflection;
using System.Text.RegularExpressions;
using AudienceSync.Triggers;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Docs;

/// <summary>An endpoint that the documentation names (<c>POST /runs/{id}/approval</c>) is one that the app has.</summary>
public sealed partial class EndpointTests
{
    private static readonly Endpoint[] Served =
    [
        .. typeof(FallbackApi).Assembly.GetTypes().SelectMany(type => type.GetMethods()).Where(method => method.IsDefined(typeof(FunctionAttribute)))
            .SelectMany(method => method.GetParameters()).Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>())
            .OfType<HttpTriggerAttribute>().Where(trigger => trigger.Methods is not null && trigger.Route!.StartsWith("api/v1/", StringComparison.Ordinal))
            .SelectMany(trigger => trigger.Methods!.Select(verb => new Endpoint(verb.ToUpperInvariant(), trigger.Route!["api/v1".Length..]))),
    ];

    [Fact]
    public void Pages_NameEndpointsThatThereAre()
    {
        var named = Documentation.Pages.SelectMany(NamedBy).ToList();

        named.Count.ShouldBeGreaterThan(50, "endpoints are found");
        named.Where(each => !Served.Any(each.Endpoint.IsServedBy)).Select(each => $"{each.Place} names {each.Endpoint.Verb} {each.Endpoint.Path}").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("`GET /runs/{id}/rows?outcome=rejected`", true)]
    [InlineData("`GET /api/v1/runs/run_1`", true)]
    [InlineData("`GET /runs/{id}/columns`", false)]
    [InlineData("`PUT /runs/{id}`", false)]
    [InlineData("`GET, POST /segments` and `PATCH /segments/{id}`", true)]
    [InlineData("`GET, PUT /segments`", false)]
    [InlineData("```http\nDELETE /api/v1/runs\n```", false)]
    [InlineData("`POST …/runs` and `GET https://graph.example/v25.0/me`", true)]
    public void Endpoint_IsKnownFromOneThatIsNot(string text, bool isServed) =>
        NamedBy(MarkdownPage.Parse("page.md", text)).All(each => Served.Any(each.Endpoint.IsServedBy)).ShouldBe(isServed);

    private static IEnumerable<(string Place, Endpoint Endpoint)> NamedBy(MarkdownPage page) => page.Spans.Select(span => (span.Line, Text: span.Code))
        .Concat(page.Blocks.Where(block => block.Language != "mermaid").SelectMany(block => block.Lines.Select((text, index) => (Line: block.Line + 1 + index, Text: text))))
        .SelectMany(line => Named().Matches(line.Text)
            .SelectMany(match => match.Groups["verbs"].Value.Split(", ").Select(verb => ($"{page.Path}:{line.Line}", new Endpoint(verb, PathOf(match))))));

    private static string PathOf(Match match) => match.Groups["path"].Value is var path && path.StartsWith("/api/v1/", StringComparison.Ordinal) ? path["/api/v1".Length..] : path;

    /// <summary>At the start of a line or span, so that a platform's own addresses are not taken for ours; a simulator's begin with <c>/__</c>.</summary>
    [GeneratedRegex(@"^\s*(?<verbs>(?:GET|HEAD|POST|PUT|PATCH|DELETE)(?:, (?:GET|POST|PUT|PATCH|DELETE))*) (?<path>/(?!_)[^\s?`""·]+)")]
    private static partial Regex Named();

    private sealed record Endpoint(string Verb, string Path)
    {
        private string[] Parts => Path.Trim('/').Split('/');

        /// <summary>Any name or value may stand where the route has a parameter.</summary>
        public bool IsServedBy(Endpoint served) => Verb == served.Verb && Parts.Length == served.Parts.Length
            && Parts.Zip(served.Parts).All(pair => pair.Second.StartsWith('{') || pair.First == pair.Second);
    }
}
