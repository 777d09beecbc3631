using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AudienceSync.Access;
using AudienceSync.Fakes;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Triggers;

/// <summary>The manners of the paths; what segments do is tested at their service.</summary>
public sealed class SegmentsApiTests : IProfileShards, IAttributeCatalog
{
    private const string Path = "/api/v1/segments";
    private const string Body = """{"key":"loyal","name":"Loyal","rules":{"attr":"orders","op":"gte","value":3}}""";

    private readonly ManualTimeProvider _time = new(new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero));
    private readonly MemoryPageStore _pages = new();
    private readonly SegmentsApi _api;

    public SegmentsApiTests()
    {
        var (store, sizes) = (new MemorySegmentStore(), new MemorySegmentSizes());
        var segments = new SegmentService(store, sizes, [], this, _time);
        var profiles = new ProfilePages(this, _pages);
        _api = new(segments, new(store, sizes, []), new(segments, sizes, profiles, _time), new(segments, sizes, profiles, _time));
    }

    [Fact]
    public async Task Create_GoodBody_Is201WithLocationAndETag()
    {
        var (response, body) = await CreateAsync(Body);

        response.StatusCode.ShouldBe(201);
        response.Headers.Location.ToString().ShouldBe($"{Path}/{body["id"]}");
        response.Headers.ETag.ToString().ShouldBe(body["etag"]!.GetValue<string>());
    }

    [Fact]
    public async Task Create_Faults_Are422WithPointers()
    {
        var (response, body) = await CreateAsync("""{"name":"Loyal","rules":{"attr":"orders","op":"gt","value":null}}""");

        response.StatusCode.ShouldBe(422);
        response.ContentType.ShouldBe("application/problem+json");
        body["errors"]![0]!["pointer"]!.GetValue<string>().ShouldBe("/rules/value");
    }

    [Fact]
    public async Task Create_KeyTaken_Is409()
    {
        await CreateAsync(Body);

        (await CreateAsync(Body)).Response.StatusCode.ShouldBe(409);
    }

    [Fact]
    public async Task Get_KnownETag_Is304()
    {
        var created = (await CreateAsync(Body)).Body;
        var request = Requests.To("GET", $"{Path}/{created["id"]}").With("If-None-Match", created["etag"]!.GetValue<string>());

        (await SendAsync(request, _api.GetAsync(request, created["id"]!.GetValue<string>(), default))).Response.StatusCode.ShouldBe(304);
    }

    [Fact]
    public async Task Get_Unknown_Is404()
    {
        var request = Requests.To("GET", $"{Path}/seg_none");

        (await SendAsync(request, _api.GetAsync(request, "seg_none", default))).Response.StatusCode.ShouldBe(404);
    }

    [Theory]
    [InlineData(null, 428)]
    [InlineData("\"stale\"", 412)]
    [InlineData("*", 200)]
    public async Task Patch_IfMatch_GuardsTheChange(string? ifMatch, int status)
    {
        var id = (await CreateAsync(Body)).Body["id"]!.GetValue<string>();
        var request = Requests.To("PATCH", $"{Path}/{id}", """{"name":"New"}""", "application/merge-patch+json");
        if (ifMatch is not null)
        {
            request.With("If-Match", ifMatch);
        }

        (await SendAsync(request, _api.PatchAsync(request, id, default))).Response.StatusCode.ShouldBe(status);
    }

    [Fact]
    public async Task Delete_CurrentETag_Is204AndThen404()
    {
        var created = (await CreateAsync(Body)).Body;
        var id = created["id"]!.GetValue<string>();
        var request = Requests.To("DELETE", $"{Path}/{id}").With("If-Match", created["etag"]!.GetValue<string>());

        (await SendAsync(request, _api.DeleteAsync(request, id, default))).Response.StatusCode.ShouldBe(204);
        request = Requests.To("DELETE", $"{Path}/{id}").With("If-Match", "*");
        (await SendAsync(request, _api.DeleteAsync(request, id, default))).Response.StatusCode.ShouldBe(404);
        request = Requests.To("DELETE", $"{Path}/{id}");
        (await SendAsync(request, _api.DeleteAsync(request, id, default))).Response.StatusCode.ShouldBe(428);
    }

    [Fact]
    public async Task List_MoreThanOnePage_LinksToTheNext()
    {
        await CreateAsync("""{"name":"One","rules":{"attr":"x","op":"exists"}}""");
        _time.Advance(TimeSpan.FromSeconds(1));
        await CreateAsync("""{"name":"Two","rules":{"attr":"x","op":"exists"}}""");

        var request = Requests.To("GET", $"{Path}?limit=1");
        var first = (await SendAsync(request, _api.ListAsync(request, default))).Body;
        first["value"]!.AsArray().Single()!["name"]!.GetValue<string>().ShouldBe("One");
        request = Requests.To("GET", new Uri(first["nextLink"]!.GetValue<string>()).PathAndQuery);
        var last = (await SendAsync(request, _api.ListAsync(request, default))).Body;
        last["value"]!.AsArray().Single()!["name"]!.GetValue<string>().ShouldBe("Two");
        last.AsObject().ContainsKey("nextLink").ShouldBeFalse();
    }

    [Fact]
    public async Task Estimate_BadRule_Is422RuleInvalid()
    {
        var request = Requests.To("POST", $"{Path}/estimate", """{"rules":{"all":[{"attr":"orders","op":"atLeast","value":3}]}}""");
        var (response, body) = await SendAsync(request, _api.EstimateAsync(request, default));

        response.StatusCode.ShouldBe(422);
        body["code"]!.GetValue<string>().ShouldBe("rule_invalid");
        body["errors"]![0]!["pointer"]!.GetValue<string>().ShouldBe("/rules/all/0/op");
    }

    [Theory]
    [InlineData(Role.Viewer, "a…@example.com")]
    [InlineData(Role.Operator, "a…@example.com")]
    [InlineData(Role.Editor, "ana@example.com")]
    [InlineData(Role.Admin, "ana@example.com")]
    public async Task PreviewAndMembers_Role_DecidesWhetherIdentifiersAreMasked(Role role, string email)
    {
        var id = (await CreateAsync(Body)).Body["id"]!.GetValue<string>();

        var request = As(role, Requests.To("POST", $"{Path}/preview", """{"rules":{"attr":"orders","op":"gte","value":3}}"""));
        var preview = (await SendAsync(request, _api.PreviewAsync(request, default))).Body;
        preview["sample"]![0]!["identifiers"]!["email"]!.GetValue<string>().ShouldBe(email);
        preview["reach"]!.ToJsonString().ShouldBe("""{"email":1,"phone":0}""");

        request = As(role, Requests.To("GET", $"{Path}/{id}/members"));
        var members = (await SendAsync(request, _api.MembersAsync(request, id, default))).Body;
        members["value"]![0]!["identifiers"]!["email"]!.GetValue<string>().ShouldBe(email);
    }

    [Fact]
    public async Task Members_CallerUnknown_AreMasked()
    {
        var id = (await CreateAsync(Body)).Body["id"]!.GetValue<string>();
        var request = Requests.To("GET", $"{Path}/{id}/members");

        (await SendAsync(request, _api.MembersAsync(request, id, default))).Body.ToJsonString().ShouldNotContain("ana@");
    }

    [Fact]
    public async Task EveryPath_UnknownParameter_Is400()
    {
        var id = (await CreateAsync(Body)).Body["id"]!.GetValue<string>();
        var acts = new Func<HttpRequest, Task<IResult>>[]
        {
            request => _api.ListAsync(request, default),
            request => _api.CreateAsync(request, default),
            request => _api.GetAsync(request, id, default),
            request => _api.PatchAsync(request, id, default),
            request => _api.DeleteAsync(request, id, default),
            request => _api.ReferencesAsync(request, id, default),
            request => _api.MembersAsync(request, id, default),
            request => _api.EstimateAsync(request, default),
            request => _api.PreviewAsync(request, default),
            request => _api.OverlapAsync(request, default),
        };

        foreach (var act in acts)
        {
            var request = Requests.To("GET", $"{Path}?colour=red", Body).With("If-Match", "*");
            var (response, body) = await SendAsync(request, act(request));
            (response.StatusCode, body["code"]!.GetValue<string>()).ShouldBe((400, "unknown_parameter"));
        }
    }

    async Task<ProfileSet> IProfileShards.FoldAsync(CancellationToken cancellationToken)
    {
        var writer = new ChainWriter(_pages, NewId.Create("pg", _time));
        await writer.AppendAsync(1, 0, new() { ["id"] = Cell.Of("c-1"), ["email"] = Cell.Of("ana@example.com"), ["orders"] = Cell.Of(3) }, cancellationToken);
        return new(1, 0, [new(await writer.CompleteAsync(cancellationToken), 1)]);
    }

    Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> IAttributeCatalog.ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, ImmutableArray<CellType>>>(ImmutableDictionary<string, ImmutableArray<CellType>>.Empty);

    private static HttpRequest As(Role role, HttpRequest request)
    {
        request.HttpContext.Features.Set(new Caller("key_1", role));
        return request;
    }

    private async Task<(HttpResponse Response, JsonNode Body)> CreateAsync(string body)
    {
        var request = Requests.To("POST", Path, body);
        return await SendAsync(request, _api.CreateAsync(request, default));
    }

    private static async Task<(HttpResponse Response, JsonNode Body)> SendAsync(HttpRequest request, Task<IResult> act)
    {
        var body = await (await act).SendAsync(request.HttpContext);
        return (request.HttpContext.Response, body ?? new JsonObject());
    }
}
