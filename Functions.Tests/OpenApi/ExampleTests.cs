using System.Text.Json;
using System.Text.Json.Nodes;

namespace AudienceSync.OpenApi;

/// <summary>The examples show what the description describes: all of what may be sent, and nothing that is not answered.</summary>
public sealed class ExampleTests
{
    private static readonly ExampleSet Examples = ExampleSet.Read();

    public static TheoryData<string> Operations => [.. ApiOperation.All.Select(operation => operation.Id)];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Bodies_AreOfTheirSchema(string id)
    {
        var example = Examples.Find(id).ShouldNotBeNull($"Write a call of it into Functions.Tests/OpenApi/Examples/{id}.json: see OperationExample.");

        foreach (var (name, body) in example.NamedBodies)
        {
            ApiContract.Committed.Check(ApiContract.BodySchema(ApiContract.Committed.FindById(id))!, JsonSerializer.SerializeToElement(body)).ShouldBeEmpty(name);
        }

        (ApiOperation.All.Single(each => each.Id == id) is { Contract: { Body: not null, BodyIsOptional: false } } && example.NamedBodies.IsEmpty).ShouldBeFalse("It shows no body.");
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Answer_IsOfItsSchema(string id)
    {
        var operation = ApiContract.Committed.FindById(id);
        var example = Examples.Find(id)!;
        var response = operation["responses"]![$"{example.Status}"].ShouldNotBeNull($"It is not said to answer {example.Status}.");
        if (response["content"]?["application/json"]?["schema"] is not { } schema || schema["$ref"] is null && schema["properties"] is null)
        {
            example.Answer.ShouldBeNull();
            return;
        }

        example.Answer.ShouldNotBeNull("Run ContractTests with UPDATE_DOCS=1, look at what it writes, and commit it.");
        ApiContract.Committed.Check(schema, JsonSerializer.SerializeToElement(example.Answer))
            .ShouldBeEmpty("Run ContractTests with UPDATE_DOCS=1, look at what it writes, and commit it.");
    }

    /// <summary>Only a field that some example sends is shown to be taken. Of a PATCH those of the POST count.</summary>
    [Theory]
    [MemberData(nameof(Operations))]
    public void Fields_OfABody_EachOccursInAnExample(string id)
    {
        var operation = ApiOperation.All.Single(each => each.Id == id);
        if (operation.Contract.Body is null || operation.Verb == "PATCH")
        {
            return;
        }

        var schema = ApiContract.BodySchema(ApiContract.Committed.FindById(id))!;
        var shown = Examples.Find(id)!.NamedBodies.SelectMany(body => Pointers(body.Value, "")).ToHashSet();

        Fields(schema, "", []).Where(field => !shown.Contains(field)).ShouldBeEmpty($"Add them to a body of Functions.Tests/OpenApi/Examples/{id}.json.");
    }

    [Fact]
    public void Files_EachIsOfAnOperation() => Examples.Written.Select(example => example.Operation).Except(ApiOperation.All.Select(operation => operation.Id)).ShouldBeEmpty();

    /// <summary>
    /// Indexes and free names as <c>*</c>. Rules are shown by the segments' page of the docs, not here; destinations of a campaign or a journey by the
    /// operations on destinations.
    /// </summary>
    private static IEnumerable<string> Fields(JsonNode schemaNode, string pointer, IReadOnlyList<string> within)
    {
        var name = schemaNode["$ref"]?.ToString() ?? "";
        if (name.EndsWith("/Rule", StringComparison.Ordinal) || name.EndsWith("/OwnedDestinationBody", StringComparison.Ordinal) || within.Contains(name))
        {
            return [];
        }

        IReadOnlyList<string> inner = name.Length > 0 ? [.. within, name] : within;
        var schema = ApiContract.Committed.Resolve(schemaNode);
        return
        [
            .. (schema["anyOf"]?.AsArray() ?? []).SelectMany(choice => Fields(choice!, pointer, inner)),
            .. BreakingChanges.Members(schema["properties"]).SelectMany(field => Fields(field.Value!, $"{pointer}/{field.Key}", inner).Prepend($"{pointer}/{field.Key}")),
            .. schema["items"] is { } items ? Fields(items, $"{pointer}/*", inner) : [],
            .. schema["additionalProperties"] is JsonObject other ? Fields(other, $"{pointer}/*", inner) : [],
        ];
    }

    private static IEnumerable<string> Pointers(JsonNode? node, string pointer) => node switch
    {
        JsonObject members => members.SelectMany(member => (IEnumerable<string>)
            [$"{pointer}/{member.Key}", .. Pointers(member.Value, $"{pointer}/{member.Key}"), .. Pointers(member.Value, $"{pointer}/*")]),
        JsonArray items => items.SelectMany(item => Pointers(item, $"{pointer}/*")),
        _ => [],
    };
}
