using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Local.Worker;
using AudienceSync.OpenApi;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Speaks to the app as one holder of a key.</summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>How long a run may take before a test gives up on it.</summary>
    private static readonly TimeSpan RunLimit = TimeSpan.FromSeconds(90);

    private readonly HttpClient _http;

    /// <param name="key">Null to come without one.</param>
    public ApiClient(Uri address, string? key)
    {
        _http = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(100) };
        if (key is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        }
    }

    public Uri Address => _http.BaseAddress!;

    /// <summary>The same app, another key.</summary>
    public ApiClient As(string? key) => new(_http.BaseAddress!, key);

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, null, headers);

    /// <param name="body">JSON, or null for none.</param>
    public Task<Answer> PostAsync(string path, string? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, body, "application/json", headers);

    /// <summary>A merge patch on the version that the caller read.</summary>
    public Task<Answer> PatchAsync(string path, string body, string etag) =>
        SendAsync(HttpMethod.Patch, path, body, "application/merge-patch+json", ("If-Match", etag));

    public Task<Answer> DeleteAsync(string path, string etag) => SendAsync(HttpMethod.Delete, path, null, null, ("If-Match", etag));

    public async Task<Answer> SendAsync(HttpMethod method, string path, string? body, string? mediaType, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path.StartsWith('/') ? path : $"/api/v1/{path}");
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType!) } };
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue(name);
        }

        using var response = await _http.SendAsync(request);
        var answer = new Answer(
            (int)response.StatusCode,
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase),
            await response.Content.ReadAsStringAsync());
        ContractCheck.Check(method.Method, request.RequestUri!.OriginalString, body, answer.Status, answer.Headers, answer.Text);
        return answer;
    }

    /// <summary>Sends profiles; every operation must be taken.</summary>
    public async Task IngestAsync(IEnumerable<JsonObject> operations)
    {
        foreach (var chunk in operations.Chunk(1_000))
        {
            var answer = await PostAsync("profiles/batch", new JsonObject { ["operations"] = new JsonArray([.. chunk]) }.ToJsonString());
            answer.ShouldBe(207);
            answer.Json["failed"]!.GetValue<int>().ShouldBe(0, answer.Text);
        }
    }

    /// <returns>The new segment's id.</returns>
    public async Task<string> CreateSegmentAsync(string name, string rules) =>
        (await PostAsync("segments", $$"""{"name":"{{name}}","rules":{{rules}}}""")).ShouldBe(201).Id;

    /// <returns>The new connection's id.</returns>
    public async Task<string> CreateWebhookAsync(Receiver receiver, string settings = "", string? secrets = null) =>
        (await PostAsync(
            "connections",
            $$"""
            {"type":"webhook","name":"Receiver {{receiver.Url.Port}}","settings":{"url":"{{receiver.Url}}","requestsPerSecond":0{{(settings.Length == 0 ? "" : $",{settings}")}}},
             "secrets":{{secrets ?? $$"""{"signingSecret":"{{receiver.SigningSecret}}"}"""}}}
            """)).ShouldBe(201).Id;

    /// <summary>A destination that runs by hand alone, with all guards off.</summary>
    /// <param name="fields">The fields sent beside <c>user_id</c>: name in the profile and on the platform alike.</param>
    /// <returns>The new destination's id.</returns>
    public async Task<string> CreateDestinationAsync(string name, string segmentId, string connectionId, params IEnumerable<string> fields)
    {
        var mapping = new JsonArray([
            new JsonObject { ["from"] = "id", ["to"] = "user_id", ["identifier"] = true },
            .. fields.Select(field => new JsonObject { ["from"] = field, ["to"] = field }),
        ]);
        var body = new JsonObject
        {
            ["name"] = name,
            ["source"] = new JsonObject { ["segmentId"] = segmentId },
            ["connectionId"] = connectionId,
            ["autoSync"] = false,
            ["mapping"] = mapping,
            ["guards"] = new JsonObject { ["maxRemovePercent"] = null, ["maxRemoveCount"] = null, ["maxAddPercent"] = null, ["maxInvalidPercent"] = null },
        };
        return (await PostAsync("destinations", body.ToJsonString())).ShouldBe(201).Id;
    }

    /// <returns>The new run's id.</returns>
    public async Task<string> StartRunAsync(string destinationId, string body = "{}") =>
        (await PostAsync($"destinations/{destinationId}/runs", body)).ShouldBe(202).Id;

    public async Task<JsonNode> ReadRunAsync(string runId) => (await GetAsync($"runs/{runId}")).ShouldBe(200).Json;

    /// <summary>The run once it is over.</summary>
    public async Task<JsonNode> WaitForRunAsync(string runId)
    {
        JsonNode run = new JsonObject();
        await Eventually.HoldsAsync(
            async () =>
            {
                run = await ReadRunAsync(runId);
                return run["phase"]!.GetValue<string>() == "finished";
            },
            $"{runId} ends",
            RunLimit);
        RunNumbers.ShouldAddUp(run);
        return run;
    }

    /// <summary>Starts a run and waits for its end and for what follows it: reports know it, and the destination names it as its last. None of that follows a dry run.</summary>
    public async Task<JsonNode> RunAsync(string destinationId, string body = "{}")
    {
        var run = await WaitForRunAsync(await StartRunAsync(destinationId, body));
        var id = run["id"]!.GetValue<string>();
        await Eventually.HoldsAsync(
            async () => (await GetAsync($"destinations/{destinationId}")).ShouldBe(200).Json["lastRun"]?["id"]?.GetValue<string>() == id, $"{id} is the last run of {destinationId}");
        return run;
    }

    /// <summary>The erasure once it is completed.</summary>
    public async Task<JsonNode> WaitForErasureAsync(string erasureId)
    {
        JsonNode erasure = new JsonObject();
        await Eventually.HoldsAsync(
            async () =>
            {
                erasure = (await GetAsync($"erasures/{erasureId}")).ShouldBe(200).Json;
                return erasure["status"]!.GetValue<string>() == "completed";
            },
            $"{erasureId} is completed",
            RunLimit);
        return erasure;
    }

    /// <summary>The state follows the end of a run within moments.</summary>
    public Task StateShouldBecomeAsync(string destinationId, string state) => Eventually.HoldsAsync(
        async () => (await GetAsync($"destinations/{destinationId}")).ShouldBe(200).Json["state"]!.GetValue<string>() == state, $"{destinationId} is {state}");

    public void Dispose() => _http.Dispose();
}

/// <summary>An answer of the app, read whole.</summary>
internal sealed record Answer(int Status, IReadOnlyDictionary<string, string> Headers, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text) ?? throw new InvalidOperationException("The answer is null.");

    public string Id => Json["id"]!.GetValue<string>();

    public string ETag => Headers["ETag"];

    public string Code => Json["code"]!.GetValue<string>();

    public Answer ShouldBe(int status)
    {
        Status.ShouldBe(status, Text);
        return this;
    }

    /// <summary>A problem document with everything that the API promises of one.</summary>
    public Answer ShouldBeProblem(int status, string code)
    {
        ShouldBe(status);
        Headers["Content-Type"].ShouldStartWith("application/problem+json");
        Code.ShouldBe(code, Text);
        Json["type"]!.GetValue<string>().ShouldBe($"/api/v1/problems/{code}");
        Json["status"]!.GetValue<int>().ShouldBe(status);
        Json["title"]!.GetValue<string>().ShouldNotBeEmpty();
        Json["requestId"]!.GetValue<string>().ShouldBe(Headers["Request-Id"]);
        return this;
    }
}
