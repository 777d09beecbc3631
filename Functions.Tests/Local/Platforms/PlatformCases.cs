using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AudienceSync.Destinations;
using AudienceSync.Fakes;

namespace AudienceSync.Local.Platforms;

/// <summary>One line for each connector.</summary>
internal static class PlatformCases
{
    public static ImmutableArray<PlatformCase> All { get; } =
    [
        File("amazon-s3") with { Use = ["bucket", "region", "accessKeyId", "secretAccessKey"] },
        File("amazon-s3") with { Variant = "role", HasTokens = true },
        new("attentive", Map(("email", "email", true), ("orders", "orders", false))),
        File("azure-blob") with { Use = ["account", "container", "accountKey"] },
        File("azure-blob") with { Variant = "principal", Use = ["account", "container", "tenantId", "clientId", "clientSecret"], HasTokens = true },
        new("braze", Map(("id", "external_id", true), ("email", "email", false), ("orders", "orders", false)))
        {
            Key = static id => id,
            Members = static state => PlatformCase.ContactsWhere(state, "external_id", static contact => contact["attributes"]!["vips"]?.GetValue<bool>() is true),
            HasLists = false,
        },
        new("campaign-monitor", Map(("email", "EmailAddress", true), ("orders", "tier", false))),
        new("customerio", Map(("id", "id", true), ("email", "email", false), ("orders", "orders", false)))
        {
            Key = static id => id,
            Members = static state => PlatformCase.MembersOf(state, "VIPs", "id"),
            Stranger = "stranger",
        },
        File("google-cloud-storage") with { Use = ["bucket", "serviceAccountKey"], HasTokens = true },
        File("google-cloud-storage") with { Variant = "hmac", Use = ["bucket", "hmacAccessId", "hmacSecret"] },
        new("iterable", Map(("email", "email", true), ("orders", "orders", false))),
        Mailchimp(),
        Mailchimp() with { Variant = "tag", Settings = [("membership", "tag")] },
        new("meta-custom-audiences", Map(("email", "EMAIL", true), ("id", "EXTERN_ID", true)))
        {
            Key = Hashed,
            Members = static state => PlatformCase.MembersOf(state, "VIPs", "none"),
            HasContacts = false,
            NamesRows = false,
            SendsAttributes = false,
        },
        new("purchasely-audiences", Map(("id", "user_id", true)))
        {
            Key = static id => id,
            Members = static state => PlatformCase.MembersOf(state, "VIPs", "none"),
            HasContacts = false,
            NamesRows = false,
            SendsAttributes = false,
        },
        new("salesforce", Map(("email", "Email", true), ("id", "LastName", false), ("orders", "Orders__c", false)))
        {
            Use = ["clientId", "clientSecret"],
            Settings = [("loginHost", "acme.my.salesforce.com")],
            HasTokens = true,
            ThrottleEndsRun = true,
        },
        new("salesforce", Map(("id", "ExternalId", true), ("email", "Email", false), ("id", "LastName", false), ("orders", "Orders__c", false)))
        {
            Variant = "external id",
            Settings = [("loginHost", "login.salesforce.com"), ("grant", "refresh_token"), ("externalIdField", "CDP_Id__c")],
            HasTokens = true,
            ThrottleEndsRun = true,
        },
        Events("segment-events", Map(("id", "userId", true), ("email", "email", false), ("orders", "orders", false)), static call => (call["userId"], call["event"])),
        new("webhook", Map(("id", "user_id", true), ("email", "email", false), ("orders", "orders", false)))
        {
            Key = static id => id,
            Members = static state => PlatformCase.MembersOf(state, "VIPs", "external_id"),
            BadRow = static id => [id],
            HasContacts = false,
        },
        Events("zapier", Map(("id", "profile_id", true), ("email", "email", false), ("orders", "orders", false)), static each => (each["profile_id"], each["event"])) with { WrongCredentialsShowAt = "request" },
    ];

    /// <summary>Those who were there before are members of the one audience.</summary>
    private static PlatformCase Mailchimp() => new("mailchimp", Map(("email", "email_address", true), ("orders", "ORDERS", false)))
    {
        PrepareAsync = static life => life.SeedAsync(new()
        {
            ["lists"] = new JsonArray(new JsonObject { ["id"] = "a1b2c3d4e5", ["members"] = new JsonArray("stranger@elsewhere.org", PlatformCase.Email(EngineHarness.Id(3))) }),
        }),
    };

    private static string Hashed(string id) => PlatformCase.Sha256(PlatformCase.Email(id));

    private static ImmutableArray<MappingEntry> Map(params (string From, string To, bool Identifier)[] entries) => EngineHarness.Mapping(entries);

    /// <summary>Takes files of changes: whoever was last added and not removed is in.</summary>
    private static PlatformCase File(string slug) => new(slug, Map(("id", "user_id", true), ("email", "email", false), ("orders", "orders", false)))
    {
        Key = static id => id,
        Members = static state => Fold(state["extras"]!["files"]?.AsObject().Where(file => file.Key.EndsWith(".csv", StringComparison.Ordinal)).OrderBy(file => Name(file.Key), StringComparer.Ordinal).SelectMany(file => Rows(file.Value!)) ?? []),
        HasContacts = false,
        HasLists = false,
        RefusesRows = false,
    };

    /// <summary>Takes events: whoever entered and did not exit is in.</summary>
    private static PlatformCase Events(string slug, ImmutableArray<MappingEntry> mapping, Func<JsonNode, (JsonNode? Id, JsonNode? Word)> read) => new(slug, mapping)
    {
        Mode = DestinationMode.Events,
        Key = static id => id,
        Members = state => Fold(state["extras"]!["events"]!.AsArray().Select(each => read(each!)).Select(each => (each.Id!.GetValue<string>(), !each.Word!.GetValue<string>().Contains("xited", StringComparison.Ordinal)))),
        HasContacts = false,
        HasLists = false,
        RefusesRows = false,
    };

    private static ImmutableArray<string> Fold(IEnumerable<(string Id, bool IsIn)> changes) =>
        [.. changes.GroupBy(change => change.Id, StringComparer.Ordinal).Where(group => group.Last().IsIn).Select(group => group.Key)];

    /// <summary>Without its folder: begins with the audience and the run, whose ids sort by age.</summary>
    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static IEnumerable<(string Id, bool IsIn)> Rows(JsonNode file)
    {
        string[] lines = file["text"]!.GetValue<string>().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var head = lines[0].Split(',');
        return lines.Skip(1).Select(line => line.Split(',')).Select(cells => (cells[Array.IndexOf(head, "user_id")], cells[Array.IndexOf(head, "_op")] != "remove"));
    }
}
