using System.Text.Json.Nodes;

namespace AudienceSync.Config;

/// <summary>Campaigns and journeys, with their parts and the destinations of these, changed by documents.</summary>
public sealed class ConfigOwnedTests
{
    private readonly ConfigWorld _world = new();

    [Fact]
    public async Task Campaign_PartsRenamedMovedAndAdded_KeepTheirDestinations()
    {
        var document = await AppliedAsync();
        var ids = await DestinationIdsAsync();
        var spring = document.Entry("campaigns", "spring");
        var subs = spring["subAudiences"]!.AsArray();
        subs[0]!["name"] = "Germans";
        subs[0]!["groups"]![0]!["name"] = "Mail 80";
        subs[0]!["groups"]![0]!["share"] = 80;
        subs[0]!["groups"]![1]!["share"] = 20;
        var germans = subs[0]!.DeepClone();
        subs.RemoveAt(0);
        subs.Insert(0, JsonNode.Parse("""{"name":"Austria","rules":{"attr":"country","op":"eq","value":"AT"},"groups":[{"name":"Nobody","role":"control","share":100}]}"""));
        subs.Add(germans);

        await _world.PutAsync(document);

        var exported = (await _world.ExportAsync()).Entry("campaigns", "spring");
        JsonNode.DeepEquals(exported["subAudiences"], subs).ShouldBeTrue(exported["subAudiences"]!.ToJsonString());
        (await DestinationIdsAsync()).ShouldBe(ids);
        (await _world.PlanAsync(document)).Summary.ShouldBe("no changes");
    }

    [Fact]
    public async Task Campaign_FieldsAndDestinationsOfGroups_AreUpdated()
    {
        var document = await AppliedAsync();
        var spring = document.Entry("campaigns", "spring");
        spring["name"] = "Spring sale";
        spring["enabled"] = true;
        spring["schedule"] = JsonNode.Parse("""{"launchAt":"2026-04-01T00:00:00Z"}""");
        spring["subAudiences"]![1]!["groups"]![0]!["destinations"]![0]!["mode"] = "upsert";

        var plan = await _world.PutAsync(document);

        ConfigWorld.Short(plan).ShouldBe(
        [
            "~campaign spring /name /enabled /schedule/type /schedule/intervalMinutes /schedule/launchAt /subAudiences/1/groups/0/destinations/0/mode",
        ]);
        (await _world.PlanAsync(document)).Summary.ShouldBe("no changes");
        spring["schedule"] = JsonNode.Parse("""{"intervalMinutes":60}""");
        ConfigWorld.Short(await _world.PutAsync(document)).ShouldBe(["~campaign spring /schedule/type /schedule/launchAt /schedule/intervalMinutes"]);
        (await _world.PlanAsync(await _world.ExportAsync())).Summary.ShouldBe("no changes");
    }

    [Fact]
    public async Task Parts_ThatGoWithDestinations_AreAskedForWithPrune()
    {
        var document = await AppliedAsync();
        document.Entry("campaigns", "spring")["subAudiences"]!.AsArray().RemoveAt(0);
        document.Entry("campaigns", "spring")["subAudiences"]![0]!["groups"]![0]!["destinations"]!.AsArray().Clear();
        document.Entry("journeys", "welcome")["steps"]!.AsArray().Clear();

        (await _world.FaultsOfAsync(document)).ShouldBe(
            ["/campaigns/0 prune_required", "/campaigns/0 prune_required", "/journeys/0 prune_required"]);
        var applied = await _world.PutAsync(document, prune: true);

        applied.Deletes.Select(change => $"{change.Owner} {change.Key}").ShouldBe(["spring spring-mail", "spring spring-ads", "welcome welcome-hook"], ignoreOrder: true);
        (await _world.PlanAsync(document, prune: true)).Summary.ShouldBe("no changes");
        (await DestinationIdsAsync()).Keys.ShouldBe(["loyal-to-hook"]);
    }

