using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Access;
using AudienceSync.Delivery;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Triggers.Shapes;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/destinations/{id}/preview</c>: one profile and the exact requests it would make.</summary>
public sealed class PreviewApi(DestinationPreview preview)
{
    /// <summary>Shows a person's values unmasked, as the event tester does, and so asks for its role.</summary>
    [Function("preview-destination")]
    [RequiresRole(Role.Operator)]
    [Operation("Show the requests that one profile would make", Body = typeof(PreviewBody), Answer = typeof(PreviewView))]
    [Refuses("secret_unreadable", "connector_missing")]
    public async Task<IResult> PreviewAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/destinations/{id}/preview")] HttpRequest request, string id,
        CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request) is { } refusal)
        {
            return ApiResults.Problem(refusal);
        }

        var report = await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).ThenAsync(body => preview.PreviewAsync(id, body, cancellationToken));
        return report.Match(shown => Answer(request, shown), ApiResults.Problem);
    }

    private static IResult Answer(HttpRequest request, TestEventReport report)
    {
        request.AnswersAbout(report.ProfileId);
        return ApiResults.Ok(PreviewView.Of(report), PreviewJson.Default.PreviewView);
    }
}

/// <param name="Fields">What the mapping makes of the profile, before the connector normalises and hashes; an explicit null clears the field there. Of several rows the first.</param>
/// <param name="Rows">The same of each row: several where the mapping asks for all values of an identifier and the profile holds more than one.</param>
/// <param name="Payloads">The requests, redacted but for the person.</param>
internal sealed record PreviewView(
    bool Ok, string Event, TestProfileView Profile, JsonElement? Fields, IReadOnlyList<JsonElement> Rows, IReadOnlyList<TestStepView> Steps, IReadOnlyList<ExchangeRequestView> Payloads)
{
    public static PreviewView Of(TestEventReport report) => new(
        report.Ok,
        JsonFields.Spelling(report.Event.Kind),
        new(report.ProfileId, report.IsGenerated),
        report.Rows is [var first, ..] ? Show(first) : null,
        [.. report.Rows.Select(Show)],
        [.. report.Steps.Select(step => new TestStepView(step.Name, step.Ok, step.Milliseconds, step.Detail))],
        [.. report.Exchanges.Select(exchange => ExchangeView.Of(exchange).Request)]);

    private static JsonElement Show(Row fields)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach (var (name, cell) in fields)
            {
                json.WritePropertyName(name);
                CellJson.Write(json, cell);
            }

            json.WriteEndObject();
        }

        return JsonElement.Parse(stream.ToArray());
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PreviewView))]
internal sealed partial class PreviewJson : JsonSerializerContext;
