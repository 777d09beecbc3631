using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Azure.Core;

namespace AudienceSync.Fakes;

/// <summary>The REST protocol of Key Vault's secrets, as far as the app speaks it, in the place of the network.</summary>
/// <remarks>learn.microsoft.com/rest/api/keyvault/secrets: a challenge first, PUT, GET and DELETE of <c>/secrets/{name}</c>, errors as <c>{"error":{"code","message"}}</c>.</remarks>
internal sealed class FakeKeyVault : HttpMessageHandler
{
    public const string Token = "a-token-of-entra";

    private readonly Dictionary<string, JsonObject> _secrets = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _deleted = new(StringComparer.OrdinalIgnoreCase);

    public static Uri Address { get; } = new("https://kv-test.vault.azure.net/");

    /// <summary><c>GET name</c> and the like, challenges left out.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>What the next requests are answered with, whatever they ask.</summary>
    public Queue<(HttpStatusCode Status, string Code)> Faults { get; } = [];

    public string? ValueOf(string name) => _secrets.TryGetValue(name, out var secret) ? (string?)secret["value"] : null;

    public void Disable(string name) => _secrets[name]["attributes"]!["enabled"] = false;

    public static TokenCredential Credential => new Known();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Headers.Authorization is null)
        {
            var challenge = Fault(HttpStatusCode.Unauthorized, "Unauthorized");
            challenge.Headers.WwwAuthenticate.Add(new AuthenticationHeaderValue(
                "Bearer", "authorization=\"https://login.microsoftonline.com/00000000-0000-0000-0000-000000000001\", resource=\"https://vault.azure.net\""));
            return challenge;
        }

        request.Headers.Authorization.ToString().ShouldBe($"Bearer {Token}");
        request.RequestUri!.Query.ShouldStartWith("?api-version=");
        var name = request.RequestUri.Segments[2].TrimEnd('/');
        Requests.Add($"{request.Method} {name}");
        if (Faults.TryDequeue(out var fault))
        {
            return Fault(fault.Status, fault.Code);
        }

        if (request.Method == HttpMethod.Put)
        {
            return _deleted.Contains(name)
                ? Fault(HttpStatusCode.Conflict, "ObjectIsDeletedButRecoverable")
                : Put(name, JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!.AsObject());
        }

        if (!_secrets.TryGetValue(name, out var found))
        {
            return Fault(HttpStatusCode.NotFound, "SecretNotFound");
        }

        if (request.Method == HttpMethod.Delete)
        {
            _secrets.Remove(name);
            _deleted.Add(name);
            var deleted = found.DeepClone().AsObject();
            deleted["recoveryId"] = $"{Address}deletedsecrets/{name}";
            deleted.Remove("value");
            return Json(HttpStatusCode.OK, deleted);
        }

        return (bool)found["attributes"]!["enabled"]! ? Json(HttpStatusCode.OK, found) : Fault(HttpStatusCode.Forbidden, "Forbidden", "Operation get is not allowed on a disabled secret.");
    }

    private HttpResponseMessage Put(string name, JsonObject body)
    {
        _secrets[name] = new()
        {
            ["value"] = (string?)body["value"],
            ["contentType"] = (string?)body["contentType"],
            ["id"] = $"{Address}secrets/{name}/0123456789abcdef0123456789abcdef",
            ["attributes"] = new JsonObject { ["enabled"] = true, ["created"] = 1_760_000_000, ["updated"] = 1_760_000_000 },
            ["tags"] = body["tags"]?.DeepClone(),
        };
        return Json(HttpStatusCode.OK, _secrets[name]);
    }

    private static HttpResponseMessage Fault(HttpStatusCode status, string code, string message = "Scripted.") =>
        Json(status, new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } });

    private static HttpResponseMessage Json(HttpStatusCode status, JsonObject body) =>
        new(status) { Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json") };

    private sealed class Known : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            requestContext.Scopes.ShouldBe(["https://vault.azure.net/.default"]);
            return new(Token, DateTimeOffset.MaxValue);
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }
}
