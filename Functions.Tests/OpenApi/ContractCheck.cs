using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Problems;

namespace AudienceSync.OpenApi;

/// <summary>Holds a call and its answer against the description. Every call of the end-to-end tests goes through it.</summary>
internal static class ContractCheck
{
    private static readonly string[] NoOperation = ["unknown_path", "method_not_allowed"];

    /// <param name="path">With its query, from the root.</param>
    /// <param name="body">As it was sent; null for none.</param>
    /// <param name="headers">Of the answer, whatever their case.</param>
    public static void Check(string verb, string path, string? body, int status, IReadOnlyDictionary<string, string> headers, string text)
    {
        var call = $"{verb} {path} → {status}";
        var json = IsJson(headers) && text.Length > 0 ? JsonNode.Parse(text) : null;
        if (verb == "OPTIONS" || !path.StartsWith("/api/", StringComparison.Ordinal) || (json is JsonObject && json["code"] is { } refused && NoOperation.Contains(refused.ToString())))
        {
            return;
        }

        var found = ApiContract.Committed.Find(verb, path.Split('?')[0])
            ?? throw new InvalidOperationException($"{call}: docs/openapi.json has no such operation. Describe the function ([Operation]) and run OpenApiDocumentTests with UPDATE_DOCS=1.");
        var operation = found.Operation;
        operation["responses"]![$"{status}"].ShouldNotBeNull($"{call}: {found.Id} is not said to answer {status}. {text}");
        var response = ApiContract.Committed.Resolve(operation["responses"]![$"{status}"]!);
        if (IsProblem(headers))
        {
            CheckProblem(response, json!, call);
        }
        else
        {
            CheckAnswer(response, verb, headers, text, call);
            CheckRequest(operation, body, status, call);
        }

        foreach (var (name, reference) in BreakingChanges.Members(response["headers"]))
        {
            if (ApiContract.Committed.Resolve(reference!)["required"]?.GetValue<bool>() is true && !IsProblem(headers))
            {
                headers.ContainsKey(name).ShouldBeTrue($"{call}: the header {name} is missing.");
            }
        }

        if (headers.ContainsKey("ETag") && status is not 304)
        {
            response["headers"]?["ETag"].ShouldNotBeNull($"{call} has an ETag, which {found.Id} does not say. Its answer shows none: say [Operation(…, ETag = true)].");
        }
    }

    private static void CheckProblem(JsonNode response, JsonNode problem, string call)
    {
        var code = problem["code"]!.GetValue<string>();
        BreakingChanges.Texts(response["x-problem-codes"]).ShouldContain(code, $"{call}: name the code in the function's [Refuses]. {problem.ToJsonString()}");
        var schema = response["content"]!["application/problem+json"]!["schema"]!;
        // Some codes add members.
        var standard = new JsonObject(problem.AsObject()
            .Where(member => member.Key is "type" or "title" or "status" or "detail" or "code" or "requestId" or "instance" or "errors")
            .Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
        ApiContract.Committed.Check(schema, JsonSerializer.SerializeToElement(standard)).ShouldBeEmpty(call);
        foreach (var fault in problem["errors"]?.AsArray() ?? [])
        {
            ProblemCatalog.Find(fault!["code"]!.GetValue<string>()).ShouldNotBeNull($"{call}: Problems/ProblemCatalog does not know {fault["code"]}.");
        }
    }

    private static void CheckAnswer(JsonNode response, string verb, IReadOnlyDictionary<string, string> headers, string text, string call)
    {
        if (verb == "HEAD" || response["content"] is not JsonObject content)
        {
            text.ShouldBeEmpty($"{call}: the answer is not said to have a body.");
            return;
        }

        var type = headers.GetValueOrDefault("Content-Type", "").Split(';')[0];
        content.ContainsKey(type).ShouldBeTrue($"{call}: the answer is not said to be '{type}'.");
        if (type == "application/json" && content[type]!["schema"]!["$ref"] is not null || content[type]!["schema"]!["properties"] is not null)
        {
            ApiContract.Committed.Check(content[type]!["schema"]!, JsonElement.Parse(text)).ShouldBeEmpty($"{call}: {text}");
        }
    }

    /// <summary>What was taken must be what the description says is taken. Of a 207 some parts may have been refused.</summary>
    private static void CheckRequest(JsonObject operation, string? body, int status, string call)
    {
        if (body is { Length: > 0 } && status is not 207 and < 300 && ApiContract.BodySchema(operation) is { } schema)
        {
            ApiContract.Committed.Check(schema, JsonElement.Parse(body)).ShouldBeEmpty($"{call} took a body that it is not said to take: {body}");
        }
    }

    private static bool IsJson(IReadOnlyDictionary<string, string> headers) => headers.GetValueOrDefault("Content-Type", "").Contains("json", StringComparison.Ordinal);

    private static bool IsProblem(IReadOnlyDictionary<string, string> headers) =>
        headers.GetValueOrDefault("Content-Type", "").StartsWith("application/problem+json", StringComparison.Ordinal);
}
