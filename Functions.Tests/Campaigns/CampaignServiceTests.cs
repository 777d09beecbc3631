using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Segments;

namespace AudienceSync.Campaigns;

/// <summary>Campaigns as callers make, change and delete them, and what becomes of their destinations.</summary>
public sealed class CampaignServiceTests
{
    private readonly CampaignWorld _world = new();

    [Fact]
    public async Task Create_Minimal_IsADisabledDraftThatRunsEverySixHours()
    {
        var campaign = await _world.CreateAsync("""{"name":"Spring","segmentId":"seg_all"}""");

        (campaign.Id[..4], campaign.Key, campaign.Enabled, campaign.Status).ShouldBe(("cmp_", "spring", false, CampaignStatus.Draft));
        (campaign.Assignment, campaign.Schedule, campaign.LaunchedAt).ShouldBe((CampaignAssignment.FirstMatch, CampaignSchedule.Default, null));
        campaign.Salt.Length.ShouldBe(16);
        campaign.SubAudiences.ShouldBeEmpty();
        (await _world.CreateAsync("""{"name":"Spring","source":{"segmentId":"seg_all"}}""")).Salt.ShouldNotBe(campaign.Salt);
    }

    [Fact]
    public async Task Create_WithSubAudiences_MakesTheirGroupsAndDestinations()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());

        campaign.Exclusions.ShouldBe(["seg_staff"]);
        var groups = campaign.SubAudiences.ShouldHaveSingleItem().Groups;
        groups.Select(group => (group.Name, group.Role, group.Share, group.Buckets.From, group.Buckets.To)).ShouldBe(
            [("Mail", GroupRole.Treatment, 90, 0, 9_000), ("Control", GroupRole.Control, 10, 9_000, 10_000)]);
        var destination = groups[0].Destinations.ShouldHaveSingleItem();
        destination.Source.ShouldBe(new DestinationSource.OfGroup(campaign.Id, campaign.SubAudiences[0].Id, groups[0].Id));
        (destination.Name, destination.Enabled, destination.State).ShouldBe(("Spring · Everyone · Mail", false, DestinationCondition.Disabled));
        (await _world.Destinations.ListAsync(new(new(10, null)), DestinationFilter.None, default)).Items.ShouldHaveSingleItem().Id.ShouldBe(destination.Id);
        _world.Runs.Take().ShouldBeEmpty("nothing is launched yet");
    }

    [Theory]
    [InlineData("""{}""", "/name required", "/segmentId required")]
    [InlineData("""{"name":" ","segmentId":"seg_none"}""", "/name required", "/segmentId unknown_segment")]
    [InlineData("""{"name":"x","source":{"segmentId":"seg_vip"}}""", "/source/segmentId segment_private")]
    [InlineData("""{"name":"x","segmentId":"seg_all","exclusions":["seg_none",{"segmentId":"seg_staff"},7,{}]}""", "/exclusions/2 wrong_type", "/exclusions/3 required", "/exclusions/0 unknown_segment")]
    [InlineData("""{"name":"x","segmentId":"seg_all","exclusions":["seg_all"]}""", "/exclusions/0 excludes_everyone")]
    [InlineData("""{"name":"x","segmentId":"seg_all","assignment":"firstmatch"}""", "/assignment unknown_value")]
    [InlineData("""{"name":"x","segmentId":"seg_all","asignment":"firstMatch"}""", "/asignment unknown_field")]
    [InlineData("""{"name":"x","segmentId":"seg_all","schedule":{}}""", "/schedule/launchAt required")]
    [InlineData("""{"name":"x","segmentId":"seg_all","schedule":{"launchAt":"tomorrow"}}""", "/schedule/launchAt wrong_type")]
    [InlineData("""{"name":"x","segmentId":"seg_all","schedule":{"type":"once","intervalMinutes":60}}""", "/schedule/type schedule_ambiguous")]
    [InlineData("""{"name":"x","segmentId":"seg_all","schedule":{"intervalMinutes":1}}""", "/schedule/intervalMinutes out_of_range")]
    [InlineData("""{"name":"x","segmentId":"seg_all","salt":"","key":"No key"}""", "/key invalid_key", "/salt empty_text")]
    [InlineData("""{"name":"x","segmentId":"seg_all","subAudiences":[{"rules":{"segment":"seg_none"}},{"name":"b","rules":{"attr":"orders","op":"gte","value":"3"}}]}""", "/subAudiences/0/name required", "/subAudiences/0/rules/segment unknown_segment", "/subAudiences/1/rules/value type_mismatch")]
    [InlineData("""{"name":"x","segmentId":"seg_all","subAudiences":[{"name":"a","groups":[{"share":90},{"share":9.99}]}]}""", "/subAudiences/0/groups/1/name duplicate_name", "/subAudiences/0/groups shares_not_100")]
    [InlineData("""{"name":"x","segmentId":"seg_all","subAudiences":[{"name":"a","groups":[{"share":100,"destinations":[{"connectionId":"con_none","mapping":[]}]}]}]}""", "/subAudiences/0/groups/0/destinations/0/connectionId unknown_connection")]
    public async Task Create_Faulty_TellsEverythingAtItsPlace(string body, params string[] expected)
    {
        (await _world.FaultsOfAsync(body)).ShouldBe(expected, ignoreOrder: true);

        (await _world.Store.ListAllAsync(default).ToListAsync()).ShouldBeEmpty();
        (await _world.DestinationStore.ListAllAsync(default).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Create_KeyTaken_IsAConflict()
    {
        await _world.CreateAsync("""{"name":"Spring","segmentId":"seg_all","key":"spring"}""");

        (await _world.Campaigns.CreateAsync(JsonElement.Parse("""{"name":"Other","segmentId":"seg_all","key":"spring"}"""), default)).ShouldBeRefused("key_taken");
        (await _world.CreateAsync("""{"name":"Spring","segmentId":"seg_all"}""")).Key.ShouldBe("spring-2");
    }

    /// <summary>The next two of the same kind are read, and written as they are read.</summary>
    [Theory]
    [InlineData("""{"launchAt":"2026-04-01T02:00:00+02:00"}""", """{"type":"once","launchAt":"2026-04-01T00:00:00Z"}""")]
    [InlineData("""{"type":"once"}""", """{"type":"once","launchAt":null}""")]
    [InlineData("""{"once":true}""", """{"type":"once","launchAt":null}""")]
    [InlineData("""{"type":"recurring"}""", """{"type":"recurring","launchAt":null,"intervalMinutes":360}""")]
    [InlineData("""{"launchAt":"2026-04-01T00:00:00Z","intervalMinutes":60}""", """{"type":"recurring","launchAt":"2026-04-01T00:00:00Z","intervalMinutes":60}""")]
    [InlineData("""{"cron":"0 0 6 * * *","timeZone":"Europe/Berlin"}""", """{"type":"recurring","launchAt":null,"cron":"0 0 6 * * *","timeZone":"Europe/Berlin"}""")]
    public async Task Schedule_IsAnsweredInOneForm(string given, string expected)
    {
        var campaign = await _world.CreateAsync($$"""{"name":"x","segmentId":"seg_all","schedule":{{given}}}""");

        JsonSerializer.SerializeToElement(campaign, CampaignsJson.Default.CampaignView).GetProperty("schedule").GetRawText().ShouldBe(expected);
        (await _world.CreateAsync($$"""{"name":"y","segmentId":"seg_all","schedule":{{expected}}}""")).Schedule.ShouldBe(campaign.Schedule);
    }

    [Fact]
    public async Task Enable_LaunchesAtOnce_AndSwitchesTheDestinationsOn()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());

        var on = await _world.PatchAsync(campaign, """{"enabled":true}""");

        (on.Enabled, on.Status, on.LaunchedAt).ShouldBe((true, CampaignStatus.Active, _world.Time.GetUtcNow()));
        on.SubAudiences[0].Groups[0].Destinations[0].Enabled.ShouldBeTrue();
        _world.Runs.Take().ShouldBe(["first"]);

        var off = await _world.PatchAsync(on, """{"enabled":false}""");

        (off.Enabled, off.Status, off.LaunchedAt).ShouldBe((false, CampaignStatus.Paused, on.LaunchedAt));
        off.SubAudiences[0].Groups[0].Destinations[0].State.ShouldBe(DestinationCondition.Disabled);
        _world.Runs.Take().ShouldBe(["cancel"]);
    }

    [Fact]
    public async Task Enable_LaunchInTheFuture_StartsNothingBefore()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body(""" "schedule":{"launchAt":"2026-03-02T00:00:00Z","intervalMinutes":60}, "enabled":true,"""));

        (campaign.Status, campaign.LaunchedAt).ShouldBe((CampaignStatus.Scheduled, null));
        var destination = campaign.SubAudiences[0].Groups[0].Destinations[0];
        (destination.Enabled, destination.NotBefore, destination.NextRunAt).ShouldBe((true, new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero), new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero)));
        _world.Runs.Take().ShouldBeEmpty();

        _world.Time.Advance(TimeSpan.FromDays(1));
        (await _world.GetAsync(campaign.Id)).Status.ShouldBe(CampaignStatus.Active);
    }

    [Fact]
    public async Task Patch_LaunchMoved_MovesTheDestinationsFirstRun()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body(""" "schedule":{"launchAt":"2026-03-02T00:00:00Z"}, "enabled":true,"""));

        var moved = await _world.PatchAsync(campaign, """{"schedule":{"launchAt":"2026-03-05T00:00:00Z"}}""");

        moved.SubAudiences[0].Groups[0].Destinations[0].NextRunAt.ShouldBe(new(2026, 3, 5, 0, 0, 0, TimeSpan.Zero));
        _world.Time.Advance(TimeSpan.FromDays(2));
        (await _world.GetAsync(campaign.Id)).Status.ShouldBe(CampaignStatus.Scheduled);
    }

    [Fact]
    public async Task Patch_Schedule_NamingOneKindReplacesTheOther_AndReachesTheDestinations()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body(""" "schedule":{"launchAt":"2026-03-02T00:00:00Z"},"""));

        var recurring = await _world.PatchAsync(campaign, """{"schedule":{"cron":"0 0 6 * * *","timeZone":"UTC"}}""");
        recurring.Schedule.ShouldBe(new(new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero), new() { Cron = "0 0 6 * * *", TimeZone = "UTC" }));
        recurring.SubAudiences[0].Groups[0].Destinations[0].Schedule.ShouldBe(recurring.Schedule.Runs);

        var interval = await _world.PatchAsync(recurring, """{"schedule":{"intervalMinutes":30}}""");
        interval.Schedule.Runs.ShouldBe(new() { IntervalMinutes = 30 });

        (await _world.PatchAsync(interval, """{"schedule":{"type":"once"}}""")).Schedule.Runs.ShouldBe(new() { Once = true });
    }

    [Fact]
    public async Task Patch_AfterTheLaunch_SaltAndLaunchAreFixed()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());
        var salted = await _world.PatchAsync(campaign, """{"salt":"mine"}""");
        salted.Salt.ShouldBe("mine");
        var launched = await _world.PatchAsync(salted, """{"enabled":true}""");

        (await _world.TryPatchAsync(launched, """{"salt":"other","schedule":{"launchAt":"2027-01-01T00:00:00Z","intervalMinutes":60}}""")).ShouldBeRefused("validation_failed")
            .Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldBe([("/salt", "launched"), ("/schedule/launchAt", "launched")]);
        (await _world.PatchAsync(launched, """{"salt":"mine","schedule":{"intervalMinutes":60}}""")).Schedule.Runs.IntervalMinutes.ShouldBe(60);
    }

    /// <summary>An answer that is sent back as it came changes nothing.</summary>
    [Fact]
    public async Task Patch_WithTheAnswerItself_IsTaken()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());
        var echo = MergePatch.Without(JsonSerializer.SerializeToElement(campaign, CampaignsJson.Default.CampaignView), "subAudiences");

        var patched = await _world.PatchAsync(campaign, echo.GetRawText());

        JsonSerializer.Serialize(patched with { ETag = "", UpdatedAt = default }, CampaignsJson.Default.CampaignView)
            .ShouldBe(JsonSerializer.Serialize(campaign with { ETag = "", UpdatedAt = default }, CampaignsJson.Default.CampaignView));
    }

    [Theory]
    [InlineData("""{"id":"cmp_2"}""", "/id immutable")]
    [InlineData("""{"key":"other"}""", "/key immutable")]
    [InlineData("""{"subAudiences":[]}""", "/subAudiences own_route")]
    [InlineData("""{"segmentId":"seg_none"}""", "/segmentId unknown_segment")]
    [InlineData("""{"source":{"segmentId":"seg_vip"}}""", "/source/segmentId segment_private")]
    [InlineData("""{"name":null}""", "/name required")]
    public async Task Patch_Faulty_ChangesNothing(string patch, string expected)
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());

        var refusal = (await _world.TryPatchAsync(campaign, patch)).Match(_ => throw new ShouldAssertException("It was taken."), refusal => refusal);

        refusal.Faults.Select(fault => $"{fault.Pointer} {fault.Code}").ShouldBe([expected]);
        (await _world.GetAsync(campaign.Id)).ETag.ShouldBe(campaign.ETag);
    }

    [Fact]
    public async Task Patch_StaleOrByAnOperator_IsRefused()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());
        var renamed = await _world.PatchAsync(campaign, """{"name":"Summer"}""");

        (await _world.TryPatchAsync(campaign, """{"name":"Late"}""")).ShouldBeRefused("etag_mismatch").Extensions!["etag"]!.GetValue<string>().ShouldBe(renamed.ETag);
        (await _world.TryPatchAsync(renamed, """{"name":"Mine"}""", mayEdit: false)).ShouldBeRefused("forbidden");
        (await _world.TryPatchAsync(renamed, """{"enabled":true}""", mayEdit: false)).ShouldBeOk().Enabled.ShouldBeTrue();
    }

    [Fact]
    public async Task Destination_SwitchedOffByItself_StaysOffWhenTheCampaignIsEnabled()
    {
        var on = await _world.PatchAsync(await _world.CreateAsync(CampaignWorld.Body()), """{"enabled":true}""");
        var destination = on.SubAudiences[0].Groups[0].Destinations[0];
        (await _world.Destinations.PatchAsync(destination.Id, JsonElement.Parse("""{"enabled":false}"""), destination.ETag, mayEdit: false, default)).ShouldBeOk().KeptOff.ShouldBeTrue();

        var again = await _world.PatchAsync(await _world.PatchAsync(await _world.GetAsync(on.Id), """{"enabled":false}"""), """{"enabled":true}""");

        again.SubAudiences[0].Groups[0].Destinations[0].Enabled.ShouldBeFalse();
        var off = await _world.PatchAsync(again, """{"enabled":false}""");
        var kept = off.SubAudiences[0].Groups[0].Destinations[0];
        (await _world.Destinations.PatchAsync(kept.Id, JsonElement.Parse("""{"enabled":true}"""), kept.ETag, true, default)).ShouldBeRefused("validation_failed")
            .Faults.ShouldHaveSingleItem().Code.ShouldBe("owner_disabled");
    }

    [Fact]
    public async Task Destination_OfAGroup_KeepsItsSourceAndItsCampaignsSchedule()
    {
        var destination = (await _world.CreateAsync(CampaignWorld.Body())).SubAudiences[0].Groups[0].Destinations[0];

        foreach (var (patch, expected) in new[]
        {
            ("""{"segmentId":"seg_all"}""", "/segmentId immutable"),
            ("""{"source":{"groupId":"grp_other"}}""", "/source immutable"),
            ("""{"schedule":{"intervalMinutes":15}}""", "/schedule owner_schedule"),
        })
        {
            (await _world.Destinations.PatchAsync(destination.Id, JsonElement.Parse(patch), destination.ETag, true, default)).ShouldBeRefused("validation_failed")
                .Faults.Select(fault => $"{fault.Pointer} {fault.Code}").ShouldBe([expected]);
        }

        var renamed = (await _world.Destinations.PatchAsync(destination.Id, JsonElement.Parse("""{"name":"Mine"}"""), destination.ETag, true, default)).ShouldBeOk();
        (renamed.Name, renamed.Enabled, renamed.KeptOff).ShouldBe(("Mine", false, false));
    }

    /// <summary>A destination may also be made on its own, for a group that is there.</summary>
    [Fact]
    public async Task CreateDestination_ForAGroup_JoinsTheCampaign()
    {
        var campaign = await _world.PatchAsync(await _world.CreateAsync(CampaignWorld.Body()), """{"enabled":true}""");
        _world.Runs.Take();
        var (sub, groups) = (campaign.SubAudiences[0].Id, campaign.SubAudiences[0].Groups);

        var made = (await _world.Destinations.CreateAsync(Of(groups[0].Id), default)).ShouldBeOk();
        (made.Enabled, made.Schedule).ShouldBe((true, campaign.Schedule.Runs));
        _world.Runs.Take().ShouldBe(["first"]);
        (await _world.GetAsync(campaign.Id)).SubAudiences[0].Groups[0].Destinations.Select(destination => destination.Id).ShouldContain(made.Id);

        (await _world.Destinations.CreateAsync(Of(groups[1].Id), default)).ShouldBeRefused("validation_failed").Faults.ShouldHaveSingleItem().Code.ShouldBe("control_group");
        (await _world.Destinations.CreateAsync(Of("grp_none"), default)).ShouldBeRefused("validation_failed").Faults.ShouldHaveSingleItem().Code.ShouldBe("unknown_group");

        JsonElement Of(string group) => JsonElement.Parse(
            $$"""{"source":{"campaignId":"{{campaign.Id}}","subAudienceId":"{{sub}}","groupId":"{{group}}"},{{CampaignWorld.Destination("Second")[1..]}}""");
    }

    [Fact]
    public async Task Delete_Leave_TakesTheDestinationsWithIt()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());

        (await _world.Campaigns.DeleteAsync(campaign.Id, "\"0\"", RemoteMembers.Leave, default)).ShouldBeRefused("etag_mismatch");
        (await _world.Campaigns.DeleteAsync(campaign.Id, campaign.ETag, RemoteMembers.Leave, default)).ShouldBeOk().Started.ShouldBeEmpty();

        (await _world.Campaigns.GetAsync(campaign.Id, default)).ShouldBeRefused("not_found");
        (await _world.DestinationStore.ListAllAsync(default).ToListAsync()).ShouldBeEmpty();
        _world.Runs.Take().ShouldBe(["cancel", "forget"]);
    }

    [Fact]
    public async Task Delete_CleanUp_StartsARunForEachDestination()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());

        var started = (await _world.Campaigns.DeleteAsync(campaign.Id, campaign.ETag, RemoteMembers.CleanUp, default)).ShouldBeOk().Started.ShouldHaveSingleItem();

        started.DestinationId.ShouldBe(campaign.SubAudiences[0].Groups[0].Destinations[0].Id);
        (await _world.DestinationStore.GetAsync(started.DestinationId, default))!.Deleting.ShouldBeTrue();
        (await _world.Campaigns.GetAsync(campaign.Id, default)).ShouldBeRefused("not_found");
    }

    /// <summary>A stop between the campaign and its destinations is mended by the next change.</summary>
    [Fact]
    public async Task Change_DestinationsOfGroupsThatAreGone_GoToo()
    {
        var campaign = await _world.CreateAsync(CampaignWorld.Body());
        var document = (await _world.Store.GetAsync(campaign.Id, default))!;
        await _world.Store.TryReplaceAsync(document with { SubAudiences = [] }, default);

        await _world.PatchAsync(campaign, """{"name":"Summer"}""");

        (await _world.DestinationStore.ListAllAsync(default).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Segments_OfACampaign_AreInUse_AndLockedWhileItRuns()
    {
        var campaign = await _world.CreateAsync($$"""
            {"name":"Spring","segmentId":"seg_all","exclusions":["seg_staff"],
             "subAudiences":[{"name":"VIP","rules":{"segment":"seg_vip"},"groups":[{"share":100,"destinations":[{{CampaignWorld.Destination("Mail")}}]}]}]}
            """);

        foreach (var id in new[] { "seg_all", "seg_staff", "seg_vip" })
        {
            var users = (await _world.Segments.ReferencesAsync(id, default)).ShouldBeOk();
            users.Select(user => (user.Type, user.Locks)).ShouldBe([("campaign", false), ("destination", false)], id);
            users[0].Id.ShouldBe(campaign.Id);
            (await _world.Segments.DeleteAsync(id, "*", default)).ShouldNotBeNull().Detail.ShouldNotBeNull().ShouldContain("campaign 'Spring'");
            (await _world.Segments.GetAsync(id, default)).ShouldBeOk().Locked.ShouldBeFalse();
        }

        var on = await _world.PatchAsync(campaign, """{"enabled":true}""");
        foreach (var id in new[] { "seg_all", "seg_staff", "seg_vip" })
        {
            var refusal = (await _world.Segments.PatchAsync(id, JsonElement.Parse("""{"rules":{"attr":"x","op":"exists"}}"""), "*", default)).ShouldBeRefused("segment_locked");
            refusal.Extensions!["lockedBy"]!.AsArray().Select(user => user!["type"]!.GetValue<string>()).ShouldBe(["campaign", "destination"]);
        }

        (await _world.Segments.PatchAsync("seg_all", JsonElement.Parse("""{"visibility":"private"}"""), "*", default)).ShouldBeRefused("segment_in_use");
        (await _world.Segments.PatchAsync("seg_staff", JsonElement.Parse("""{"visibility":"private"}"""), "*", default)).ShouldBeOk().Visibility.ShouldBe(SegmentVisibility.Private);

        await _world.Campaigns.DeleteAsync(on.Id, on.ETag, RemoteMembers.Leave, default);
        (await _world.Segments.DeleteAsync("seg_all", "*", default)).ShouldBeNull();
    }
}
