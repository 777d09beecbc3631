using System.Text.Json;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

public sealed class DestinationServiceTests
{
    private readonly DestinationWorld _world = new();

    [Fact]
    public async Task Create_SoundBody_HasTheShapeOfTheContract()
    {
        var view = await _world.CreateAsync();

        JsonSerializer.Serialize(view, DestinationJson.Default.DestinationView).ShouldBe(
            $$$"""
            {"id":"{{{view.Id}}}","key":"lapsed-to-hook","name":"Lapsed \u2192 Hook","description":"Of a test.","source":{"segmentId":"seg_shared"},
            "connectionId":"con_open","audience":{"name":"Lapsed loyal","externalId":null},"mode":"mirror","enabled":true,"autoSync":true,
            "schedule":{"intervalMinutes":360},"consentPurpose":null,
            "mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"email","to":"email"},{"template":"{{country}}-{{orders}}","to":"label"}],
            "mappingVersion":1,"filters":[],"firstRun":"backfill",
            "guards":{"maxRemovePercent":20,"maxRemoveCount":100,"maxAddPercent":100,"maxInvalidPercent":5},
            "state":"pending","lastRun":null,"nextRunAt":"2026-01-01T00:00:00Z",
            "createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z","etag":{{{JsonSerializer.Serialize(view.ETag)}}}}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public async Task Patch_Filters_AreKeptAsSentAndRaiseTheMappingVersionWhereFieldsChange()
    {
        var view = await _world.CreateAsync();
        const string Filters = """
            [{"action":"drop","name":"Staff","if":{"all":[{"attr":"tags","op":"contains","value":"staff"},{"not":{"segment":"seg_other"}}]}},{"action":"sample","percent":12.5,"salt":"s"},{"action":"sample","percent":0}]
            """;

        var filtered = await _world.PatchAsync(view, $$"""{"filters":{{Filters}}}""");
        var denied = await _world.PatchAsync(filtered, """{"filters":[{"action":"deny","when":{"attr":"vip","op":"eq","value":false},"fields":["email"]}]}""");
        var named = await _world.PatchAsync(denied, """{"name":"Other"}""");

        JsonSerializer.Serialize(filtered.Filters, DestinationJson.Default.ImmutableArrayMemberFilter).ShouldBe(Filters.Trim());
        JsonSerializer.Serialize(named.Filters, DestinationJson.Default.ImmutableArrayMemberFilter)
            .ShouldBe("""[{"action":"deny","if":{"attr":"vip","op":"eq","value":false},"fields":["email"]}]""");
        (filtered.MappingVersion, denied.MappingVersion, named.MappingVersion).ShouldBe((1, 2, 2));
        (await _world.PatchAsync(named, """{"filters":null}""")).ShouldSatisfyAllConditions(none => none.Filters.ShouldBeEmpty(), none => none.MappingVersion.ShouldBe(3));
    }

    [Fact]
    public async Task Patch_MappingLosesAFieldThatAFilterNames_IsRefused()
    {
        var view = await _world.CreateAsync(Changed("""{"filters":[{"action":"deny","fields":["label"]}]}"""));

        (await _world.TryPatchAsync(view, """{"mapping":[{"from":"id","to":"user_id","identifier":true}]}""")).ShouldBeRefused("validation_failed")
            .Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldBe([("/filters/0/fields/0", "unknown_field")]);
    }

    [Fact]
    public async Task Create_EnabledAndAutoSync_StartsTheFirstRun()
    {
        var view = await _world.CreateAsync();

        _world.Runs.Take().ShouldBe(["first"]);
        (await _world.States.GetAsync(view.Id, default))!.NextRunAt.ShouldBe(_world.Time.GetUtcNow(), "due at once, should we be stopped before the run is there");
    }

    [Theory]
    [InlineData("""{"enabled":false}""", DestinationCondition.Disabled)]
    [InlineData("""{"autoSync":false}""", DestinationCondition.Pending)]
    public async Task Create_NotEnabledOrByHand_StartsNothing(string change, DestinationCondition state)
    {
        var view = await _world.CreateAsync(Changed(change));

        _world.Runs.Take().ShouldBeEmpty();
        (view.State, view.NextRunAt).ShouldBe((state, null));
    }

    [Fact]
    public async Task Create_BareBody_TakesNamesFromTheSegment()
    {
        var view = await _world.CreateAsync("""{"segmentId":"seg_shared","connectionId":"con_open","mapping":[{"from":"id","to":"id","identifier":true}]}""");

        (view.Key, view.Name, view.Description, view.Audience.Name).ShouldBe(("lapsed-loyal", "Lapsed loyal", "Of a test.", "Lapsed loyal"));
        view.Schedule.ShouldBe(Schedule.Default);
        (await _world.CreateAsync("""{"segmentId":"seg_shared","connectionId":"con_open","mapping":[{"from":"id","to":"id","identifier":true}]}""")).Key.ShouldBe("lapsed-loyal-2");
    }

    [Fact]
    public async Task Create_FromDefaults_TakesWhatTheBodyLeavesOut()
    {
        await _world.SetDefaultsAsync("con_open", """
            {"mode":"upsert","intervalMinutes":60,"mapping":[{"from":"email","to":"mail","identifier":true}],"audienceName":"AS {{segment.name | upper}}"}
            """);

        var view = await _world.CreateAsync("""{"segmentId":"seg_shared","connectionId":"con_open","fromDefaults":true}""");
        var own = await _world.CreateAsync("""{"segmentId":"seg_shared","connectionId":"con_open","fromDefaults":true,"mode":"addOnly","audience":{"name":"Mine"}}""");

        view.Mode.ShouldBe(DestinationMode.Upsert);
        view.Schedule.IntervalMinutes.ShouldBe(60);
        view.Mapping.ShouldHaveSingleItem().To.ShouldBe("mail");
        view.Audience.Name.ShouldBe("AS LAPSED LOYAL");
        (own.Mode, own.Audience.Name).ShouldBe((DestinationMode.AddOnly, "Mine"));
    }

    [Theory]
    [InlineData("""{"guards":{}}""", 20, 100)]
    [InlineData("""{"guards":{"maxRemovePercent":null}}""", null, null)]
    [InlineData("""{"guards":{"maxRemovePercent":null,"maxRemoveCount":5}}""", null, 5)]
    [InlineData("""{"guards":{"maxRemoveCount":null}}""", 20, null)]
    public async Task Create_BoundsOfRemovals_AreTheDefaultsWhereLeftOut(string changes, int? percent, int? count)
    {
        var view = await _world.CreateAsync(Changed(changes));

        (view.Guards.MaxRemovePercent, view.Guards.MaxRemoveCount).ShouldBe((percent, count));
    }

    [Fact]
    public async Task Create_KeyTaken_IsAConflict()
    {
        await _world.CreateAsync();
        _world.Runs.Take();

        (await _world.Service.CreateAsync(JsonElement.Parse(DestinationWorld.Body), default)).ShouldBeRefused("key_taken").Kind.ShouldBe(RefusalKind.Conflict);
        _world.Runs.Take().ShouldBeEmpty();
    }

    [Fact]
    public async Task Patch_Members_MergesThem()
    {
        var created = await _world.CreateAsync(Changed("""{"guards":{"maxRemoveCount":7},"consentPurpose":"marketing"}"""));

        var view = await _world.PatchAsync(created, """{"description":null,"audience":{"externalId":"list-9"},"guards":{"maxRemovePercent":null},"consentPurpose":null}""");

        view.Description.ShouldBe("Of a test.", "cleared, it comes from the segment again");
        view.Audience.ShouldBe(new("Lapsed loyal", "list-9"));
        view.Guards.ShouldBe(new Guards { MaxRemovePercent = null, MaxRemoveCount = 7 });
        view.ConsentPurpose.ShouldBeNull();
        view.Mapping.ShouldBe(created.Mapping);
        view.MappingVersion.ShouldBe(1);
    }

    [Fact]
    public async Task Patch_Mapping_RaisesItsVersionOnlyWhenItChanges()
    {
        var created = await _world.CreateAsync();
        const string mapping = """{"mapping":[{"from":"id","to":"user_id","identifier":true}]}""";

        var changed = await _world.PatchAsync(created, mapping);
        var same = await _world.PatchAsync(changed, mapping);

        changed.MappingVersion.ShouldBe(2);
        same.MappingVersion.ShouldBe(2);
    }

    [Fact]
    public async Task Patch_AnswerSentBackWhole_ChangesNothingButTheTime()
    {
        var created = await _world.CreateAsync();
        _world.Time.Advance(TimeSpan.FromMinutes(1));

        var view = await _world.PatchAsync(created, JsonSerializer.Serialize(created, DestinationJson.Default.DestinationView));

        JsonSerializer.Serialize(view with { UpdatedAt = created.UpdatedAt, ETag = created.ETag }, DestinationJson.Default.DestinationView)
            .ShouldBe(JsonSerializer.Serialize(created, DestinationJson.Default.DestinationView));
    }

    [Theory]
    [InlineData("""{"key":"other"}""", "/key", "immutable")]
    [InlineData("""{"connectionId":"con_files"}""", "/connectionId", "immutable")]
    [InlineData("""{"audience":{"externalId":"other"}}""", "/audience/externalId", "immutable")]
    [InlineData("""{"mode":"events"}""", "/mode", "immutable")]
    [InlineData("""{"fromDefaults":true}""", "/fromDefaults", "only_on_create")]
    [InlineData("""{"segmentId":"seg_private"}""", "/segmentId", "segment_private")]
    [InlineData("""{"enabled":null,"nmae":"x"}""", "/nmae", "unknown_field")]
    [InlineData("""{"mapping":[]}""", "/mapping", "identifier_missing")]
    [InlineData("""[]""", "", "wrong_type")]
    public async Task Patch_FaultyChange_IsRefusedAndNothingChanges(string patch, string pointer, string code)
    {
        var created = await _world.CreateAsync(Changed("""{"audience":{"externalId":"list-9"}}"""));

        (await _world.TryPatchAsync(created, patch)).ShouldBeRefused("validation_failed")
            .Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldContain((pointer, code));

        (await _world.Service.GetAsync(created.Id, default)).ShouldBeOk().ETag.ShouldBe(created.ETag);
    }

    [Fact]
    public async Task Patch_StaleETag_IsRefusedWithTheCurrentOne()
    {
        var created = await _world.CreateAsync();
        var changed = await _world.PatchAsync(created, """{"name":"New"}""");

        (await _world.TryPatchAsync(created, """{"name":"Mine"}""")).ShouldBeRefused("etag_mismatch").Extensions!["etag"]!.GetValue<string>().ShouldBe(changed.ETag);
        (await _world.Service.PatchAsync(created.Id, JsonElement.Parse("""{"name":"Mine"}"""), ETags.Any, true, default)).ShouldBeOk();
    }

    [Fact]
    public async Task Patch_RunsWroteTheStateMeanwhile_KeepsTheETagGood()
    {
        var created = await _world.CreateAsync();
        await _world.States.UpdateAsync(created.Id, state => state with { State = DestinationCondition.Healthy, LastRunId = "run_1", LastRunStatus = "succeeded" }, default);

        var view = await _world.PatchAsync(created, """{"name":"New"}""");

        (view.State, view.LastRun).ShouldBe((DestinationCondition.Healthy, new LastRun("run_1", "succeeded")));
    }

    [Fact]
    public async Task Patch_Operator_MaySwitchButNotEdit()
    {
        var created = await _world.CreateAsync();

        (await _world.TryPatchAsync(created, """{"enabled":false,"name":"x"}""", mayEdit: false)).ShouldBeRefused("forbidden").Kind.ShouldBe(RefusalKind.Forbidden);
        (await _world.TryPatchAsync(created, """{"enabled":false}""", mayEdit: false)).ShouldBeOk().State.ShouldBe(DestinationCondition.Disabled);
    }

    [Fact]
    public async Task Patch_Disable_CancelsTheActiveRun()
    {
        var created = await _world.CreateAsync();
        _world.Runs.Take();

        await _world.PatchAsync(created, """{"enabled":false}""");

        _world.Runs.Take().ShouldBe(["cancel"]);
    }

    [Fact]
    public async Task Patch_DisableWhileTheSegmentHasBecomePrivate_Works()
    {
        var created = await _world.CreateAsync();
        _world.AddSegment("seg_shared", "Lapsed loyal", SegmentVisibility.Private);

        var disabled = await _world.PatchAsync(created, """{"enabled":false}""");

        (await _world.TryPatchAsync(disabled, """{"enabled":true}""")).ShouldBeRefused("validation_failed");
    }

    [Fact]
    public async Task Patch_EnableOneThatNeverRan_StartsItsFirstRun()
    {
        var created = await _world.CreateAsync(Changed("""{"enabled":false}"""));

        var enabled = await _world.PatchAsync(created, """{"enabled":true}""");

        _world.Runs.Take().ShouldBe(["first"]);
        await _world.States.UpdateAsync(created.Id, state => state with { LastRunId = "run_1" }, default);
        var disabled = await _world.PatchAsync(enabled, """{"enabled":false}""");
        await _world.PatchAsync(disabled, """{"enabled":true}""");
        _world.Runs.Take().ShouldBe(["cancel"], "one that ran before waits for its schedule");
    }

    [Fact]
    public async Task Patch_Schedule_PlansTheNextRunAnew()
    {
        var created = await _world.CreateAsync();
        await _world.States.UpdateAsync(created.Id, state => state with { LastRunId = "run_1", NextRunAt = _world.Time.GetUtcNow().AddHours(6) }, default);

        var view = await _world.PatchAsync(created, """{"schedule":{"intervalMinutes":30}}""");

        view.NextRunAt.ShouldBe(_world.Time.GetUtcNow().AddMinutes(30));
    }

    [Fact]
    public async Task Patch_ScheduleOfTheOtherKind_TakesThePlaceOfTheOld()
    {
        var created = await _world.CreateAsync();

        var cron = await _world.PatchAsync(created, """{"schedule":{"cron":"0 0 6 * * *","timeZone":"Europe/Berlin"}}""");
        var zone = await _world.PatchAsync(cron, """{"schedule":{"timeZone":"UTC"}}""");
        var interval = await _world.PatchAsync(zone, """{"schedule":{"intervalMinutes":60}}""");

        cron.Schedule.ShouldBe(new() { Cron = "0 0 6 * * *", TimeZone = "Europe/Berlin" });
        zone.Schedule.ShouldBe(new() { Cron = "0 0 6 * * *", TimeZone = "UTC" });
        interval.Schedule.ShouldBe(new() { IntervalMinutes = 60 });
    }

    [Fact]
    public async Task Delete_Leave_ForgetsEverything()
    {
        var created = await _world.CreateAsync();
        _world.Runs.Take();

        (await _world.Service.DeleteAsync(created.Id, created.ETag, default)).ShouldBeOk();

        _world.Runs.Take().ShouldBe(["cancel", "forget"]);
        (await _world.Service.GetAsync(created.Id, default)).ShouldBeRefused("not_found");
        (await _world.States.GetAsync(created.Id, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Delete_StaleETag_LeavesEverything()
    {
        var created = await _world.CreateAsync();
        await _world.PatchAsync(created, """{"name":"New"}""");
        _world.Runs.Take();

        (await _world.Service.DeleteAsync(created.Id, created.ETag, default)).ShouldBeRefused("etag_mismatch");
        (await _world.Service.CleanUpAsync(created.Id, created.ETag, default)).ShouldBeRefused("etag_mismatch");

        _world.Runs.Take().ShouldBeEmpty();
    }

    [Fact]
    public async Task CleanUp_Destination_IsDeletingUntilItsRunIsDone()
    {
        var created = await _world.CreateAsync();
        _world.Runs.Take();

        (await _world.Service.CleanUpAsync(created.Id, created.ETag, default)).ShouldBeOk().Id.ShouldBe("run_1");

        _world.Runs.Take().ShouldBe(["cancel", "clean up"]);
        var view = (await _world.Service.GetAsync(created.Id, default)).ShouldBeOk();
        view.Deleting.ShouldBeTrue();
        (await _world.TryPatchAsync(view, """{"enabled":false}""")).ShouldBeRefused("deleting");
        (await _world.Service.CleanUpAsync(view.Id, view.ETag, default)).ShouldBeOk();
        (await _world.Service.DeleteAsync(view.Id, view.ETag, default)).ShouldBeOk();
    }

    [Fact]
    public async Task CleanUp_Refused_LeavesTheDestinationAsItWas()
    {
        var created = await _world.CreateAsync();
        _world.Runs.RefusesCleanUp = Refusal.Conflict("cannot_remove", "No removals", "The platform cannot remove.");

        (await _world.Service.CleanUpAsync(created.Id, created.ETag, default)).ShouldBeRefused("cannot_remove");

        (await _world.Service.GetAsync(created.Id, default)).ShouldBeOk().Deleting.ShouldBeFalse();
    }

    [Fact]
    public async Task Usage_Destinations_LockTheirSegmentWhileTheyRunByThemselves()
    {
        var usage = new DestinationUsage(_world.Store);
        var locking = await _world.CreateAsync();
        var idle = await _world.CreateAsync(Changed("""{"key":"idle","enabled":false}"""));
        var manual = await _world.CreateAsync(Changed("""{"key":"manual","autoSync":false}"""));

        (await usage.ReadAsync(default)).ToDictionary(use => use.User.Id, use => (use.SegmentId, use.User.Locks, use.NeedsShared)).ShouldBe(
            new Dictionary<string, (string, bool, bool)>
            {
                [locking.Id] = ("seg_shared", true, true),
                [idle.Id] = ("seg_shared", false, true),
                [manual.Id] = ("seg_shared", false, true),
            },
            ignoreOrder: true);
        (await usage.UsersOfAsync("con_open", default)).Length.ShouldBe(3);
        (await usage.UsersOfAsync("con_files", default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task UpdateState_WrittenByAnotherMeanwhile_ChangesWhatTheOtherWrote()
    {
        _world.States.BeforeWrite = () =>
        {
            _world.States.BeforeWrite = null;
            _world.States.UpdateAsync("dst_1", state => state with { LastRunId = "run_7" }, default).GetAwaiter().GetResult();
        };

        var state = await _world.States.UpdateAsync("dst_1", state => state with { State = DestinationCondition.Held }, default);

        (state.LastRunId, state.State).ShouldBe(("run_7", DestinationCondition.Held));
    }

    private static string Changed(string change) =>
        MergePatch.Apply(JsonElement.Parse(DestinationWorld.Body), JsonElement.Parse(change)).GetRawText();
}
