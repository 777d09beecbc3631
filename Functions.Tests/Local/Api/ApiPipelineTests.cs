using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Access;
using AudienceSync.Fakes;
using AudienceSync.Hosting;
using AudienceSync.Http;
using AudienceSync.Local.Worker;
using AudienceSync.Triggers;
using Azure;
using Microsoft.Azure.Functions.Worker.Local;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Local.Api;

/// <summary>Every middleware in its order, over HTTP, around the app's own functions and some of the tests'.</summary>
#pragma warning disable CA1001 // the test runner calls DisposeAsync
public sealed class ApiPipelineTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private const string Bootstrap = "bootstrap-key";

    private readonly MemoryAuditLog _audit = new();
    private readonly LogLines _log = new();
    private HostUnderTest _host = null!;

    public async Task InitializeAsync()
    {
        Type[] functions = [typeof(Probes), typeof(FallbackApi), typeof(MeApi), typeof(ApiKeysApi), typeof(AuditApi), typeof(HealthApi)];
        _host = await HostUnderTest.StartAsync(
            typeof(Probes),
            builder =>
            {
                builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
                {
                    ["Access:BootstrapKey"] = Bootstrap,
                    ["RateLimits:PreviewPerSecond"] = "0.001",
                    ["RateLimits:PreviewBurst"] = "2",
                });
                builder.Logging.AddProvider(_log);
                builder.Services.AddSingleton(FunctionSource.Of(functions));
                builder.Services.AddSingleton(HttpFunctions.Of(functions));
                builder.Services.AddSingleton<IApiKeyStore, MemoryApiKeyStore>();
                builder.Services.AddSingleton<IAuditLog>(_audit);
                builder.Services.AddSingleton<IIdempotencyStore, MemoryIdempotencyStore>();
                builder.Services.AddSingleton(MemoryInstallationKeyStore.LoadedKeys());
                builder.Services.AddHttp().AddAccess();
                builder.UseAudienceSyncMiddleware();
            },
            hostJson: """{ "version": "2.0", "extensions": { "http": { "routePrefix": "" } } }""");
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    public async Task Call_WithoutAKey_Is401WithAChallenge()
    {
        var (response, body) = await SendAsync("GET", "/api/v1/me", key: null);

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        response.Headers.WwwAuthenticate.ToString().ShouldStartWith("Bearer");
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        body!["code"]!.GetValue<string>().ShouldBe("unauthenticated");
        body["requestId"]!.GetValue<string>().ShouldBe(response.Headers.GetValues("Request-Id").Single());
        body["instance"]!.GetValue<string>().ShouldBe("/api/v1/me");
    }

    [Fact]
    public async Task Call_WithTheBootstrapKey_IsAdmin()
    {
        var (response, body) = await SendAsync("GET", "/api/v1/me");

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        body!["role"]!.GetValue<string>().ShouldBe("admin");
        body["kind"]!.GetValue<string>().ShouldBe("bootstrap");
    }

    [Fact]
    public async Task Call_FunctionThatNamesNobody_Is403EvenForAdmins()
    {
        var (response, _) = await SendAsync("GET", "/api/v1/probe/closed");

        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task ApiKey_WholeLife_OpensWhatItsRoleMayAndNothingAfterItsEnd()
    {
        var (created, key) = await SendAsync("POST", "/api/v1/api-keys", """{"name":"ci","role":"viewer"}""");
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
        var (value, id) = (key!["key"]!.GetValue<string>(), key["id"]!.GetValue<string>());
        created.Headers.Location!.ToString().ShouldBe($"/api/v1/api-keys/{id}");

        (await SendAsync("GET", "/api/v1/me", key: value)).Response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var (forbidden, problem) = await SendAsync("GET", "/api/v1/api-keys", key: value);
        forbidden.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        problem!["detail"]!.GetValue<string>().ShouldBe("Your role is viewer. This takes admin.");

        var (_, listed) = await SendAsync("GET", "/api/v1/api-keys");
        var item = listed!["value"]!.AsArray().ShouldHaveSingleItem()!;
        item["key"].ShouldBeNull();
        item["prefix"]!.GetValue<string>().ShouldBe(value[..8]);
        item.ToJsonString().ShouldNotContain("ash\"");

        var (_, rotated) = await SendAsync("POST", $"/api/v1/api-keys/{id}/rotate", """{"graceMinutes":0}""");
        (await SendAsync("GET", "/api/v1/me", key: value)).Response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await SendAsync("GET", "/api/v1/me", key: rotated!["key"]!.GetValue<string>())).Response.StatusCode.ShouldBe(HttpStatusCode.OK);

        (await SendAsync("DELETE", $"/api/v1/api-keys/{id}")).Response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync("GET", "/api/v1/me", key: rotated["key"]!.GetValue<string>())).Response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await SendAsync("GET", $"/api/v1/api-keys/{id}")).Response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        _log.Text.ShouldNotContain(value);
    }

    [Fact]
    public async Task ApiKeys_ManyKeys_ComeInPages()
    {
        for (var i = 0; i < 5; i++)
        {
            await SendAsync("POST", "/api/v1/api-keys", $$"""{"name":"k{{i}}","role":"viewer"}""");
        }

        var names = new List<string>();
        var path = "/api/v1/api-keys?limit=2";
        var pages = 0;
        while (path is not null)
        {
            var (response, body) = await SendAsync("GET", path);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            names.AddRange(body!["value"]!.AsArray().Select(key => key!["name"]!.GetValue<string>()));
            path = body["nextLink"]?.GetValue<string>();
            pages++;
        }

        pages.ShouldBe(3);
        names.Order().ShouldBe(["k0", "k1", "k2", "k3", "k4"]);
        (await SendAsync("GET", "/api/v1/api-keys?limt=2")).Body!["code"]!.GetValue<string>().ShouldBe("unknown_parameter");
    }

    [Fact]
    public async Task Audit_MutatingCalls_AreNotedWithWhoAndHow()
    {
        await SendAsync("GET", "/api/v1/me");
        await SendAsync("POST", "/api/v1/api-keys", """{"nam":"x"}""");
        await SendAsync("POST", "/api/v1/probe/throw", "{}");
        await SendAsync("POST", "/api/v1/profiles/ana@example.com/probe", "{}");
        await SendAsync("POST", "/api/v1/api-keys", """{"name":"x","role":"viewer"}""", key: "unknown-key");

        _audit.Events.Select(each => (each.Caller, each.Method, each.Path, each.Status)).ShouldBe(
        [
            ("bootstrap", "POST", "/api/v1/api-keys", 422),
            ("bootstrap", "POST", "/api/v1/probe/throw", 500),
            ("bootstrap", "POST", "/api/v1/profiles/{id}/probe", 204),
        ]);
        var (response, body) = await SendAsync("GET", "/api/v1/audit-events?limit=1");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        body!["value"]!.AsArray().ShouldHaveSingleItem()!["role"]!.GetValue<string>().ShouldBe("admin");
        body["nextLink"].ShouldNotBeNull();
    }

    [Fact]
    public async Task Audit_StoreDown_TheCallIsAnsweredAndTheGapLogged()
    {
        _audit.Fault = new RequestFailedException(503, "down");

        (await SendAsync("POST", "/api/v1/profiles/p/probe", "{}")).Response.StatusCode.ShouldBe(HttpStatusCode.NoContent);

        _log.Text.ShouldContain("The audit trail misses a call");
    }

    [Fact]
    public async Task Error_Thrown_Is500WithoutInternalsAndLoggedOnce()
    {
        var (response, body) = await SendAsync("POST", "/api/v1/probe/throw", "{}");

        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        body!["code"]!.GetValue<string>().ShouldBe("internal_error");
        body.ToJsonString().ShouldNotContain("inner secret");
        var requestId = body["requestId"]!.GetValue<string>();
        response.Headers.GetValues("Request-Id").ShouldBe([requestId]);
        _log.Errors.Count(line => line.Contains(requestId, StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Error_StorageDown_Is503WithRetryAfter()
    {
        var (response, body) = await SendAsync("GET", "/api/v1/probe/storage");

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
        body!["code"]!.GetValue<string>().ShouldBe("storage_unavailable");
        body.ToJsonString().ShouldNotContain("account");
    }

    [Fact]
    public async Task Error_AnswerFailsWhileWritten_Is500WithoutHalfABody()
    {
        var (response, body) = await SendAsync("GET", "/api/v1/probe/bad-answer");

        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        response.Headers.ETag.ShouldBeNull();
        body!["code"]!.GetValue<string>().ShouldBe("internal_error");
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", 404, "unknown_path", "")]
    [InlineData("GET", "/api", 404, "unknown_path", "")]
    [InlineData("DELETE", "/api/v1/me", 405, "method_not_allowed", "GET, HEAD, OPTIONS")]
    [InlineData("PUT", "/api/v1/api-keys", 405, "method_not_allowed", "GET, HEAD, OPTIONS, POST")]
    [InlineData("OPTIONS", "/api/v1/api-keys/key_1", 204, null, "DELETE, GET, HEAD, OPTIONS")]
    public async Task Fallback_WhatNoFunctionTakes_IsAnsweredWithAProblem(string method, string path, int status, string? code, string allow)
    {
        var (response, body) = await SendAsync(method, path, key: null);

        ((int)response.StatusCode).ShouldBe(status);
        body?["code"]?.GetValue<string>().ShouldBe(code);
        string.Join(", ", response.Content.Headers.Allow).ShouldBe(allow);
        response.Headers.Contains("Request-Id").ShouldBeTrue();
    }

    [Fact]
    public async Task Head_OfAGet_IsAnsweredAlikeWithoutABody()
    {
        var (get, body) = await SendAsync("GET", "/api/v1/health/live", key: null);
        var (head, none) = await SendAsync("HEAD", "/api/v1/health/live", key: null);

        body!["status"]!.GetValue<string>().ShouldBe("live");
        head.StatusCode.ShouldBe(get.StatusCode);
        head.Content.Headers.ContentLength.ShouldBe(get.Content.Headers.ContentLength);
        head.Content.Headers.ContentType.ShouldBe(get.Content.Headers.ContentType);
        none.ShouldBeNull();
    }

    [Fact]
    public async Task Ids_TraceAndClientId_AreHonouredAndEchoed()
    {
        using var request = Request("GET", "/api/v1/me", body: null, Bootstrap);
        request.Headers.Add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        request.Headers.Add("x-ms-client-request-id", "mine");

        using var response = await _host.Client.SendAsync(request);

        response.Headers.GetValues("Request-Id").ShouldBe(["4bf92f3577b34da6a3ce929d0e0e4736"]);
        response.Headers.GetValues("x-ms-client-request-id").ShouldBe(["mine"]);
        response.Headers.GetValues("traceparent").ShouldBe(["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]);
    }

    [Fact]
    public async Task Idempotency_SameKeyTwice_RunsTheFunctionOnce()
    {
        var (first, made) = await SendAsync("POST", "/api/v1/api-keys", """{"name":"once","role":"viewer"}""", idempotencyKey: "k1");
        var (second, again) = await SendAsync("POST", "/api/v1/api-keys", """{"name":"once","role":"viewer"}""", idempotencyKey: "k1");
        var (reused, _) = await SendAsync("POST", "/api/v1/api-keys", """{"name":"other","role":"viewer"}""", idempotencyKey: "k1");

        second.StatusCode.ShouldBe(HttpStatusCode.Created);
        again!.ToJsonString().ShouldBe(made!.ToJsonString());
        second.Headers.Location.ShouldBe(first.Headers.Location);
        second.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        second.Headers.GetValues("Request-Id").ShouldNotBe(first.Headers.GetValues("Request-Id"));
        first.Headers.Contains("Idempotency-Replayed").ShouldBeFalse();
        reused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await SendAsync("GET", "/api/v1/api-keys")).Body!["value"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task RateLimit_BurstSpent_Is429WithRetryAfter()
    {
        for (var i = 0; i < 2; i++)
        {
            var (passed, _) = await SendAsync("POST", "/api/v1/probe/preview", "{}");
            passed.StatusCode.ShouldBe(HttpStatusCode.NoContent);
            passed.Headers.GetValues("RateLimit-Policy").ShouldBe(["\"preview\";q=2;w=2000"]);
            passed.Headers.GetValues("RateLimit").Single().ShouldStartWith($"\"preview\";r={1 - i};t=");
        }

        var (response, body) = await SendAsync("POST", "/api/v1/probe/preview", "{}");

        response.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        response.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.FromSeconds(900));
        body!["code"]!.GetValue<string>().ShouldBe("too_many_requests");
        (await SendAsync("GET", "/api/v1/me")).Response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Body_TooLargeAndChunked_Is413()
    {
        using var request = Request("POST", "/api/v1/api-keys", body: null, Bootstrap);
        request.Content = new StreamContent(new MemoryStream(new byte[ApiRequest.MaxBodyBytes + 1]));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TransferEncodingChunked = true;

        using var response = await _host.Client.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Ready_NothingToCheck_IsReady()
    {
        var (response, body) = await SendAsync("GET", "/api/v1/health/ready");

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        body!["status"]!.GetValue<string>().ShouldBe("ready");
        (await SendAsync("GET", "/api/v1/health/ready", key: null)).Response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private async Task<(HttpResponseMessage Response, JsonNode? Body)> SendAsync(
        string method, string path, string? body = null, string? key = Bootstrap, string? idempotencyKey = null)
    {
        using var request = Request(method, path, body, key);
        if (idempotencyKey is not null)
        {
            request.Headers.Add(Idempotency.Header, idempotencyKey);
        }

        var response = await _host.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    private static HttpRequestMessage Request(string method, string path, string? body, string? key)
    {
        var request = new HttpRequestMessage(new(method), path);
        if (key is not null)
        {
            request.Headers.Authorization = new("Bearer", key);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        return request;
    }
}
