using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AudienceSync.Benchmarks.Pipeline;

/// <summary>Calls the API of the running app.</summary>
internal sealed class AppClient : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxWait = TimeSpan.FromHours(1); // not a limit of speed: a run that has failed for good must not hang the harness
    private readonly HttpClient _http;

    /// <param name="api">Without a slash at its end, as the app's ready line has it.</param>
    public AppClient(Uri api, string key)
    {
        _http = new() { BaseAddress = new($"{api}/"), Timeout = TimeSpan.FromMinutes(15) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <exception cref="BenchmarkException">It was refused. So say all methods.</exception>
    public async Task<JsonNode> PostAsync(string path, JsonObject body, CancellationToken cancellationToken)
    {
        using var response = await _http.PostAsJsonAsync(path, body, cancellationToken);
        return await ReadAsync(response, $"POST {path}", cancellationToken);
    }

    /// <summary>Imports a CSV file.</summary>
    /// <returns>Lines accepted.</returns>
    public async Task<long> ImportAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file);
        using var content = new StreamContent(stream) { Headers = { ContentType = new("text/csv") } };
        using var response = await _http.PostAsync("imports?idColumn=id", content, cancellationToken);
        var import = await ReadAsync(response, "POST imports", cancellationToken);
        return (string)import["status"]! is "succeeded" && (long)import["rejected"]! == 0
            ? (long)import["accepted"]!
            : throw new BenchmarkException($"The import of {Path.GetFileName(file)} ended so: {import.ToJsonString()}");
    }

    /// <summary>Starts a run and waits for its end.</summary>
    public async Task<JsonNode> RunAsync(string destinationId, CancellationToken cancellationToken)
    {
        var started = await PostAsync($"destinations/{destinationId}/runs", [], cancellationToken);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < MaxWait;)
        {
            using var response = await _http.GetAsync($"operations/{started["id"]}", cancellationToken);
            var run = await ReadAsync(response, $"GET operations/{started["id"]}", cancellationToken);
            if (response.StatusCode is not HttpStatusCode.Accepted)
            {
                return run;
            }

            if ((string?)run["status"] is "held")
            {
                throw new BenchmarkException($"The run is held: {(string?)run["heldBecause"]}");
            }

            await Task.Delay(PollInterval, cancellationToken);
        }

        throw new BenchmarkException($"The run {started["id"]} has not ended after {MaxWait.TotalMinutes} minutes.");
    }

    public void Dispose() => _http.Dispose();

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response, string call, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(text)!
            : throw new BenchmarkException($"{call} was answered with {(int)response.StatusCode}:\n{text}");
    }
}
