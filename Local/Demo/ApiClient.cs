using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.Demo;

/// <summary>Calls the app's API as any integrator would.</summary>
internal sealed class ApiClient : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private readonly HttpClient _http;

    /// <param name="api">Without a slash at its end, as the app's ready line has it.</param>
    public ApiClient(Uri api, string key)
    {
        _http = new() { BaseAddress = new($"{api}/"), Timeout = TimeSpan.FromMinutes(2) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public async Task<JsonNode> PostAsync(string path, JsonObject body, CancellationToken cancellationToken)
    {
        using var response = await _http.PostAsJsonAsync(path, body, cancellationToken);
        return await ReadAsync(response, $"POST {path}", cancellationToken);
    }

    /// <summary>Starts a run, after one that is under way of itself.</summary>
    public async Task<JsonNode> StartRunAsync(string destinationId, JsonObject body, CancellationToken cancellationToken)
    {
        for (var patience = 100; ; patience--)
        {
            using var response = await _http.PostAsJsonAsync($"destinations/{destinationId}/runs", body, cancellationToken);
            if (response.StatusCode is not HttpStatusCode.Conflict || patience == 0)
            {
                return await ReadAsync(response, $"POST destinations/{destinationId}/runs", cancellationToken);
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    /// <summary>Polls an operation until it has finished (202 while it runs, then 200).</summary>
    /// <param name="tell">Given each state on the way.</param>
    public async Task<JsonNode> WaitAsync(string operationId, Action<JsonNode> tell, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var response = await _http.GetAsync($"operations/{operationId}", cancellationToken);
            var state = await ReadAsync(response, $"GET operations/{operationId}", cancellationToken);
            tell(state);
            if (response.StatusCode is not HttpStatusCode.Accepted)
            {
                return state;
            }

            if ((string?)state["status"] is "held")
            {
                throw new DemoException($"The run is held: {(string?)state["heldBecause"]}");
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    /// <summary>Waits until every destination has answered to every erasure there is; how far each platform's removal went is in its receipts.</summary>
    public async Task WaitForErasuresAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var response = await _http.GetAsync("erasures?limit=100", cancellationToken);
            var erasures = (await ReadAsync(response, "GET erasures", cancellationToken))["value"]!.AsArray();
            if (erasures.All(erasure => erasure!["receipts"]!.AsArray() is { Count: > 0 } receipts && receipts.All(receipt => (string?)receipt!["outcome"] is not "pending")))
            {
                return;
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response, string call, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(text)!
            : throw new DemoException($"{call} was answered with {(int)response.StatusCode}:\n{text}");
    }
}
