using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Destinations;

namespace AudienceSync.Local.Platforms;

/// <summary>How a connector is set up for its life on the simulator, and where its members are seen there.</summary>
/// <param name="Slug">Of the connector and of the platform in play.</param>
/// <param name="Mapping">Source → target; the identifiers first.</param>
internal sealed record PlatformCase(string Slug, ImmutableArray<MappingEntry> Mapping)
{
    /// <summary>Another way of setting the connector up.</summary>
    public string Variant { get; init; } = "";

    /// <summary>The simulator's settings that the connection is given: all that the connector knows where this is empty.</summary>
    public ImmutableArray<string> Use { get; init; } = [];

    /// <summary>Settings beyond those, and instead of them.</summary>
    public ImmutableArray<(string Name, string Value)> Settings { get; init; } = [];

    public DestinationMode Mode { get; init; } = DestinationMode.Mirror;

    /// <summary>The platform's id of the audience, where the connector does not find it.</summary>
    public string? ExternalId { get; init; }

    /// <summary>By what a profile of that id is known on the platform.</summary>
    public Func<string, string> Key { get; init; } = Email;

    /// <summary>Who is in the audience, by the same.</summary>
    public Func<JsonObject, ImmutableArray<string>> Members { get; init; } = state => MembersOf(state, "VIPs", "email");

    /// <summary>By the same, somebody who was there before.</summary>
    public string Stranger { get; init; } = "stranger@elsewhere.org";

    /// <summary>The platform tells which rows it refused.</summary>
    public bool NamesRows { get; init; } = true;

    /// <summary>The platform can be told to refuse a single row.</summary>
    public bool RefusesRows { get; init; } = true;

    /// <summary>Identifiers of a profile that it is refused by.</summary>
    public Func<string, ImmutableArray<string>> BadRow { get; init; } = id => [Email(id)];

    /// <summary>The connection fetches access tokens.</summary>
    public bool HasTokens { get; init; }

    /// <summary>A change of an attribute alone is sent.</summary>
    public bool SendsAttributes { get; init; } = true;

    /// <summary>People live on the platform: seeded strangers are contacts, else they are bare members.</summary>
    public bool HasContacts { get; init; } = true;

    /// <summary>The connector has lists; else what is seen in <see cref="Members"/> is made of something else.</summary>
    public bool HasLists { get; init; } = true;

    /// <summary>Refusals that belong to how the platform is spoken to: looking for what is not there yet.</summary>
    public Func<JsonNode, bool> Expects { get; init; } = static _ => false;

    /// <summary>The step of a check that wrong credentials fail at.</summary>
    public string WrongCredentialsShowAt { get; init; } = "authenticate";

    /// <summary>A throttle is the end of the day's calls: the run stops, and a later one goes on.</summary>
    public bool ThrottleEndsRun { get; init; }

    /// <summary>Called with the state before the first run: more seeds.</summary>
    public Func<PlatformLife, Task> PrepareAsync { get; init; } = static _ => Task.CompletedTask;

    public static string Email(string id) => $"{id}@acme-shop.com";

    public static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The members of the list of that name, by a key of theirs; bare members as they are.</summary>
    public static ImmutableArray<string> MembersOf(JsonObject state, string list, string key)
    {
        var contacts = state["contacts"]!.AsArray().ToDictionary(contact => contact!["id"]!.GetValue<string>(), contact => contact!["keys"]![key]?.GetValue<string>());
        return
        [
            .. state["lists"]!.AsArray().Where(each => each!["name"]!.GetValue<string>() == list)
                .SelectMany(each => each!["members"]!.AsArray().Select(member => member!.GetValue<string>()))
                .Select(member => contacts.GetValueOrDefault(member) ?? member),
        ];
    }

    /// <summary>Contacts for whom something holds, by a key of theirs.</summary>
    public static ImmutableArray<string> ContactsWhere(JsonObject state, string key, Func<JsonNode, bool> holds) =>
        [.. state["contacts"]!.AsArray().Where(contact => holds(contact!)).Select(contact => contact!["keys"]![key]?.GetValue<string>() ?? contact["id"]!.GetValue<string>())];

    public override string ToString() => Variant.Length == 0 ? Slug : $"{Slug}, {Variant}";
}
