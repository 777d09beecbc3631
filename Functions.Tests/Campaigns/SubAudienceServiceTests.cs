using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Faults;

namespace AudienceSync.Campaigns;

/// <summary>Sub-audiences and groups: parts of a campaign, with what becomes of their destinations.</summary>
public sealed class SubAudienceServiceTests
{
    private readonly CampaignWorld _world = new();

    [Fact]
    public async Task Add_AtAPosition_MovesTheOthersBack()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());

        var first = await AddAsync(campaign.Id, """{"name":"First","rules":{"attr":"orders","op":"gte","value":3},"position":0}""");
        var last = await AddAsync(campaign.Id, """{"name":"Last"}""");

        (first.Position, first.Id[..4], last.Position, last.Rules).ShouldBe((0, "sub_", 2, null));
        var read = await _world.GetAsync(campaign.Id);
        read.SubAudiences.Select(sub => (sub.Name, sub.Position)).ShouldBe([("First", 0), ("Everyone", 1), ("Last", 2)]);
        read.ETag.ShouldBe(last.ETag, "the campaign's ETag covers them");
    }

    [Fact]
    public async Task Add_StaleETag_IsRefused()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());
        await AddAsync(campaign.Id, """{"name":"First"}""");

        (await _world.SubAudiences.AddAsync(campaign.Id, JsonElement.Parse("""{"name":"Late"}"""), campaign.ETag, default)).ShouldBeRefused("etag_mismatch");
        (await _world.SubAudiences.AddAsync("cmp_none", JsonElement.Parse("""{"name":"x"}"""), null, default)).ShouldBeRefused("not_found");
    }

    [Theory]
    [InlineData("""{}""", "/name required")]
    [InlineData("""{"name":"x","rules":{"segment":"seg_none"}}""", "/rules/segment unknown_segment")]
    [InlineData("""{"name":"x","rules":{"attr":"orders","op":"gte"}}""", "/rules/value missing_field")]
    [InlineData("""{"name":"x","position":-1}""", "/position out_of_range")]
    [InlineData("""{"name":"x","groups":[{"share":50}]}""", "/groups shares_not_100")]
    public async Task Add_Faulty_TellsWhere(string body, string expected)
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());

        (await _world.SubAudiences.AddAsync(campaign.Id, JsonElement.Parse(body), null, default)).Match(_ => throw new ShouldAssertException("It was taken."), refusal => refusal)
            .Faults.Select(fault => $"{fault.Pointer} {fault.Code}").ShouldBe([expected]);
    }

    [Fact]
    public async Task Patch_NameRulesAndPosition_ChangeAlone()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());
        await AddAsync(campaign.Id, """{"name":"Loyal","rules":{"attr":"orders","op":"gte","value":3}}""");
        var read = await _world.GetAsync(campaign.Id);
        var loyal = read.SubAudiences[1];

        var moved = (await PatchAsync(read, loyal.Id, """{"position":0,"name":"Most loyal"}""")).ShouldBeOk();
        (moved.Position, moved.Name, moved.Rules).ShouldBe((0, "Most loyal", loyal.Rules));

        read = await _world.GetAsync(campaign.Id);
        (await PatchAsync(read, loyal.Id, """{"rules":null}""")).ShouldBeOk().Rules.ShouldBeNull();
        read = await _world.GetAsync(campaign.Id);
        (await PatchAsync(read, loyal.Id, """{"groups":[]}""")).ShouldBeRefused("validation_failed").Faults.ShouldHaveSingleItem().Code.ShouldBe("own_route");
        (await PatchAsync(read, "sub_none", """{"name":"x"}""")).ShouldBeRefused("not_found");
        (await PatchAsync(campaign, loyal.Id, """{"name":"x"}""")).ShouldBeRefused("etag_mismatch");
    }

    [Fact]
    public async Task Delete_SubAudience_TakesItsDestinationsWithIt()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());

        (await _world.SubAudiences.DeleteAsync(campaign.Id, campaign.SubAudiences[0].Id, campaign.ETag, RemoteMembers.Leave, default)).ShouldBeOk();

        (await _world.GetAsync(campaign.Id)).SubAudiences.ShouldBeEmpty();
        (await _world.DestinationStore.ListAllAsync(default).ToListAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"groups":[{"name":"a","share":50},{"name":"b","share":49.99}]}""", "/groups shares_not_100")]
    [InlineData("""[{"name":"a","share":50.001},{"name":"b","share":50}]""", "/0/share too_precise")]
    [InlineData("""[{"name":"a","share":33.333333},{"name":"b","share":33.333333},{"name":"c","share":33.333334}]""", "/0/share too_precise", "/1/share too_precise", "/2/share too_precise")]
    [InlineData("""[{"name":"a","share":33.33},{"name":"b","share":33.33},{"name":"c","share":33.33}]""", " shares_not_100")]
    [InlineData("""[{"name":"a","share":"50"},{"name":"b","share":-50}]""", "/0/share wrong_type", "/1/share out_of_range")]
    [InlineData("""{"groups":[{"name":"a","share":100,"attributes":["country"]}]}""", "/groups/0/attributes no_destinations")]
    [InlineData("""{"groups":[]}""", "/groups required")]
    [InlineData("""{}""", "/groups required")]
    [InlineData("""{"groups":[{"name":"a","share":101}]}""", "/groups/0/share out_of_range")]
    [InlineData("""{"groups":[{"name":"a"}]}""", "/groups/0/share required")]
    [InlineData("""{"groups":[{"id":"grp_none","name":"a","share":100}]}""", "/groups/0/id unknown_group")]
    [InlineData("""{"groups":[{"name":"a","share":50},{"name":"a","share":50}]}""", "/groups/1/name duplicate_name")]
    [InlineData("""{"groups":[{"name":"a","share":100,"role":"controll"}]}""", "/groups/0/role unknown_value")]
    [InlineData("""{"groups":[{"name":"a","share":100,"role":"control","destinations":[{}]}]}""", "/groups/0/destinations control_has_destinations")]
    [InlineData("""{"groups":[{"name":"a","share":100,"destinations":[{"connectionId":"con_open","mapping":[{"from":"id","to":"x","identifier":true}]},{"connectionId":"con_none","mapping":[{"from":"id","to":"x","identifier":true}],"mod":"mirror"}]}]}""", "/groups/0/destinations/1/mod unknown_field", "/groups/0/destinations/1/connectionId unknown_connection")]
    public async Task PutGroups_Faulty_TellsWhereAndChangesNothing(string body, params string[] expected)
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());

        var refusal = (await _world.TryPutGroupsAsync(campaign, body)).Match(_ => throw new ShouldAssertException("It was taken."), refusal => refusal);

        refusal.Faults.Select(fault => $"{fault.Pointer} {fault.Code}").ShouldBe(expected, ignoreOrder: true);
        refusal.Code.ShouldBe(expected.All(fault => fault.EndsWith(" shares_not_100", StringComparison.Ordinal)) ? "shares_not_100" : "validation_failed");
        (await _world.GetAsync(campaign.Id)).ETag.ShouldBe(campaign.ETag);
    }

    /// <summary>None is dropped in silence, with whatever shares.</summary>
    [Fact]
    public async Task PutGroups_MoreThanFifty_IsRefused()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());
        var groups = $"[{string.Join(',', Enumerable.Range(0, 51).Select(number => $$"""{"name":"{{number}}","share":{{(number < 50 ? 2 : 0)}}}"""))}]";

        (await _world.TryPutGroupsAsync(campaign, groups)).ShouldBeRefused("validation_failed").Faults.ShouldHaveSingleItem().Code.ShouldBe("too_many");
        (await _world.TryPutGroupsAsync(campaign, $$"""{"groups":{{groups}}}""")).ShouldBeRefused("validation_failed").Faults.ShouldHaveSingleItem().Code.ShouldBe("too_many");
    }

    /// <summary>A group's attributes go to each of its destinations that names none, beside the mapping of its own.</summary>
    [Fact]
    public async Task PutGroups_Attributes_AreOfTheGroupOrOfTheDestination()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());

        var after = await _world.PutGroupsAsync(campaign, $$"""
            {"groups":[{"name":"Mail","share":100,"attributes":["country","vip"],"destinations":[
              {{CampaignWorld.Destination("A")}},{{CampaignWorld.Destination("B", more: ""","attributes":["orders"]""")}},{"connectionId":"con_open","audience":{"name":"C"},"mapping":[{"from":"email","to":"mail","identifier":true}]}]}]}
            """);

        after.Groups[0].Destinations.Select(destination => string.Join(' ', destination.Mapping.Select(entry => $"{entry.From}>{entry.To}"))).ShouldBe(
            ["id>user_id email>email country>country vip>vip", "id>user_id email>email orders>orders", "email>mail country>country vip>vip"]);
    }

    [Fact]
    public async Task PutGroups_ByIdOrName_KeepIdsAndDestinations()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());
        var before = campaign.SubAudiences[0].Groups;

        var after = await _world.PutGroupsAsync(
            campaign, $$"""{"groups":[{"id":"{{before[0].Id}}","name":"Letters","share":33.33},{"name":"Control","role":"control","share":33.33},{"name":"New","share":33.34}]}""");

        after.Groups.Select(group => group.Id).Take(2).ShouldBe(before.Select(group => group.Id));
        after.Groups.Select(group => (group.Name, group.Share, group.Buckets.From, group.Buckets.To)).ShouldBe(
            [("Letters", 33.33m, 0, 3_333), ("Control", 33.33m, 3_333, 6_666), ("New", 33.34m, 6_666, 10_000)]);
        after.Groups[0].Destinations.ShouldHaveSingleItem().Id.ShouldBe(before[0].Destinations[0].Id, "destinations that are not spoken of stay");
    }

    /// <summary>The same request again, without a single id, changes nothing.</summary>
    [Fact]
    public async Task PutGroups_TheSameAgain_KeepsEveryId()
    {
        var groups = $$"""
            {"groups":[{"name":"Mail","share":50,"destinations":[{{CampaignWorld.Destination("A")}},{{CampaignWorld.Destination("B", "con_open", ""","mode":"addOnly" """)}}]},
                       {"name":"Ads","share":50,"destinations":[{{CampaignWorld.Destination("A")}}]}]}
            """;
        var campaign = await _world.CreateAsync(CampaignWorld.Body());
        await _world.PutGroupsAsync(campaign, groups);
        var first = await _world.GetAsync(campaign.Id);

        await _world.PutGroupsAsync(first, groups);

        var second = await _world.GetAsync(campaign.Id);
        Ids(second).ShouldBe(Ids(first));
        Ids(second).Count.ShouldBe(5);
        (await _world.DestinationStore.ListAllAsync(default).CountAsync()).ShouldBe(3);
        second.SubAudiences[0].Groups[0].Destinations.Select(destination => destination.Mode).ShouldBe([DestinationMode.Mirror, DestinationMode.AddOnly]);
    }

    /// <summary>An answer that is sent back as it came changes nothing, and does not keep destinations off.</summary>
    [Fact]
    public async Task PutGroups_WithTheAnswerItself_ChangesNothing()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());
        var echo = JsonSerializer.Serialize(campaign.SubAudiences[0], CampaignsJson.Default.SubAudienceView);

        var after = await _world.PutGroupsAsync(campaign, echo);

        Ids(await _world.GetAsync(campaign.Id)).ShouldBe(Ids(campaign));
        after.Groups[0].Destinations[0].Mapping.AsEnumerable().ShouldBe(campaign.SubAudiences[0].Groups[0].Destinations[0].Mapping);
        after.Groups[0].Destinations[0].KeptOff.ShouldBeFalse();
        (await _world.PatchAsync(await _world.GetAsync(campaign.Id), """{"enabled":true}""")).SubAudiences[0].Groups[0].Destinations[0].Enabled.ShouldBeTrue();
    }

    [Fact]
    public async Task PutGroups_DestinationById_IsChangedByWhatIsNamed()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());
        var before = campaign.SubAudiences[0].Groups[0].Destinations[0];

        var after = await _world.PutGroupsAsync(campaign, $$"""{"groups":[{"name":"Mail","share":100,"destinations":[{"id":"{{before.Id}}","mapping":[{"from":"id","to":"user_id","identifier":true}]}]}]}""");

        var destination = after.Groups.ShouldHaveSingleItem().Destinations.ShouldHaveSingleItem();
        (destination.Id, destination.Audience, destination.MappingVersion, destination.Mapping.Length).ShouldBe((before.Id, before.Audience, 2, 1));
        (await _world.TryPutGroupsAsync(await _world.GetAsync(campaign.Id), """{"groups":[{"share":100,"destinations":[{"id":"dst_none"}]}]}""")).ShouldBeRefused("validation_failed")
            .Faults.ShouldHaveSingleItem().Pointer.ShouldBe("/groups/0/destinations/0/id");
    }

    [Fact]
    public async Task PutGroups_GroupGone_DeletesOrCleansUpItsDestinations()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());
        var gone = campaign.SubAudiences[0].Groups[0].Destinations[0].Id;

        await _world.PutGroupsAsync(campaign, """{"groups":[{"name":"Other","share":100}]}""", remote: RemoteMembers.CleanUp);

        (await _world.DestinationStore.GetAsync(gone, default))!.Deleting.ShouldBeTrue();
        _world.Runs.Take().ShouldBe(["cancel", "clean up"]);

        var second = await _world.CreateAsync(CampaignWorld.Body(audience: "Second"));
        await _world.PutGroupsAsync(second, """{"groups":[{"name":"Mail","share":100,"destinations":[]}]}""");
        (await _world.DestinationStore.GetAsync(second.SubAudiences[0].Groups[0].Destinations[0].Id, default)).ShouldBeNull();
    }

    [Fact]
    public async Task PutGroups_TreatmentBecomesControl_StopsSending()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());

        var after = await _world.PutGroupsAsync(campaign, """{"groups":[{"name":"Mail","role":"control","share":100}]}""");

        after.Groups.ShouldHaveSingleItem().Destinations.ShouldBeEmpty();
        (await _world.DestinationStore.ListAllAsync(default).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task PutGroups_InARunningCampaign_StartsNewDestinationsAtOnce()
    {
        var campaign = await _world.PatchAsync(await _world.CreateAsync(CampaignWorld.Body()), """{"enabled":true}""");
        _world.Runs.Take();

        await _world.PutGroupsAsync(
            campaign, $$"""{"groups":[{"name":"Mail","share":90},{"name":"Ads","share":10,"destinations":[{{CampaignWorld.Destination("Ads")}},{{CampaignWorld.Destination("Off", more: ""","enabled":false""")}}]}]}""");

        _world.Runs.Take().ShouldBe(["first"]);
        (await _world.GetAsync(campaign.Id)).SubAudiences[0].Groups[1].Destinations.Select(destination => (destination.Audience.Name, destination.Enabled)).ShouldBe([("Ads", true), ("Off", false)]);
    }

    [Fact]
    public async Task PutGroups_KeyOfAnother_IsRefused()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());
        var taken = campaign.SubAudiences[0].Groups[0].Destinations[0].Key;

        (await _world.TryPutGroupsAsync(
            campaign, $$"""{"groups":[{"name":"Other","share":100,"destinations":[{{CampaignWorld.Destination("A", more: $$""","key":"{{taken}}" """)}},{{CampaignWorld.Destination("B", more: ""","key":"mine" """)}},{{CampaignWorld.Destination("C", more: ""","key":"mine" """)}}]}]}"""))
            .ShouldBeRefused("validation_failed").Faults.Select(fault => $"{fault.Pointer} {fault.Code}").ShouldBe(["/groups/0/destinations/0/key key_taken", "/groups/0/destinations/2/key key_taken"]);
    }

    private static IReadOnlyList<string> Ids(CampaignView campaign) =>
        [.. campaign.SubAudiences.SelectMany(sub => sub.Groups).SelectMany(group => group.Destinations.Select(destination => destination.Id).Prepend(group.Id))];

    private async Task<SubAudienceView> AddAsync(string campaignId, string body) =>
        (await _world.SubAudiences.AddAsync(campaignId, JsonElement.Parse(body), null, default)).ShouldBeOk();

    private Task<Result<SubAudienceView>> PatchAsync(CampaignView campaign, string sub, string patch) =>
        _world.SubAudiences.PatchAsync(campaign.Id, sub, JsonElement.Parse(patch), campaign.ETag, default);
}
