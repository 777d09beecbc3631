using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Purchasely custom audiences: adds and removals in one call, one at a time per audience, results as counts.</summary>
internal sealed partial class Purchasely : Platform
{
    private const string App = "app_0123", Key = "purchasely-key";
    private const string Root = "/client/mobile_applications/{app}/custom_audiences";

    private readonly Dictionary<string, JobBook.Job> _running = [];
    private readonly Dictionary<string, JsonObject> _results = [];

    public Purchasely(TimeProvider time)
        : base("purchasely-audiences", time)
    {
        Routes.Get("check", Root, call => Answer.Json(200, new JsonObject
        {
            ["custom_audiences"] = new JsonArray([.. Lists.Values.Skip((int.Parse(call.Query("page") ?? "1", CultureInfo.InvariantCulture) - 1) * 25).Take(25).Select(Show)]),
        }))
            .Post("createAudience", Root, Create)
            .Get("getAudience", Root + "/{id}", call => InAudience(call, list =>
            {
                Poll(list);
                return Answer.Json(200, new JsonObject { ["custom_audience"] = Show(list) });
            }))
            .Post("members", Root + "/{id}/users", call => InAudience(call, list => Mutate(call, list, call.Object())))
            .Put("replace", Root + "/{id}/users/replace", call => InAudience(call, list => Replace(call, list)))
            .Delete("clear", Root + "/{id}/users/clear", call => InAudience(call, list => Work(list, 0, list.Members.Clear)))
            .Delete("archive", Root + "/{id}", call => InAudience(call, list =>
            {
                if (IsRunning(list))
                {
                    return Refuse(409, "CANNOT_ARCHIVE_WHILE_PROCESSING", "The audience is processing.");
                }

                list.Facts["status"] = "archived";
                return Answer.Json(200, new JsonObject { ["custom_audience"] = Show(list) });
            }))
            .Get("members", Root + "/{id}/users", call => InAudience(call, list => Answer.Json(200, new JsonObject
            {
                ["users"] = new JsonArray([.. IsRunning(list) ? [] : list.Members.Select(user => (JsonNode?)user)]),
                ["next_cursor"] = null,
                ["has_more"] = false,
                ["warning"] = IsRunning(list) ? "The audience is processing." : null,
            })));
    }

    public override JsonObject Settings => new() { ["appId"] = App, ["apiKey"] = Key };

