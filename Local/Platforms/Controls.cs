using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms;

/// <summary>The pages that no real platform has.</summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>GET /</c>: every platform and what a connection to it is given.</item>
/// <item><c>GET /__state/{platform}</c>: lists and members, contacts with keys, attributes, tags and subscription, calls by kind, refusals and why.</item>
/// <item><c>POST /__seed/{platform}</c>: <c>{"contacts":[{"keys":{"email":"…"},"attributes":{},"tags":[],"subscription":"unsubscribed"}],"lists":[{"id":"…","name":"…","members":["…"]}]}</c>,
/// all parts optional; a member is a contact's id or any of its keys, else it is kept as it is.</item>
/// <item><c>POST /__control/{platform}</c>: <c>{"fail":"throttle|outage|unauthorized|dropConnection|dropAnswer","times":2,"on":"import","skip":1,"retryAfter":3}</c>;
/// <c>{"fail":"rowErrors","rows":["…"]}</c> refuses these identifiers; <c>{"fail":"expireTokens"}</c> ends all tokens now, <c>"tokenSeconds":60</c> shortens new ones;
/// <c>{"fail":"slowJob","polls":3}</c> lets jobs work for so many polls; <c>{"finishJobs":true}</c> ends them; <c>{"fail":"none"}</c> takes plans and bad rows back.</item>
/// <item><c>DELETE /__state/{platform}</c>: forgets calls and refusals.</item>
/// </list>
/// </remarks>
internal static class Controls
{
    public static Answer Serve(PlatformServer server, IReadOnlyDictionary<string, Platform> platforms, string method, string target, byte[] body)
    {
        string[] path = target.Split('?')[0].Trim('/').Split('/');
        if (path is [""])
        {
            return Answer.Json(200, new JsonObject(platforms.Keys.Select(slug => KeyValuePair.Create(slug, (JsonNode?)server.SettingsOf(slug)))));
        }

        if (path is not [var page, var name] || !platforms.TryGetValue(name, out var platform))
        {
            return Answer.Plain(404, $"Write /__state, /__seed or /__control and a platform: {string.Join(", ", platforms.Keys)}.");
        }

        try
        {
            return (method, page) switch
            {
                ("GET", "__state") => Answer.Json(200, platform.Visit(Show)),
                ("DELETE", "__state") => platform.Visit(Forget),
                ("POST", "__seed") => platform.Visit(each => Seed(each, Read(body))),
                ("POST", "__control") => platform.Visit(each => Control(each, Read(body))),
                _ => Answer.Plain(404, $"{method} {page} is not served."),
            };
        }
        catch (MalformedException e)
        {
            return Answer.Plain(400, e.Message);
        }
    }

    public static JsonObject Show(Platform platform)
    {
        platform.Jobs.FinishDue();
        return new()
        {
            ["platform"] = platform.Slug,
            ["lists"] = new JsonArray([.. platform.Lists.Values.Select(Show)]),
            ["contacts"] = new JsonArray([.. platform.Contacts.All.Select(Show)]),
            ["calls"] = new JsonObject(platform.Log.Calls.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
            ["refusedCount"] = platform.Log.RefusedCount,
            ["refused"] = new JsonArray([.. platform.Log.Refusals.Select(refused => new JsonObject
            {
                ["kind"] = refused.Kind,
                ["call"] = refused.Call,
                ["status"] = refused.Status,
                ["why"] = refused.Why,
            })]),
            ["jobs"] = new JsonObject { ["count"] = platform.Jobs.Count, ["running"] = platform.Jobs.Running },
            ["tokensIssued"] = platform.Tokens.Issued,
            ["extras"] = platform.Extras.DeepClone(),
        };
    }

    private static JsonObject Show(RemoteList list) => new()
    {
        ["id"] = list.Id,
        ["name"] = list.Name,
        ["kind"] = list.Kind,
        ["members"] = Array(list.Members),
        ["facts"] = Object(list.Facts),
    };

    private static JsonObject Show(Contact contact) => new()
    {
        ["id"] = contact.Id,
        ["keys"] = Object(contact.Keys),
        ["attributes"] = contact.Attributes.DeepClone(),
        ["tags"] = Array(contact.Tags),
        ["subscription"] = contact.Subscription,
        ["writes"] = contact.Writes,
    };

    private static Answer Forget(Platform platform)
    {
        platform.Log.Calls.Clear();
        platform.Log.Refusals.Clear();
        return Answer.Empty(204);
    }

    private static Answer Seed(Platform platform, JsonObject seed)
    {
        foreach (var item in seed.Items("contacts"))
        {
            var contact = platform.Contacts.Create();
            foreach (var (kind, value) in item.Fields("keys"))
            {
                platform.Contacts.SetKey(contact, platform.KeyKind(kind), value.Text());
            }

            contact.Merge(item.Fields("attributes"));
            contact.Writes = 0;
            contact.Tags.UnionWith(item.Texts("tags"));
            contact.Subscription = item.Text("subscription") ?? "";
        }

        foreach (var item in seed.Items("lists"))
        {
            var id = item.Text("id") ?? platform.NewListId();
            var list = platform.EnsureList(id, item.Text("name") ?? id, item.Text("kind") ?? "");
            list.Members.UnionWith(item.Texts("members").Select(member => platform.Contacts.FindAny(member)?.Id ?? member));
            foreach (var (name, value) in item.Fields("facts"))
            {
                list.Facts[name] = value.Text() ?? "";
            }
        }

        return Answer.Json(200, Show(platform));
    }

    private static Answer Control(Platform platform, JsonObject control)
    {
        var (times, on, skip) = (Number(control, "times") ?? 1, control.Text("on"), Number(control, "skip") ?? 0);
        switch (control.Text("fail"))
        {
            case null:
                break;
            case "none":
                platform.Failures.Clear();
                platform.Jobs.PollsBefore = 1;
                platform.Tokens.Life = null;
                break;
            case "rowErrors":
                platform.Failures.BadRows.UnionWith(control.Texts("rows"));
                break;
            case "expireTokens":
                platform.Tokens.ExpireAll();
                break;
            case "slowJob":
                platform.Jobs.PollsBefore = Number(control, "polls") ?? 3;
                break;
            case var word when Enum.TryParse<FailureKind>(word, ignoreCase: true, out var kind):
                platform.Failures.Plan(kind, times, on, skip, Number(control, "retryAfter"));
                break;
            case var word:
                return Answer.Plain(400, $"'{word}' is no way to fail.");
        }

        if (Number(control, "tokenSeconds") is { } seconds)
        {
            platform.Tokens.Life = TimeSpan.FromSeconds(seconds);
        }

        if (control.Flag("finishJobs") is true)
        {
            platform.Jobs.FinishDue(all: true);
        }

        return Answer.Empty(204);
    }

    private static JsonObject Read(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject ?? throw new MalformedException("The body is no JSON object.");
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new MalformedException(e.Message);
        }
    }

    private static int? Number(JsonObject json, string name) => int.TryParse(json.Text(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static JsonArray Array(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)text)]);

    private static JsonObject Object(IEnumerable<KeyValuePair<string, string>> pairs) => new(pairs.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
}
