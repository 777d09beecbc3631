using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Access;
using AudienceSync.Delivery;
using AudienceSync.Faults;
using AudienceSync.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/destinations/{id}/test-events</c>: the event tester.</summary>
public sealed class TestEventsApi(EventTester tester)
{
    [Function("test-event")]
    [RequiresRole(Role.Operator)]
    [Operation("Send a test event", Body = typeof(TestEventBody), Answer = typeof(TestEventView))]
    [Refuses("secret_unreadable", "connector_missing")]
    public async Task<IResult> TestAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/destinations/{id}/test-events")] HttpRequest request, string id,
        CancellationToken cancellationToken)
    {
        var read = (await ApiRequest.ReadAsync(request, TestEventsJson.Default.TestEventBody, cancellationToken)).Match(body => body.Read(), refusal => refusal);
        return read is Result<TestEvent>.Ok(var test)
            ? (await tester.TestAsync(id, test, cancellationToken)).Match(report => Answer(request, report), ApiResults.Problem)
            : read.Match(_ => Results.Empty, ApiResults.Problem);
    }

    private static IResult Answer(HttpRequest request, TestEventReport report)
    {
        request.AnswersAbout(report.ProfileId);
        return ApiResults.Ok(TestEventView.Of(report), TestEventsJson.Default.TestEventView);
    }
}

/// <summary>What the tester is asked: <c>event</c> and <c>mode</c> are required.</summary>
internal sealed record TestEventBody
{
    private static readonly string[] Events = ["entered", "exited", "changed"];
    private static readonly string[] Modes = ["dryRun", "send"];

    public string? Event { get; init; }

    public string? Mode { get; init; }

    public string? ProfileId { get; init; }

    public Result<TestEvent> Read()
    {
        List<Fault> faults = [];
        Check("/event", Event ?? "entered", Events, faults);
        Check("/mode", Mode ?? "dryRun", Modes, faults);
        return faults.Count > 0
            ? Refusal.Invalid(faults)
            : new TestEvent((TestEventKind)(Array.IndexOf(Events, Event ?? "entered") + 1), (Mode ?? "dryRun") == "dryRun", ProfileId);
    }

    private static void Check(string pointer, string value, string[] known, List<Fault> faults)
    {
        if (!known.Contains(value))
        {
            faults.Add(new(pointer, "unknown_value", $"'{value}' is none of {string.Join(", ", known)}.{NearestName.Suggestion(value, known)}"));
        }
    }
}

/// <summary>The tester's answer.</summary>
internal sealed record TestEventView(
    bool Ok, string Event, string Mode, TestProfileView Profile, IReadOnlyList<TestStepView> Steps, IReadOnlyList<ExchangeView> Exchanges, TestOutcome? Outcome)
{
    public static TestEventView Of(TestEventReport report) => new(
        report.Ok,
        JsonNamingPolicy.CamelCase.ConvertName(report.Event.Kind.ToString()),
        report.Event.IsDryRun ? "dryRun" : "send",
        new(report.ProfileId, report.IsGenerated),
        [.. report.Steps.Select(step => new TestStepView(step.Name, step.Ok, step.Milliseconds, step.Detail))],
        [.. report.Exchanges.Select(ExchangeView.Of)],
        report.Outcome);
}

internal sealed record TestProfileView(string Id, bool Generated);

internal sealed record TestStepView(
    string Name,
    bool Ok,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Ms,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TestEventBody))]
[JsonSerializable(typeof(TestEventView))]
internal sealed partial class TestEventsJson : JsonSerializerContext;
