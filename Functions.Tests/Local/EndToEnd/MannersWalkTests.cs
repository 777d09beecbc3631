namespace AudienceSync.Local.EndToEnd;

/// <summary>What every path of the API does alike.</summary>
[Collection(ApiCollection.Name)]
public sealed class MannersWalkTests(RunningApp app)
{
    private const string Rules = """{"attr":"manners","op":"exists"}""";

    [Fact]
    public async Task Post_SameIdempotencyKey_IsDoneOnceAndAnsweredTwice()
    {
        const string body = $$"""{"name":"Once","rules":{{Rules}}}""";
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());

        var first = (await app.Api.PostAsync("segments", body, key)).ShouldBe(201);
        var second = (await app.Api.PostAsync("segments", body, key)).ShouldBe(201);

        second.Id.ShouldBe(first.Id);
        second.Headers["Idempotency-Replayed"].ShouldBe("true");
        first.Headers.ContainsKey("Idempotency-Replayed").ShouldBeFalse();
        (await app.Api.PostAsync("segments", $$"""{"name":"Other","rules":{{Rules}}}""", key)).ShouldBeProblem(422, "idempotency_key_reused");
        (await app.Api.GetAsync("segments?limit=200")).Text.Split("\"name\":\"Once\"").Length.ShouldBe(2);
    }

    [Fact]
    public async Task Get_UnknownParameter_Is400WithTheNearestName()
    {
        var answer = (await app.Api.GetAsync("segments?limt=5")).ShouldBeProblem(400, "unknown_parameter");

        answer.Json["detail"]!.GetValue<string>().ShouldContain("'limit'");
        (await app.Api.GetAsync("segments?limit=0")).ShouldBeProblem(400, "invalid_parameter");
    }

    [Fact]
    public async Task Get_UnknownPath_Is404AsProblem()
    {
        (await app.Api.GetAsync("segmnts")).ShouldBeProblem(404, "unknown_path");
        (await app.Api.SendAsync(HttpMethod.Put, "segments", "{}", "application/json")).ShouldBeProblem(405, "method_not_allowed").Headers["Allow"].ShouldContain("POST");
        (await app.Api.SendAsync(HttpMethod.Options, "segments", null, null)).ShouldBe(204).Headers["Allow"].ShouldContain("GET");
    }

    [Fact]
    public async Task Options_BrowserAsksForAPageOfAnAllowedOrigin_IsToldWhatItMaySend()
    {
        var answer = (await app.Api.SendAsync(
            HttpMethod.Options, "segments/seg_1", null, null,
            ("Origin", "http://localhost:5173"), ("Access-Control-Request-Method", "PATCH"), ("Access-Control-Request-Headers", "authorization,if-match"))).ShouldBe(204);

        answer.Headers["Access-Control-Allow-Origin"].ShouldBe("http://localhost:5173");
        answer.Headers["Access-Control-Allow-Methods"].ShouldBe("PATCH");
        answer.Headers["Access-Control-Allow-Headers"].ShouldBe("authorization,if-match");
        answer.Headers["Access-Control-Max-Age"].ShouldBe("600");
        answer.Headers.ContainsKey("Access-Control-Allow-Credentials").ShouldBeFalse();
    }

    [Theory]
    [InlineData("me", 200)]
    [InlineData("segments/seg_none", 404)]
    [InlineData("segments?limt=5", 400)]
    public async Task Get_FromAPageOfAnAllowedOrigin_MayBeReadWithItsHeaders(string path, int status)
    {
        var answer = (await app.Api.SendAsync(HttpMethod.Get, path, null, null, ("Origin", "https://console.example.com"))).ShouldBe(status);

        answer.Headers["Access-Control-Allow-Origin"].ShouldBe("https://console.example.com");
        answer.Headers["Vary"].ShouldContain("Origin");
        string[] exposed = answer.Headers["Access-Control-Expose-Headers"].Split(',');
        new[] { "ETag", "Location", "Retry-After", "Request-Id", "RateLimit", "RateLimit-Policy" }.ShouldBeSubsetOf(exposed);
    }

    [Theory]
    [InlineData("https://console.example.com.evil.example")]
    [InlineData("http://console.example.com")]
    [InlineData("null")]
    public async Task Get_FromAPageOfAnotherOrigin_SaysNothingOfIt(string origin) =>
        (await app.Api.SendAsync(HttpMethod.Get, "me", null, null, ("Origin", origin))).ShouldBe(200).Headers.Keys.ShouldNotContain(name => name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));

    [Theory]
    [InlineData("segments")]
    [InlineData("connections")]
    [InlineData("destinations")]
    [InlineData("profiles")]
    [InlineData("profiles/batch")]
    [InlineData("api-keys")]
    [InlineData("segments/estimate")]
    [InlineData("destinations/validate")]
    public async Task Post_MalformedJson_Is400SayingWhere(string path)
    {
        var answer = (await app.Api.PostAsync(path, "{\"name\":\n \"x\",,}")).ShouldBeProblem(400, "malformed_json");

        answer.Json["detail"]!.GetValue<string>().ShouldContain("line 2");
        (await app.Api.SendAsync(HttpMethod.Post, path, "name=x", "application/x-www-form-urlencoded")).ShouldBe(415);
        (await app.Api.SendAsync(HttpMethod.Post, path, $"\"{new string('x', 5_000_001)}\"", "application/json")).ShouldBe(413).Code.ShouldBe("body_too_large");
    }

    [Theory]
    [InlineData("segments")]
    [InlineData("connections")]
    [InlineData("destinations")]
    [InlineData("runs")]
    [InlineData("catalog/connectors")]
    [InlineData("catalog/connectors/webhook")]
    [InlineData("api-keys")]
    [InlineData("audit-events")]
    [InlineData("me")]
    [InlineData("roles")]
    [InlineData("health/live")]
    [InlineData("health/ready")]
    public async Task Head_WhereGetAnswers_HasTheHeadersAndNoBody(string path)
    {
        var get = (await app.Api.GetAsync(path)).ShouldBe(200);

        var head = (await app.Api.SendAsync(HttpMethod.Head, path, null, null)).ShouldBe(200);

        head.Text.ShouldBeEmpty();
        head.Headers["Content-Type"].ShouldBe(get.Headers["Content-Type"]);
        head.Headers.ContainsKey("Request-Id").ShouldBeTrue();
    }

    [Fact]
    public async Task ETag_ReadAndWrite_GuardsAgainstLostChanges()
    {
        var id = await app.Api.CreateSegmentAsync("Guarded", Rules);
        var path = $"segments/{id}";
        var read = (await app.Api.GetAsync(path)).ShouldBe(200);
        read.Json["etag"]!.GetValue<string>().ShouldBe(read.ETag);

        (await app.Api.GetAsync(path, ("If-None-Match", read.ETag))).ShouldBe(304).Text.ShouldBeEmpty();
        (await app.Api.GetAsync(path, ("If-None-Match", "\"other\""))).ShouldBe(200);
        (await app.Api.SendAsync(HttpMethod.Patch, path, """{"name":"A"}""", "application/merge-patch+json")).ShouldBeProblem(428, "if_match_required");
        (await app.Api.SendAsync(HttpMethod.Patch, path, """{"name":"A"}""", "text/plain", ("If-Match", read.ETag))).ShouldBe(415);
        var changed = (await app.Api.PatchAsync(path, """{"name":"A"}""", read.ETag)).ShouldBe(200);
        var stale = (await app.Api.PatchAsync(path, """{"name":"B"}""", read.ETag)).ShouldBe(412);
        stale.Json["etag"]!.GetValue<string>().ShouldBe(changed.ETag);
        (await app.Api.SendAsync(HttpMethod.Delete, path, null, null)).ShouldBeProblem(428, "if_match_required");
        (await app.Api.DeleteAsync(path, read.ETag)).ShouldBe(412);
        (await app.Api.DeleteAsync(path, changed.ETag)).ShouldBe(204);
        (await app.Api.GetAsync(path)).ShouldBe(404);
    }

    [Fact]
    public async Task RequestId_GivenOrNot_IsAnswered()
    {
        var answer = await app.Api.GetAsync("me", ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), ("x-ms-client-request-id", "mine-7"));

        answer.Headers["Request-Id"].ShouldBe("4bf92f3577b34da6a3ce929d0e0e4736");
        answer.Headers["x-ms-client-request-id"].ShouldBe("mine-7");
        (await app.Api.GetAsync("me")).Headers["Request-Id"].ShouldNotBeEmpty();
    }

    [Fact]
    public async Task App_AskedToStop_EndsInOrderAndGoesOnWithTheSameState()
    {
        var storage = await Fakes.AzuriteFixture.NewAccountAsync();
        string id;
        await using (var first = await AppProcess.StartAsync(storage))
        {
            id = await first.Api.CreateSegmentAsync("Kept", Rules);
            (await first.StopAsync()).ShouldBe(0, first.Log);
        }

        await using var second = await AppProcess.StartAsync(storage);
        (await second.Api.GetAsync($"segments/{id}")).ShouldBe(200);
    }
}
