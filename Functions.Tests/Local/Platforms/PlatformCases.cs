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
        Hashes("criteo-audiences") with { Mapping = Map(("email", "email", true)), Key = PlatformCase.Email, HasTokens = true, NamesRows = true, BadRow = static id => [PlatformCase.Email(id)] },
        new("customerio", Map(("id", "id", true), ("email", "email", false), ("orders", "orders", false)))
        {
            Key = static id => id,
            Members = static state => PlatformCase.MembersOf(state, "VIPs", "id"),
            Stranger = "stranger",
        },
        new("dotdigital", Map(("email", "email", true), ("orders", "ORDERS", false))),
        Hashes("google-ads-customer-match") with { Mapping = Map(("email", "emailAddress", true)), HasTokens = true },
        File("google-cloud-storage") with { Use = ["bucket", "serviceAccountKey"], HasTokens = true },
        File("google-cloud-storage") with { Variant = "hmac", Use = ["bucket", "hmacAccessId", "hmacSecret"] },
        new("hubspot", Map(("email", "email", true), ("orders", "orders", false))) { Use = ["accessToken"] },
        new("hubspot", Map(("email", "email", true), ("orders", "orders", false))) { Variant = "app", Use = ["clientId", "clientSecret", "refreshToken"], HasTokens = true },
        new("intercom", Map(("id", "external_id", true), ("email", "email", false), ("orders", "orders", false))),
        new("iterable", Map(("email", "email", true), ("orders", "orders", false))),
        Hashes("linkedin-audiences") with { Mapping = Map(("email", "SHA256_EMAIL", true)), HasTokens = true, NamesRows = true },
        new("klaviyo", Map(("email", "email", true), ("orders", "orders", false))) { Use = ["apiKey"] },
        new("klaviyo", Map(("email", "email", true), ("id", "external_id", true), ("orders", "orders", false))) { Variant = "app", Use = ["clientId", "clientSecret", "refreshToken"], HasTokens = true },
        Mailchimp(),
        Mailchimp() with { Variant = "tag", Settings = [("membership", "tag")] },
        Hashes("meta-custom-audiences") with { Mapping = Map(("email", "EMAIL", true), ("id", "EXTERN_ID", true)) },
        Hashes("purchasely-audiences") with { Mapping = Map(("id", "user_id", true)), Key = static id => id, BadRow = static id => [id] },
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
        new("sendgrid", Map(("email", "email", true), ("orders", "orders", false))),
        Tags("shopify", "vips", Map(("email", "email", true))) with { Use = ["shop", "accessToken"], SendsAttributes = false, PrepareAsync = SeedCustomersAsync, Expects = FindsTheBucketEmpty },
        Tags("shopify", "vips", Map(("email", "email", true))) with { Variant = "app", Use = ["shop", "clientId", "clientSecret"], SendsAttributes = false, HasTokens = true, PrepareAsync = SeedCustomersAsync, Expects = FindsTheBucketEmpty },
        Hashes("tiktok-audiences") with { Mapping = Map(("email", "EMAIL_SHA256", true)), NamesRows = true },
        new("webhook", Map(("id", "user_id", true), ("email", "email", false), ("orders", "orders", false)))
        {
            Key = static id => id,
            Members = static state => PlatformCase.MembersOf(state, "VIPs", "external_id"),
            BadRow = static id => [id],
            HasContacts = false,
        },
        Tags("zendesk", "cdp_vips", Map(("email", "email", true), ("id", "name", false), ("orders", "orders", false))) with { Use = ["subdomain", "agentEmail", "apiToken"] },
        Tags("zendesk", "cdp_vips", Map(("email", "email", true), ("id", "name", false), ("orders", "orders", false))) with
        {
            Variant = "oauth",
            Use = ["subdomain", "clientId", "clientSecret", "refreshToken"],
            Settings = [("auth", "oauth")],
            HasTokens = true,
        },
        Events("zapier", Map(("id", "profile_id", true), ("email", "email", false), ("orders", "orders", false)), static each => (each["profile_id"], each["event"])) with { WrongCredentialsShowAt = "request" },
    ];

    /// <summary>How full Shopify's bucket of points is stands in replies alone: the call that finds it empty is told, and waits as long as it takes to fill.</summary>
    private static bool FindsTheBucketEmpty(JsonNode refused) => refused["why"]!.GetValue<string>().StartsWith("THROTTLED", StringComparison.Ordinal);

    /// <summary>Takes bare identifiers, most hashed, and names no rows.</summary>
    private static PlatformCase Hashes(string slug) => new(slug, [])
    {
        Key = Hashed,
        Members = static state => PlatformCase.MembersOf(state, "VIPs", "none"),
        BadRow = static id => [Hashed(id)],
        HasContacts = false,
        NamesRows = false,
        SendsAttributes = false,
    };

    /// <summary>Marks people by a tag.</summary>
    private static PlatformCase Tags(string slug, string tag, ImmutableArray<MappingEntry> mapping) => new(slug, mapping)
    {
        Members = state => PlatformCase.ContactsWhere(state, "email", contact => contact["tags"]!.AsArray().Any(each => string.Equals(each!.GetValue<string>(), tag, StringComparison.OrdinalIgnoreCase))),
        HasLists = false,
    };

    /// <summary>The shop knows everybody: members who are no customers are not made ones.</summary>
    private static Task SeedCustomersAsync(PlatformLife life) => life.SeedAsync(new()
    {
        ["contacts"] = new JsonArray([.. Enumerable.Range(0, 230).Where(number => number != 3).Select(number => new JsonObject { ["keys"] = new JsonObject { ["email"] = PlatformCase.Email(EngineHarness.Id(number)) }, ["tags"] = new JsonArray("kept") })]),
    });

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
        Members = state => Fold(state["extras"]!["events"]!.AsArray().Select(each => read(each!)).Where(each => each.Id is not null).Select(each => (each.Id!.GetValue<string>(), !each.Word!.GetValue<string>().Contains("xited", StringComparison.Ordinal)))),
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
