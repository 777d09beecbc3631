using System.Text.Json.Nodes;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Http;

public sealed class ApiResultsTests
{
    private static readonly SampleItem Item = new("Müller's");

    [Fact]
    public async Task Ok_WithETag_SendsItStrongAndQuoted()
    {
        var context = Requests.To("GET", "/x").HttpContext;

        var body = await ApiResults.Ok(Item, SampleJson.Default.SampleItem, "W/\"a\"").SendAsync(context);

        context.Response.StatusCode.ShouldBe(200);
        context.Response.Headers.ETag.ToString().ShouldBe("\"a\"");
        context.Response.ContentType.ShouldBe("application/json; charset=utf-8");
        body!["to"]!.GetValue<string>().ShouldBe("Müller's");
        context.Response.ContentLength.ShouldBe(context.Response.Body.Length);
    }

    [Theory]
    [InlineData("GET", "\"a\"", 304)]
    [InlineData("HEAD", "\"x\", W/\"a\"", 304)]
    [InlineData("GET", "*", 304)]
    [InlineData("GET", "\"b\"", 200)]
    [InlineData("POST", "\"a\"", 200)]
    public async Task Ok_IfNoneMatch_SavesTheBodyThatTheCallerHolds(string method, string ifNoneMatch, int status)
    {
        var context = Requests.To(method, "/x").With("If-None-Match", ifNoneMatch).HttpContext;

        var body = await ApiResults.Ok(Item, SampleJson.Default.SampleItem, "a").SendAsync(context);

        context.Response.StatusCode.ShouldBe(status);
        context.Response.Headers.ETag.ToString().ShouldBe("\"a\"");
        (body is null).ShouldBe(status == 304);
    }

    [Fact]
    public async Task Accepted_WithoutAWait_SaysWhereAndWhenToPoll()
    {
        var context = Requests.To("POST", "/x").HttpContext;

        await ApiResults.Accepted("/api/v1/operations/run_1", Item, SampleJson.Default.SampleItem).SendAsync(context);

        context.Response.StatusCode.ShouldBe(202);
        context.Response.Headers.Location.ToString().ShouldBe("/api/v1/operations/run_1");
        context.Response.Headers.RetryAfter.ToString().ShouldBe("2");
    }

    [Fact]
    public async Task Page_NotTheLast_LinksToTheNextWithTheSameFilters()
    {
        var request = Requests.To("GET", "/api/v1/runs?status=failed&status=partial&limit=2");

        var body = await ApiResults.Page(request, new ListPage<SampleItem>([Item, Item], "k2"), SampleJson.Default.SampleItem).SendAsync(request.HttpContext);

        body!["value"]!.AsArray().Count.ShouldBe(2);
        var link = new Uri(body["nextLink"]!.GetValue<string>());
        link.GetLeftPart(UriPartial.Path).ShouldBe("https://api.example/api/v1/runs");
        var next = Requests.To("GET", link.PathAndQuery);
        ApiRequest.ReadPage(next, "status").Match(page => page, _ => null!).ShouldBe(new(2, "k2"));
        next.Query["status"].ToArray().ShouldBe(["failed", "partial"]);
    }

    [Fact]
    public async Task Page_TheLast_HasNoNextLink()
    {
        var request = Requests.To("GET", "/api/v1/runs");

        var body = await ApiResults.Page(request, new ListPage<SampleItem>([], Next: null), SampleJson.Default.SampleItem).SendAsync(request.HttpContext);

        body!.ToJsonString().ShouldBe("""{"value":[]}""");
    }

    [Fact]
    public async Task Problem_WithFaultsAndExtensions_HasTheDocumentedShape()
    {
        var context = Requests.To("POST", "/api/v1/destinations").HttpContext;
        var refusal = Refusal.Invalid([new("/mapping/0/to", "unknown_field", "'emial' is not a field of this audience. Did you mean 'email'?")]) with
        {
            Extensions = new JsonObject { ["runId"] = "run_1", ["status"] = 200 },
        };

        var body = await ApiResults.Problem(refusal).SendAsync(context);

        context.Response.StatusCode.ShouldBe(422);
        context.Response.ContentType.ShouldBe("application/problem+json");
        JsonNode.DeepEquals(body, JsonNode.Parse("""
            {"type":"/api/v1/problems/validation_failed","title":"Some fields need attention","status":422,"code":"validation_failed",
             "requestId":"4bf92f3577b34da6a3ce929d0e0e4736","instance":"/api/v1/destinations",
             "errors":[{"pointer":"/mapping/0/to","code":"unknown_field","detail":"'emial' is not a field of this audience. Did you mean 'email'?"}],"runId":"run_1"}
            """)).ShouldBeTrue(body!.ToJsonString());
    }

    [Fact]
    public async Task Problem_StaleETag_NamesTheCurrentOne()
    {
        var context = Requests.To("PATCH", "/x").HttpContext;

        var body = await ApiResults.Problem(Refusal.Stale("\"7\"")).SendAsync(context);

        context.Response.StatusCode.ShouldBe(412);
        body!["etag"]!.GetValue<string>().ShouldBe("\"7\"");
    }

    [Fact]
    public void StatusOf_EveryKind_IsAnErrorOfItsOwn()
    {
        var statuses = Enum.GetValues<RefusalKind>().Select(Problems.StatusOf).ToList();

        statuses.ShouldBeUnique();
        statuses.ShouldAllBe(status => status >= 400 && status <= 503);
    }

    [Fact]
    public void Cut_OneMoreThanTheLimit_SaysThatAPageFollows()
    {
        ListPage.Cut(["a", "b", "c"], new(2, null), item => item).ShouldSatisfyAllConditions(
            page => page.Items.ShouldBe(["a", "b"]),
            page => page.Next.ShouldBe("b"));
        ListPage.Cut(["a", "b"], new(2, null), item => item).Next.ShouldBeNull();
        ListPage.Of(["a", "b", "c"], new(2, "a"), item => item).ShouldSatisfyAllConditions(
            page => page.Items.ShouldBe(["b", "c"]),
            page => page.Next.ShouldBeNull());
    }
}
