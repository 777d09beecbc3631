using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Access;
using AudienceSync.Problems;
using AudienceSync.Triggers;
using AudienceSync.Values;

namespace AudienceSync.OpenApi;

/// <summary>The API's description (OpenAPI 3.1.1) from the functions' own routes, attributes and types, and from the examples.</summary>
internal sealed class OpenApiWriter
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    private readonly XmlDocs _docs = XmlDocs.Of(typeof(FallbackApi).Assembly);
    private readonly Schemas _schemas;
    private readonly ExampleSet _examples;

    private OpenApiWriter(ExampleSet examples) => (_schemas, _examples) = (new(_docs), examples);

    public static JsonObject Write(ExampleSet examples) => new OpenApiWriter(examples).Document();

    /// <summary>As it is committed.</summary>
    public static string Text(JsonObject document) => document.ToJsonString(Readable) + "\n";

    private JsonObject Document()
    {
        var paths = new JsonObject();
        foreach (var operation in ApiOperation.All)
        {
            if (paths[operation.Path] is not JsonObject path)
            {
                paths[operation.Path] = path = [];
            }

            path[operation.Verb.ToLowerInvariant()] = Operation(operation);
        }

        return new()
        {
            ["openapi"] = "3.1.1",
            ["info"] = JsonNode.Parse(Preamble.Info),
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/", ["description"] = "The installation that this document was read from." }),
            ["tags"] = new JsonArray([.. ApiOperation.All.Select(operation => operation.Method.DeclaringType!).Distinct().OrderBy(TagOf, StringComparer.Ordinal).Select(Tag)]),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = Schemas(),
                ["responses"] = new JsonObject(ProblemResponses.Common.Select(common => KeyValuePair.Create<string, JsonNode?>(common.Name, common.Write()))),
                ["parameters"] = SharedParameters(),
                ["headers"] = JsonNode.Parse(Preamble.Headers),
                ["securitySchemes"] = JsonNode.Parse(Preamble.SecuritySchemes),
            },
        };
    }

    private JsonObject Schemas()
    {
        var schemas = JsonNode.Parse(Preamble.Schemas)!.AsObject();
        foreach (var (name, schema) in _schemas.Components)
        {
            schemas.Add(name, schema);
        }

        return new(schemas.OrderBy(schema => schema.Key, StringComparer.Ordinal).Select(schema => KeyValuePair.Create(schema.Key, schema.Value?.DeepClone())));
    }

    private static JsonNode SharedParameters()
    {
        var parameters = JsonNode.Parse(Preamble.Parameters)!;
        parameters["orderBy"]!["schema"]!["enum"] = new JsonArray([.. ListOrder.Words.Select(word => (JsonNode)word)]);
        return parameters;
    }

    private JsonObject Operation(ApiOperation operation)
    {
        var example = _examples.Find(operation.Id);
        var node = new JsonObject
        {
            ["operationId"] = operation.Id,
            ["tags"] = new JsonArray(TagOf(operation.Method.DeclaringType!)),
            ["summary"] = operation.Contract.Summary,
        };
        if (Description(operation) is { Length: > 0 } description)
        {
            node["description"] = description;
        }

        if (Parameters(operation, example) is { Count: > 0 } parameters)
        {
            node["parameters"] = parameters;
        }

        if (operation.HasBody)
        {
            node["requestBody"] = RequestBody(operation, example);
        }

        node["responses"] = Responses(operation, example);
        node["security"] = Security(operation);
        if (!operation.IsAnonymous)
        {
            node["x-required-roles"] = new JsonArray([.. operation.Roles.Select(role => (JsonNode)role.Word)]);
            node["x-rate-limit"] = operation.Function.RatePolicy;
        }

        return node;
    }

    private string Description(ApiOperation operation)
    {
        var who = operation.IsAnonymous ? "Takes no key." : $"Roles: {string.Join(", ", operation.Roles.Select(role => $"`{role.Word}`"))}.";
        return _docs.Summary(operation.Method) is { } text ? $"{text}\n\n{who}" : who;
    }

    private JsonArray Parameters(ApiOperation operation, OperationExample? example)
    {
        var parameters = new JsonArray();
        foreach (var name in operation.PathParameters)
        {
            parameters.Add(new JsonObject
            {
                ["name"] = name,
                ["in"] = "path",
                ["required"] = true,
                ["schema"] = new JsonObject { ["type"] = "string" },
                ["example"] = example?.Path.GetValueOrDefault(name),
            });
        }

        foreach (var parameter in operation.Parameters)
        {
            var value = parameter.Values.Length > 0
                ? new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. parameter.Values.Select(word => (JsonNode)word)]) }
                : _schemas.OfValue(parameter.Type).AsObject();
            var written = new JsonObject { ["name"] = parameter.Name, ["in"] = "query", ["description"] = parameter.Description };
            if (parameter.Required)
            {
                written["required"] = true;
            }

            written["schema"] = parameter.Many ? new JsonObject { ["type"] = "array", ["items"] = value } : value;
            parameters.Add(written);
        }

        string[] shared =
        [
            .. operation.Contract.IsNamed ? ["search", "orderBy"] : Array.Empty<string>(),
            .. operation.IsPaged ? ["limit", "cursor"] : Array.Empty<string>(),
            .. operation.Contract.IfMatch ? ["ifMatch"] : operation.Contract.MayMatch ? ["mayMatch"] : Array.Empty<string>(),
            .. operation is { Verb: "GET", HasETag: true } ? ["ifNoneMatch"] : Array.Empty<string>(),
            .. operation is { Verb: "POST", IsAnonymous: false } ? ["idempotencyKey"] : Array.Empty<string>(),
        ];
        foreach (var name in shared)
        {
            parameters.Add(new JsonObject { ["$ref"] = $"#/components/parameters/{name}" });
        }

        return parameters;
    }

    private JsonObject RequestBody(ApiOperation operation, OperationExample? example)
    {
        var content = new JsonObject();
        foreach (var file in operation.Contract.Files)
        {
            var media = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } };
            if (example?.Files.GetValueOrDefault(file) is { } text)
            {
                media["example"] = text;
            }

            content[file] = media;
        }

        if (operation.Contract.Body is { } body)
        {
            var media = new JsonObject { ["schema"] = operation.Verb == "PATCH" ? _schemas.OfPatch(body) : _schemas.OfBody(body) };
            if (example?.Bodies is { Count: > 0 } bodies)
            {
                media["examples"] = new JsonObject(bodies.Select(named => KeyValuePair.Create<string, JsonNode?>(named.Key, new JsonObject { ["value"] = named.Value.DeepClone() })));
            }

            content[operation.Verb == "PATCH" ? "application/merge-patch+json" : "application/json"] = media;
        }

        return new() { ["required"] = !operation.Contract.BodyIsOptional, ["content"] = content };
    }

    private JsonObject Responses(ApiOperation operation, OperationExample? example)
    {
        var responses = new JsonObject();
        foreach (var answers in operation.Answers.GroupBy(answer => answer.Status))
        {
            responses[$"{answers.Key}"] = Response(operation, [.. answers], example);
        }

        if (operation is { Verb: "GET", HasETag: true })
        {
            responses["304"] = new JsonObject { ["description"] = "The caller holds this version already." };
        }

        foreach (var refusals in operation.Refusals.GroupBy(code => ProblemCatalog.Find(code)?.Status
            ?? throw new InvalidOperationException($"{operation.Id} refuses with {code}, of which Problems/ProblemCatalog has no page.")).OrderBy(group => group.Key))
        {
            ProblemResponses.Add(responses, refusals.Key, [.. refusals.Distinct()]);
        }

        return new(responses.OrderBy(response => response.Key, StringComparer.Ordinal).Select(response => KeyValuePair.Create(response.Key, response.Value?.DeepClone())));
    }

    private JsonObject Response(ApiOperation operation, ImmutableArray<ApiAnswer> answers, OperationExample? example)
    {
        var response = new JsonObject
        {
            ["description"] = string.Join(' ', answers.Select(answer => answer.When ?? Success(answer.Status))),
            ["headers"] = Headers(operation, answers[0].Status),
        };
        var content = new JsonObject();
        foreach (var answer in answers)
        {
            var shown = example?.Status == answer.Status ? example.Answer : null;
            if (answer.File is { } file)
            {
                content[file] = new JsonObject { ["schema"] = new JsonObject { ["type"] = file == "application/json" ? "object" : "string" } };
            }
            else if (answer.Page is { } item)
            {
                content["application/json"] = Media(PageOf(item), shown);
            }
            else if (answer.Body is { } body)
            {
                content["application/json"] = Media(_schemas.OfAnswer(body), shown);
            }
        }

        if (content.Count > 0)
        {
            response["content"] = content;
        }

        return response;
    }

    private JsonObject PageOf(Type item) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["value"] = new JsonObject { ["type"] = "array", ["items"] = _schemas.OfAnswer(item) },
            ["nextLink"] = new JsonObject { ["type"] = "string", ["format"] = "uri", ["description"] = "The next page; absent on the last one." },
        },
        ["required"] = new JsonArray("value"),
    };

    private static JsonObject Media(JsonNode schema, JsonNode? example)
    {
        var media = new JsonObject { ["schema"] = schema };
        if (example is not null)
        {
            media["example"] = example.DeepClone();
        }

        return media;
    }

    private static JsonObject Headers(ApiOperation operation, int status)
    {
        string[] names =
        [
            "Request-Id",
            .. operation.IsAnonymous ? Array.Empty<string>() : ["RateLimit", "RateLimit-Policy"],
            .. operation.SendsETag(status) ? ["ETag"] : Array.Empty<string>(),
            .. status is 201 or 202 ? ["Location"] : Array.Empty<string>(),
            .. status is 202 ? ["Retry-After"] : Array.Empty<string>(),
            .. operation is { Verb: "POST", IsAnonymous: false } ? ["Idempotency-Replayed"] : Array.Empty<string>(),
        ];
        return new(names.Select(name => KeyValuePair.Create<string, JsonNode?>(name, new JsonObject { ["$ref"] = $"#/components/headers/{name}" })));
    }

    private static JsonArray Security(ApiOperation operation) => operation.IsAnonymous
        ? []
        : new(
            new JsonObject { ["apiKey"] = Words(operation.Roles) },
            new JsonObject { ["functionsKey"] = Words(operation.Roles) },
            new JsonObject { ["entra"] = new JsonArray() });

    private static JsonArray Words(IEnumerable<Role> roles) => new([.. roles.Select(role => (JsonNode)role.Word)]);

    private static string Success(int status) => status switch
    {
        201 => "Created.",
        202 => "Accepted: poll the address in `Location`.",
        204 => "Done.",
        207 => "What became of each part; one that is refused does not stop the others.",
        _ => "As asked.",
    };

    private JsonObject Tag(Type api)
    {
        var tag = new JsonObject { ["name"] = TagOf(api) };
        if (_docs.Summary(api) is { } summary)
        {
            tag["description"] = summary;
        }

        return tag;
    }

    /// <summary>The class's name in words, without its suffix.</summary>
    private static string TagOf(Type api)
    {
        var name = api.Name[..^"Api".Length];
        return string.Concat(name.Select((letter, index) => index > 0 && char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"));
    }
}