    protected override int? MaxBodyBytes => 10 * 1024 * 1024;

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(60, TimeSpan.FromMinutes(1))];

    protected override Answer? Authenticate(Call call) => call.Bearer == Key ? null : Unauthorized(call);

    protected override Answer? Admit(Call call) => call.RawPath.StartsWith($"/client/mobile_applications/{App}/", StringComparison.Ordinal) || !call.RawPath.StartsWith("/client/mobile_applications/", StringComparison.Ordinal) ? null : Refuse(403, "FORBIDDEN", "The key is of another application.");

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["messages"] = new JsonArray(message) } }).Because($"{code}: {message}");

    protected override Answer Unauthorized(Call call) => Refuse(401, "UNAUTHORIZED", "The API key is not valid.");

    protected override Answer TooLarge(Call call) => Refuse(413, "PAYLOAD_TOO_LARGE", "The body is larger than 10 MB.");

    protected override Answer Malformed(Call call, string message) => Refuse(422, "INVALID_PAYLOAD", message);

    /// <summary>No Retry-After, no code.</summary>
    protected override Answer Throttle(Call call, TimeSpan wait) => Refuse(429, "", "Too many requests.");

    private bool IsRunning(RemoteList list) => _running.TryGetValue(list.Id, out var job) && !job.IsDone;

    private void Poll(RemoteList list)
    {
        if (_running.TryGetValue(list.Id, out var job))
        {
            Jobs.Poll(job.Id);
        }
    }

    private JsonObject Show(RemoteList list) => new()
    {
        ["id"] = $"caud_{list.Id}",
        ["vendor_id"] = list.Id,
        ["name"] = list.Name,
        ["identifier_type"] = list.Facts.GetValueOrDefault("identifier_type", "user_id"),
        ["user_count"] = list.Members.Count,
        ["status"] = IsRunning(list) ? "processing" : list.Facts.GetValueOrDefault("status", "ready"),
        ["last_job_result"] = _results.GetValueOrDefault(list.Id)?.DeepClone(),
    };

    private Answer InAudience(Call call, Func<RemoteList, Answer> serve) =>
        Lists.TryGetValue(call.Value("id"), out var list) && list.Facts.GetValueOrDefault("status") != "archived" ? serve(list) : Refuse(404, "CUSTOM_AUDIENCE_NOT_FOUND", "The audience does not exist.");

    private Answer Create(Call call)
    {
        var body = call.Object().At("custom_audience");
        if (body.Text("vendor_id") is not { Length: > 0 } id || body.Text("name") is not { Length: > 0 } name || body.Text("identifier_type") is not (null or "user_id" or "anonymous_id"))
        {
            return Refuse(422, "VALIDATION_FAILED", "vendor_id, name and a valid identifier_type are required.");
        }

        if (Lists.ContainsKey(id))
        {
            return Refuse(422, "VALIDATION_FAILED", "vendor_id has already been taken.");
        }

        var list = EnsureList(id, name);
        list.Facts["identifier_type"] = body.Text("identifier_type") ?? "user_id";
        return Answer.Json(201, new JsonObject { ["custom_audience"] = Show(list) });
    }

    private Answer Mutate(Call call, RemoteList list, JsonObject body)
    {
        if (body.At("add") is null && body.At("remove") is null)
        {
            return Refuse(422, "EMPTY_PAYLOAD", "add or remove is required.");
        }

        var (adds, removes) = (body.Texts("add"), body.Texts("remove"));
        if (adds.Count != body.Items("add").Count || removes.Count != body.Items("remove").Count)
        {
            return Refuse(422, "INVALID_PAYLOAD", "Identifiers are texts.");
        }

        return Work(list, adds.Concat(removes).Count(IsSkipped), () =>
        {
            list.Members.UnionWith(adds.Where(user => !IsSkipped(user)));
            list.Members.ExceptWith(removes);
        }, adds.Count + removes.Count);
    }

    private bool IsSkipped(string user) => user.Length is 0 or > 255 || Control().IsMatch(user) || IsBad(user);

    private Answer Work(RemoteList list, int skipped, Action work, int count = 0)
    {
        if (IsRunning(list))
        {
            return Refuse(409, "MUTATION_IN_PROGRESS", "A mutation of the audience is in progress.");
        }

        _running[list.Id] = Jobs.Start($"{list.Id}-{Jobs.Count + 1}", () =>
        {
            work();
            return _results[list.Id] = new() { ["processed_count"] = count - skipped, ["skipped_count"] = skipped, ["error_count"] = 0 };
        });
        return Answer.Json(202, new JsonObject { ["custom_audience"] = Show(list) });
    }

    private Answer Replace(Call call, RemoteList list)
    {
        if (list.Facts.TryGetValue("replacedAt", out var text) && call.At - DateTimeOffset.Parse(text, CultureInfo.InvariantCulture) < TimeSpan.FromHours(12))
        {
            return Throttle(call, TimeSpan.FromHours(12));
        }

        var users = call.Object().Texts("users");
        list.Facts["replacedAt"] = call.At.ToString("O", CultureInfo.InvariantCulture);
        return Work(list, users.Count(IsSkipped), () =>
        {
            list.Members.Clear();
            list.Members.UnionWith(users.Where(user => !IsSkipped(user)));
        }, users.Count);
    }

    [GeneratedRegex(@"\p{Cc}")]
    private static partial Regex Control();
}
