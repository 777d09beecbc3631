using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Runs;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Triggers;

/// <summary>Bodies and query parameters of runs.</summary>
internal static class RunBodies
{
    private static readonly ImmutableArray<string> StartFields = ["mode", "dryRun", "asOf"];
    private static readonly ImmutableArray<string> Outcomes = ["delivered", "rejected", "carriedOver", "pending"];
    private static readonly ImmutableArray<string> OperationNames = ["add", "update", "remove"];

    /// <summary><c>{"mode","dryRun","asOf"}</c>; all of it may be left out, the body too.</summary>
    public static async Task<Result<RunRequest>> ReadStartAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength is 0 or null && !request.Headers.ContainsKey("Transfer-Encoding"))
        {
            return new RunRequest();
        }

        var read = await ApiRequest.ReadJsonAsync(request, cancellationToken);
        if (read is Result<JsonElement>.Refused(var refusal))
        {
            return refusal;
        }

        var body = ((Result<JsonElement>.Ok)read).Value;
        if (body.ValueKind is not JsonValueKind.Object)
        {
            return Refusal.Invalid([new("", "wrong_type", "The body must be an object, such as {\"mode\":\"incremental\"}.")]);
        }

        List<Fault> faults = [];
        var run = new RunRequest();
        foreach (var field in body.EnumerateObject())
        {
            switch (field.Name)
            {
                case "mode":
                    run = run with { Mode = ReadEnum(field.Value, "/mode", RunMode.Incremental, faults) };
                    break;
                case "dryRun" when field.Value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    run = run with { DryRun = field.Value.GetBoolean() };
                    break;
                case "dryRun":
                    faults.Add(new("/dryRun", "wrong_type", "dryRun is true or false."));
                    break;
                case "asOf" when field.Value.ValueKind is JsonValueKind.Null:
                    break;
                case "asOf" when field.Value.ValueKind is JsonValueKind.String && ReadMoment(field.Value.GetString()!) is { } moment:
                    run = run with { AsOf = moment };
                    break;
                case "asOf":
                    faults.Add(new("/asOf", "wrong_type", "asOf is an RFC 3339 moment, such as 2026-10-01T00:00:00Z, or null for now."));
                    break;
                default:
                    faults.Add(new($"/{field.Name}", "unknown_field", $"'{field.Name}' is not a field of a run.{NearestName.Suggestion(field.Name, StartFields)}"));
                    break;
            }
        }

        return faults.Count > 0 ? Refusal.Invalid(faults) : run;
    }

    /// <summary><c>{"action":"approve|addsOnly|discard"}</c></summary>
    public static async Task<Result<ApprovalAction>> ReadApprovalAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var read = await ApiRequest.ReadJsonAsync(request, cancellationToken);
        if (read is Result<JsonElement>.Refused(var refusal))
        {
            return refusal;
        }

        var body = ((Result<JsonElement>.Ok)read).Value;
        if (body.ValueKind is not JsonValueKind.Object || !body.TryGetProperty("action", out var value))
        {
            return Refusal.Invalid([new("/action", "required", "Say what to do with the run: {\"action\":\"approve\"}, \"addsOnly\" or \"discard\".")]);
        }

        List<Fault> faults =
        [
            .. body.EnumerateObject().Where(field => !field.NameEquals("action"))
                .Select(field => new Fault(JsonFields.PointerTo("", field.Name), "unknown_field", $"'{field.Name}' is not a field of a decision.{NearestName.Suggestion(field.Name, ["action"])}")),
        ];
        var action = ReadEnum(value, "/action", ApprovalAction.Approve, faults);
        return faults.Count > 0 ? Refusal.Invalid(faults) : action;
    }

    public static Result<RunFilter> ReadFilter(IQueryCollection query)
    {
        List<Fault> faults = [];
        var statuses = query["status"].Select((text, _) => ReadEnum(text ?? "", "status", RunStatus.Queued, faults)).ToImmutableArray();
        DateTimeOffset? startedAfter = null;
        if (query["startedAfter"].FirstOrDefault() is { } after)
        {
            startedAfter = ReadMoment(after);
            if (startedAfter is null)
            {
                faults.Add(new("startedAfter", "wrong_type", $"'{after}' is no RFC 3339 moment."));
            }
        }

        return faults.Count > 0
            ? new Refusal(RefusalKind.Malformed, "invalid_parameter", "A parameter cannot be read") { Faults = [.. faults] }
            : new RunFilter(query["destinationId"].FirstOrDefault(), statuses, startedAfter);
    }

    public static Result<RunRowFilter> ReadRowFilter(IQueryCollection query)
    {
        string[] outcomes = [.. query["outcome"].SelectMany(text => (text ?? "").Split(','))];
        var operation = query["operation"].FirstOrDefault();
        List<Fault> faults =
        [
            .. outcomes.Where(outcome => !Outcomes.Contains(outcome)).Select(outcome => Unknown("outcome", outcome, Outcomes)),
        ];
        if (operation is not null && !OperationNames.Contains(operation))
        {
            faults.Add(Unknown("operation", operation, OperationNames));
        }

        return faults.Count > 0
            ? new Refusal(RefusalKind.Malformed, "invalid_parameter", "A parameter cannot be read") { Faults = [.. faults] }
            : new RunRowFilter(outcomes, operation, query["profileId"].FirstOrDefault(), query["code"].FirstOrDefault());
    }

    /// <summary>Whether the caller asks for CSV, and not for JSON as well: that would be a client that takes anything.</summary>
    public static bool WantsCsv(HttpRequest request)
    {
        var types = request.GetTypedHeaders().Accept;
        return types.Any(type => type.MediaType.Equals("text/csv", StringComparison.OrdinalIgnoreCase) && type.Quality is null or > 0)
            && !types.Any(type => type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A row as the file shows it.</summary>
    public static IReadOnlyList<string> CellsOf(RunRowView row) =>
        [row.ProfileId, row.Operation, row.Outcome, row.Code ?? "", row.Detail ?? "", row.Attempts.ToString(CultureInfo.InvariantCulture)];

    private static Fault Unknown(string parameter, string value, ImmutableArray<string> known) =>
        new(parameter, "unknown_value", $"'{value}' is no {parameter}: one of {string.Join(", ", known)}.{NearestName.Suggestion(value, known)}");

    private static DateTimeOffset? ReadMoment(string text) =>
        Timestamps.TryParse(text, out var moment) ? moment
        : Timestamps.TryParseDate(text, out var day) ? new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)
        : null;

    private static T ReadEnum<T>(JsonElement value, string pointer, T fallback, List<Fault> faults)
        where T : struct, Enum =>
        ReadEnum(value.ValueKind is JsonValueKind.String ? value.GetString()! : value.GetRawText(), pointer, fallback, faults);

    private static T ReadEnum<T>(string text, string pointer, T fallback, List<Fault> faults)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (RunNames.Of(value) == text)
            {
                return value;
            }
        }

        faults.Add(Unknown(pointer.TrimStart('/'), text, [.. Enum.GetValues<T>().Select(RunNames.Of)]) with { Pointer = pointer });
        return fallback;
    }
}

/// <summary>Null or empty parts take everything.</summary>
internal sealed record RunFilter(string? DestinationId, ImmutableArray<RunStatus> Statuses, DateTimeOffset? StartedAfter);

/// <summary>How runs are answered.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunView))]
[JsonSerializable(typeof(RunRowView))]
internal sealed partial class RunsApiJson : JsonSerializerContext;
