using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Fakes;
using AudienceSync.OpenApi;

namespace AudienceSync.Local.EndToEnd.Contract;

/// <summary>The description is true: its examples are sent to a running app, whole, and then with each of their fields spoilt.</summary>
/// <remarks>An example whose <c>answer</c> is missing, or is not of its schema any more, gets the one that the app gives when UPDATE_DOCS is set in the environment.</remarks>
public sealed partial class ContractTests(ContractWorld world) : IClassFixture<ContractWorld>
{
    private static readonly bool Records = Environment.GetEnvironmentVariable("UPDATE_DOCS") is { Length: > 0 };

    public static TheoryData<string> Operations => [.. ApiOperation.All.Select(operation => operation.Id)];

    public static TheoryData<string> Bodies => [.. ApiOperation.All.Where(operation => operation.Contract.Body is not null).Select(operation => operation.Id)];

    /// <summary>The client of the tests holds every answer against the description.</summary>
    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Example_SentToTheApp_IsAnsweredAsDescribed(string operation)
    {
        var written = ExampleSet.Read().FindWritten(operation).ShouldNotBeNull($"Write a call of it into Functions.Tests/OpenApi/Examples/{operation}.json: see OperationExample.");
        if (world.Walk.IsOutOfReach(written))
        {
            PostgresFixture.IsRequired.ShouldBeFalse("The example speaks of a database, and there is none.");
            return;
        }

        var first = await world.Walk.FirstAnswerAsync(operation);
        if (Records && !ShowsWhatIsSaid(operation) && IsWorthShowing(operation, first))
        {
            ExampleRecorder.Write(operation, world.Walk.Shown(first.Text), await world.Walk.PlacesAsync(written));
        }

        foreach (var (name, _) in written.NamedBodies.Skip(1))
        {
            var example = await world.Walk.PrepareAsync(operation, isNew: true);
            if (example.Bodies.TryGetValue(name, out var body))
            {
                (await world.Walk.SendAsync(example, body)).ShouldBe(written.Statuses.GetValueOrDefault(name, written.Status));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Body_SpoiltInOneField_IsRefusedThere(string operation)
    {
        var example = await world.Walk.PrepareAsync(operation, isNew: true);
        var schema = ApiContract.BodySchema(ApiContract.Committed.FindById(operation))!;
        var misjudged = new List<string>();
        var tried = new HashSet<(string, string)>();
        foreach (var (name, body) in example.NamedBodies)
        {
            // One item of a list stands for the others, and one body for others with the same field.
            foreach (var spoilt in SpoiltBodies.Of(body, schema).Where(spoilt => tried.Add((Index().Replace(spoilt.Pointer, "/*"), spoilt.What))))
            {
                var answer = await world.Walk.SendAsync(example, spoilt.Body);
                if (!IsRefusedAt(answer, spoilt.Pointer))
                {
                    misjudged.Add($"{name} {spoilt.Pointer} ({spoilt.What}): {answer.Status} {answer.Text[..Math.Min(300, answer.Text.Length)]}");
                }
            }
        }

        misjudged.ShouldBeEmpty("The app and its description differ on what is taken.");
    }

    private static bool ShowsWhatIsSaid(string operation) => ExampleSet.Read().Find(operation) is { Answer: { } answer } shown
        && ApiContract.Committed.FindById(operation)["responses"]![$"{shown.Status}"]?["content"]?["application/json"]?["schema"] is { } schema
        && ApiContract.Committed.Check(schema, JsonSerializer.SerializeToElement(answer)).Count == 0;

    private static bool IsWorthShowing(string operation, Answer answer) =>
        operation != "get-openapi" && answer.Headers.GetValueOrDefault("Content-Type", "").StartsWith("application/json", StringComparison.Ordinal);

    /// <summary>By a fault at the field, above it (what is missing), or within it.</summary>
    private static bool IsRefusedAt(Answer answer, string pointer)
    {
        var faults = answer.Status switch
        {
            422 => answer.Json["errors"]?.AsArray() ?? [],
            200 when answer.Json["issues"] is JsonArray issues => new JsonArray([.. issues.Where(issue => issue!["severity"]!.GetValue<string>() == "error").Select(issue => issue!.DeepClone())]),
            207 => new JsonArray([.. answer.Json["results"]!.AsArray().SelectMany(result => result!["errors"] is JsonArray errors ? errors.Select(error => error!.DeepClone()) : [result.DeepClone()])]),
            _ => [],
        };
        return faults.Any(fault => fault!["pointer"]?.GetValue<string>() is { } at
            && (at.StartsWith(pointer, StringComparison.Ordinal) || pointer.StartsWith(at, StringComparison.Ordinal)));
    }

    [GeneratedRegex("/[0-9]+(?=/|$)")]
    private static partial Regex Index();
}
