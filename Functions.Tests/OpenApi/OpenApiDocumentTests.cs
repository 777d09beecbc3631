using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Fakes;
using AudienceSync.Hosting;
using AudienceSync.Problems;
using AudienceSync.Triggers;
using Json.Schema;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using OpenApiDocument = AudienceSync.Http.OpenApiDocument;

namespace AudienceSync.OpenApi;

/// <summary>
/// <c>docs/openapi.json</c> is what the functions' routes, attributes and types say. With UPDATE_DOCS=1 in the environment it is written instead of
/// compared; a change that breaks clients is written with UPDATE_DOCS=breaking only.
/// </summary>
public sealed class OpenApiDocumentTests
{
    private static readonly string Path = Repository.PathOf("docs", "openapi.json");

    private static readonly Lazy<JsonObject> Fresh = new(() => OpenApiWriter.Write(ExampleSet.Read()));

    public static TheoryData<string> Operations => [.. ApiOperation.All.Select(operation => operation.Id)];

    [Fact]
    public void Document_IsWhatTheFunctionsSay()
    {
        var committed = File.Exists(Path) ? JsonNode.Parse(File.ReadAllText(Path))!.AsObject() : [];
        var breaking = BreakingChanges.Between(committed, Fresh.Value);
        var update = Environment.GetEnvironmentVariable("UPDATE_DOCS");
        if (update is "breaking" || (update is "1" && breaking.Count == 0))
        {
            File.WriteAllText(Path, OpenApiWriter.Text(Fresh.Value));
            return;
        }

        breaking.ShouldBeEmpty(
            "The change breaks clients of the API. If that is meant, run this test with UPDATE_DOCS=breaking, commit what it writes, and say in CHANGELOG.md what clients must do.");
        FirstDifference(File.ReadAllText(Path), OpenApiWriter.Text(Fresh.Value)).ShouldBeNull(
            "docs/openapi.json is stale, and nothing in the change breaks clients. Run this test with UPDATE_DOCS=1 and commit what it writes (dotnet test -c Local Functions.Tests --filter OpenApiDocumentTests).");
    }

    [Fact]
    public void Document_IsWhatTheAppServes() => FirstDifference(Encoding.UTF8.GetString(OpenApiDocument.Bytes.Span), File.ReadAllText(Path))
        .ShouldBeNull("Build again: the app was built with another docs/openapi.json.");

    /// <summary>HEAD goes with each GET (a test of <c>FunctionsTests</c>), and the fallback names no verb: it is no operation.</summary>
    [Fact]
    public void Paths_AreTheRoutesOfTheFunctions()
    {
        HashSet<string> routes = [.. HttpFunctions.Of(typeof(FallbackApi).Assembly).All
            .SelectMany(function => function.Verbs.Where(verb => verb != "HEAD").Select(verb => $"{verb} /{function.Route} {function.Name}"))];
        HashSet<string> paths = [.. Fresh.Value["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key} {operation.Value!["operationId"]}"))];

        routes.Except(paths).ShouldBeEmpty(
            "These functions do not say what they take and answer. Add to each, in Functions/Triggers: "
            + "[Operation(\"Create a thing\", Body = typeof(ThingBody), Status = 201, Answer = typeof(ThingView))], [Refuses(\"key_taken\")] for codes of its own, and "
            + "[Parameter(\"status\", \"Things in one of these states.\", Type = typeof(ThingStatus))] for each query parameter. A body that is read by hand gets a record in "
            + "Functions/Triggers/Shapes, and the operation a call of it in Functions.Tests/OpenApi/Examples/{function}.json (see OperationExample). "
            + "Then run OpenApiDocumentTests, ContractTests and OpenApiDocumentTests again, each with UPDATE_DOCS=1; CONTRIBUTING.md, \"Operations of the API\", shows how.");
        paths.Except(routes).ShouldBeEmpty("No function serves these.");
    }

    [Fact]
    public void Document_HasNothingThatAParserObjectsTo()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(OpenApiWriter.Text(Fresh.Value)));

        var read = Microsoft.OpenApi.OpenApiDocument.Load(stream, "json", new OpenApiReaderSettings { RuleSet = ValidationRuleSet.GetDefaultRuleSet() });

        read.Diagnostic!.Errors.Select(error => $"{error.Pointer}: {error.Message}").ShouldBeEmpty();
        read.Diagnostic.Warnings.Select(warning => $"{warning.Pointer}: {warning.Message}").ShouldBeEmpty();
        read.Document!.Paths.Count.ShouldBe(Fresh.Value["paths"]!.AsObject().Count);
    }

    [Fact]
    public void References_AllLeadSomewhere()
    {
        var references = Nodes(Fresh.Value).OfType<JsonObject>().Select(node => node["$ref"]).OfType<JsonValue>().Select(node => node.GetValue<string>()).ToList();

        references.Count.ShouldBeGreaterThan(100);
        references.Distinct().Where(reference => BreakingChanges.Resolve(Fresh.Value, new JsonObject { ["$ref"] = reference }) is null).ShouldBeEmpty();
    }

    [Fact]
    public void Components_NoneIsLeftOver()
    {
        var used = Nodes(Fresh.Value).OfType<JsonObject>().SelectMany(node => (IEnumerable<JsonNode?>)[node["$ref"], .. BreakingChanges.Members(node["mapping"]).Select(each => each.Value)])
            .OfType<JsonValue>().Select(node => node.ToString()).ToHashSet();

        Fresh.Value["components"]!.AsObject()
            .Where(group => group.Key != "securitySchemes")
            .SelectMany(group => group.Value!.AsObject().Select(component => $"#/components/{group.Key}/{component.Key}"))
            .Where(reference => !used.Contains(reference))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Schemas_AreJsonSchemas() => Nodes(Fresh.Value["components"]!["schemas"]!).OfType<JsonObject>()
        .Where(node => (node["type"] is JsonValue or JsonArray || node["anyOf"] is JsonArray) && !node.GetPath().Contains(".examples[", StringComparison.Ordinal))
        .Select(node => (Node: node, Result: MetaSchemas.Draft202012.Evaluate(System.Text.Json.JsonSerializer.SerializeToElement(node))))
        .Where(each => !each.Result.IsValid)
        .Select(each => each.Node.GetPath())
        .ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_RefusesWithKnownCodes(string id) => ApiOperation.All.Single(operation => operation.Id == id).Refusals
        .Where(code => ProblemCatalog.Find(code) is not { Kind: ProblemKind.Refusal })
        .ShouldBeEmpty("Problems/ProblemCatalog has no refusal of that code.");

    [Fact]
    public void OperationIds_AreUnique() => ApiOperation.All.Select(operation => operation.Id).ShouldBeUnique();

    /// <summary>The first line that differs, as it is and as it should be; null when none does.</summary>
    private static string? FirstDifference(string present, string wanted)
    {
        var (left, right) = (present.ReplaceLineEndings("\n").Split('\n'), wanted.ReplaceLineEndings("\n").Split('\n'));
        var line = left.Zip(right).TakeWhile(pair => pair.First == pair.Second).Count();
        return line == left.Length && line == right.Length ? null : $"line {line + 1}: {left.ElementAtOrDefault(line)} instead of {right.ElementAtOrDefault(line)}";
    }

    private static IEnumerable<JsonNode> Nodes(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Nodes(member.Value)).Prepend(members),
        JsonArray items => items.SelectMany(Nodes).Prepend(items),
        not null => [node],
        _ => [],
    };
}
