using System.Text.Json.Nodes;
using AudienceSync.Access;
using AudienceSync.Fakes;
using AudienceSync.Profiles;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Triggers;

public sealed class ProfilesApiTests
{
    private readonly ProfileWorld _world = new();
    private readonly ProfilesApi _profiles;
    private readonly ImportsApi _imports;

    public ProfilesApiTests()
    {
        _profiles = new(_world.Ingest, _world.Lookup, new(new(_world.Fold, _world.Pages), _world.Lookup), _world.Erasures);
        _imports = new(_world.Imports);
    }

    [Fact]
    public async Task BatchAsync_GoodAndBad_AnswersMultiStatus()
    {
        var (status, body, _) = await SendAsync(
            Requests.To("POST", "/api/v1/profiles/batch", """{"operations":[{"op":"identify","id":"c-1"},{"op":"erase","id":"c-2"}]}"""),
            request => _profiles.BatchAsync(request, CancellationToken.None));

        status.ShouldBe(207);
        (body!["accepted"]!.GetValue<int>(), body["failed"]!.GetValue<int>()).ShouldBe((1, 1));
        body["results"]![1]!["code"]!.GetValue<string>().ShouldBe("unknown_profile");
    }

    [Fact]
    public async Task BatchAsync_MalformedBody_AnswersAProblem()
    {
        var (status, body, _) = await SendAsync(
            Requests.To("POST", "/api/v1/profiles/batch", "{"), request => _profiles.BatchAsync(request, CancellationToken.None));

        (status, body!["code"]!.GetValue<string>()).ShouldBe((400, "malformed_json"));
    }

    [Theory]
    [InlineData(Role.Viewer, "a…@example.com")]
    [InlineData(Role.Editor, "ana@example.com")]
    public async Task GetAsync_ByRole_MasksIdentifiers(Role role, string expected)
    {
        await _world.SendAsync("""{"op":"identify","id":"c-1","identifiers":{"email":"ana@example.com"}}""");

        var (status, body, headers) = await SendAsync(
            Requests.To("GET", "/api/v1/profiles/c-1"), request => _profiles.GetAsync(request, "c-1", CancellationToken.None), role);

        (status, body!["identifiers"]!["email"]!.GetValue<string>()).ShouldBe((200, expected));
        headers.ETag.ToString().ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("a/b c", "a%2Fb c")]
    [InlineData("a/b c", "a%2fb c")]
    public async Task GetAsync_IdWithASlash_IsFoundByItsEscapedForm(string id, string routed)
    {
        await _world.SendAsync($$"""{"op":"identify","id":"{{id}}"}""");

        var (status, body, _) = await SendAsync(
            Requests.To("GET", "/api/v1/profiles/x"), request => _profiles.GetAsync(request, routed, CancellationToken.None));

        (status, body!["id"]!.GetValue<string>()).ShouldBe((200, id));
    }

    [Fact]
    public async Task EraseAsync_KnownThenGone_AnswersAcceptedThenNotFound()
    {
        await _world.SendAsync("""{"op":"identify","id":"c-1"}""");
        Task<(int Status, JsonNode? Body, IHeaderDictionary Headers)> EraseAsync() => SendAsync(
            Requests.To("DELETE", "/api/v1/profiles/c-1"), request => _profiles.EraseAsync(request, "c-1", CancellationToken.None));

        var first = await EraseAsync();
        var second = await EraseAsync();

        (first.Status, first.Body!["status"]!.GetValue<string>()).ShouldBe((202, "queued"));
        first.Headers.Location.ToString().ShouldBe($"/api/v1/erasures/{first.Body["id"]!.GetValue<string>()}");
        first.Body.ToJsonString().ShouldNotContain("c-1");
        second.Status.ShouldBe(404);
    }

    [Fact]
    public async Task IdentifyAsync_NewThenKnown_AnswersCreatedThenOk()
    {
        Task<(int Status, JsonNode? Body, IHeaderDictionary Headers)> IdentifyAsync() => SendAsync(
            Requests.To("POST", "/api/v1/profiles", """{"id":"a/b"}"""), request => _profiles.IdentifyAsync(request, CancellationToken.None));

        var first = await IdentifyAsync();
        var second = await IdentifyAsync();

        (first.Status, first.Headers.Location.ToString()).ShouldBe((201, "/api/v1/profiles/a%2Fb"));
        second.Status.ShouldBe(200);
    }

    [Fact]
    public async Task StartAsync_Csv_AnswersAcceptedAndThePlaceToLook()
    {
        var started = await SendAsync(
            Requests.To("POST", "/api/v1/imports?idColumn=Kunde&columns={\"Mail\":\"email\"}", "Kunde,Mail\n7,ana@example.com\n8,nobody\n", "text/csv"),
            request => _imports.StartAsync(request, CancellationToken.None));
        var id = started.Body!["id"]!.GetValue<string>();
        var read = await SendAsync(Requests.To("GET", $"/api/v1/imports/{id}"), request => _imports.GetAsync(request, id, CancellationToken.None));

        (started.Status, started.Headers.Location.ToString()).ShouldBe((202, $"/api/v1/imports/{id}"));
        read.Status.ShouldBe(200);
        (read.Body!["status"]!.GetValue<string>(), read.Body["read"]!.GetValue<int>(), read.Body["accepted"]!.GetValue<int>(), read.Body["rejected"]!.GetValue<int>())
            .ShouldBe(("succeeded", 2, 1, 1));
        read.Body["rejections"]![0]!["line"]!.GetValue<int>().ShouldBe(3);
    }

    [Fact]
    public async Task StartAsync_MisspeltParameter_IsRefused()
    {
        var (status, body, _) = await SendAsync(
            Requests.To("POST", "/api/v1/imports?idcolumn=x", "id\na\n", "text/csv"), request => _imports.StartAsync(request, CancellationToken.None));

        (status, body!["code"]!.GetValue<string>()).ShouldBe((400, "unknown_parameter"));
        _world.Inbox.Ids.ShouldBeEmpty();
    }

    private static async Task<(int Status, JsonNode? Body, IHeaderDictionary Headers)> SendAsync(
        HttpRequest request, Func<HttpRequest, Task<IResult>> act, Role role = Role.Admin)
    {
        request.HttpContext.Features.Set(new Caller("test", role));
        var body = await (await act(request)).SendAsync(request.HttpContext);
        return (request.HttpContext.Response.StatusCode, body, request.HttpContext.Response.Headers);
    }
}