    [Fact]
    public async Task Journey_StepRenamed_KeepsItsKeyAndItsDestination()
    {
        var document = await AppliedAsync();
        var key = (await _world.Journeys.ListAllAsync(default).SingleAsync()).Steps[0].Key;
        var ids = await DestinationIdsAsync();
        var step = document.Entry("journeys", "welcome")["steps"]![0]!;
        step["name"] = "Opened the first mail";
        step["entry"] = null;

        ConfigWorld.Short(await _world.PutAsync(document)).ShouldBe(["~journey welcome /steps/0/name /steps/0/entry"], ignoreOrder: true);

        (await _world.Journeys.ListAllAsync(default).SingleAsync()).Steps[0].Key.ShouldBe(key);
        (await DestinationIdsAsync()).ShouldBe(ids);
    }

    [Fact]
    public async Task Journey_OnAConnectionThatDoesNotWork_IsAFaultBeforeAnythingIsWritten()
    {
        _world.Platform.IsAuthorized = false;

        (await _world.FaultsOfAsync(ConfigDocuments.Whole())).ShouldBe(["/journeys/0/steps/0/destinations/0/connection not_connected"]);
        (await _world.ExportAsync())["connections"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Faults_OfParts_HavePointersIntoTheDocument()
    {
        var document = await AppliedAsync();
        var subs = document.Entry("campaigns", "spring")["subAudiences"]!;
        subs[0]!["rules"] = JsonNode.Parse("""{"any":[{"segment":"nobody"},{"attr":"x","op":"is"}]}""");
        subs[0]!["groups"]![0]!["share"] = 30;
        subs[1]!["groups"]![0]!["destinations"]![0]!["connection"] = "nothing";
        subs[1]!["groups"]![0]!["colour"] = "red";
        document.Entry("campaigns", "spring")["salt"] = "";

        (await _world.FaultsOfAsync(document)).ShouldBe(
        [
            "/campaigns/0/subAudiences/0/rules/any/0/segment unknown_segment",
            "/campaigns/0/subAudiences/0/rules/any/1/op unknown_operator",
            "/campaigns/0/subAudiences/0/groups shares_not_100",
            "/campaigns/0/subAudiences/1/groups/0/destinations/0/connection unknown_connection",
            "/campaigns/0/subAudiences/1/groups/0/colour unknown_field",
            "/campaigns/0/salt empty_text",
        ], ignoreOrder: true);
    }

    [Fact]
    public async Task Destination_MovedIntoACampaign_TakesItsKeyAlong()
    {
        var document = await AppliedAsync();
        document["destinations"]!.AsArray().Clear();
        document.Entry("campaigns", "spring")["subAudiences"]![1]!["groups"]![0]!["destinations"]!.AsArray().Add(
            JsonNode.Parse("""{"key":"loyal-to-hook","connection":"hook","audience":{"name":"Loyal"},"mapping":[{"from":"id","to":"user_id","identifier":true}]}"""));

        var applied = await _world.PutAsync(document, prune: true);

        applied.Deletes.Select(change => change.Key).ShouldBe(["loyal-to-hook"]);
        (await DestinationIdsAsync()).Keys.ShouldBe(["loyal-to-hook", "spring-ads", "spring-mail", "welcome-hook"]);
        (await _world.PlanAsync(await _world.ExportAsync(), prune: true)).Summary.ShouldBe("no changes");
    }

    [Fact]
    public async Task Owned_SwitchedOffByItself_StaysOffInTheOtherInstallation()
    {
        var document = await AppliedAsync();
        document.Entry("campaigns", "spring")["subAudiences"]![0]!["groups"]![0]!["destinations"]![0]!["enabled"] = false;
        await _world.PutAsync(document);
        var exported = await _world.ExportAsync();
        exported.Entry("connections", "hook")["secrets"]!["signingSecret"] = ConfigDocuments.Secret;
        var other = new ConfigWorld();

        await other.PutAsync(exported);

        (await other.Destinations.FindByKeyAsync("spring-mail", default))!.KeptOff.ShouldBeTrue();
        (await other.Destinations.FindByKeyAsync("spring-ads", default))!.KeptOff.ShouldBeFalse();
    }

    private async Task<JsonObject> AppliedAsync()
    {
        await _world.PutAsync(ConfigDocuments.Whole());
        return await _world.ExportAsync();
    }

    private async Task<SortedDictionary<string, string>> DestinationIdsAsync() =>
        new(await _world.Destinations.ListAllAsync(default).ToDictionaryAsync(destination => destination.Key, destination => destination.Id), StringComparer.Ordinal);
}
