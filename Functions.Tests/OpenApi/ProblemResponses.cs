using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AudienceSync.Problems;

namespace AudienceSync.OpenApi;

/// <summary>The refusals of an operation, by status.</summary>
internal static class ProblemResponses
{
    /// <summary>Those that many operations share whole.</summary>
    public static readonly ImmutableArray<CommonResponse> Common =
    [
        new("Unauthenticated", 401, ["unauthenticated"], ["WWW-Authenticate"]),
        new("Forbidden", 403, ["no_role", "role_too_low"], []),
        new("NotFound", 404, ["not_found"], []),
        new("Stale", 412, ["etag_mismatch"], []),
        new("TooLarge", 413, ["body_too_large"], []),
        new("UnsupportedMediaType", 415, ["unsupported_media_type"], []),
        new("IfMatchRequired", 428, ["if_match_required"], []),
        new("TooManyRequests", 429, ["too_many_requests"], ["Retry-After", "RateLimit", "RateLimit-Policy"]),
        new("Failed", 500, ["internal_error"], []),
        new("Unavailable", 503, ["shutting_down", "storage_unavailable"], ["Retry-After"]),
    ];

    public static void Add(JsonObject responses, int status, ImmutableArray<string> codes)
    {
        if (responses[$"{status}"] is JsonObject present)
        {
            // A status that also stands for an answer, such as 503 of the readiness check.
            present["content"]!["application/problem+json"] = Media();
            present["x-problem-codes"] = Codes(codes);
        }
        else
        {
            responses[$"{status}"] = Common.FirstOrDefault(common => common.Status == status && common.Codes.ToHashSet().SetEquals(codes)) is { } shared
                ? new JsonObject { ["$ref"] = $"#/components/responses/{shared.Name}" }
                : Write(codes, []);
        }
    }

    internal static JsonObject Write(ImmutableArray<string> codes, ImmutableArray<string> headers) => new()
    {
        ["description"] = string.Join('\n', codes.Order(StringComparer.Ordinal).Select(code => $"- [`{code}`](/api/v1/problems/{code}): {ProblemCatalog.Find(code)!.Title}.")),
        ["headers"] = new JsonObject([.. headers.Prepend("Request-Id").Select(name => KeyValuePair.Create<string, JsonNode?>(name, new JsonObject { ["$ref"] = $"#/components/headers/{name}" }))]),
        ["content"] = new JsonObject { ["application/problem+json"] = Media() },
        ["x-problem-codes"] = Codes(codes),
    };

    private static JsonObject Media() => new() { ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/Problem" } };

    private static JsonArray Codes(ImmutableArray<string> codes) => new([.. codes.Order(StringComparer.Ordinal).Select(code => (JsonNode)code)]);
}

internal sealed record CommonResponse(string Name, int Status, ImmutableArray<string> Codes, ImmutableArray<string> Headers)
{
    public JsonObject Write() => ProblemResponses.Write(Codes, Headers);
}
