using System.Text.Json;
using AudienceSync.Connections;
using AudienceSync.Destinations;
using AudienceSync.Fakes;

namespace AudienceSync.Journeys;

/// <summary>Journeys as callers make, change and delete them, and what becomes of their destinations.</summary>
public sealed class JourneyServiceTests
{
    private readonly JourneyWorld _world = new();

    [Theory]
    [InlineData("Opened email", "^j_o_opened_email__[a-z0-9]{6}$")]
    [InlineData("Größe: XL (new)", "^j_o_gro_e_xl_new__[a-z0-9]{6}$")]
    [InlineData("日本", "^j_o_step__[a-z0-9]{6}$")]
    [InlineData("Wer die erste Nachricht geöffnet, aber in den vierzehn Tagen danach nichts gekauft hat", "^j_o_wer_die_erste_nachricht_geoffnet_aber_in_den_vierzehn_tage__[a-z0-9]{6}$")]
    [InlineData(" __ 100 % -- ", "^j_o_100__[a-z0-9]{6}$")]
    public async Task Create_Step_GetsAKeyMadeFromItsName(string name, string pattern)
    {
        var journey = await _world.CreateAsync(JourneyWorld.Body(name));

        journey.Steps.ShouldHaveSingleItem().Key.ShouldMatch(pattern);
        (await _world.CreateAsync(JourneyWorld.Body(name))).Steps[0].Key.ShouldNotBe(journey.Steps[0].Key);
    }

    [Fact]
    public async Task Create_Journey_MakesDestinationsThatOnlyAdd()
    {
        var journey = await _world.CreateAsync();

        (journey.Id[..4], journey.Key, journey.Enabled).ShouldBe(("jrn_", "welcome", true));
        var destination = journey.Steps[0].Destinations.ShouldHaveSingleItem();
        destination.Source.ShouldBe(new DestinationSource.OfStep(journey.Id, journey.Steps[0].Key));
        (destination.Mode, destination.Enabled, destination.Name).ShouldBe((DestinationMode.AddOnly, true, "Welcome · Opened email"));
        _world.Runs.Take().ShouldBe(["first"]);
    }

    [Fact]
    public async Task Create_Modes_AreThoseOfAStep()
    {
        var both = await _world.CreateAsync(JourneyWorld.Body(destinations: JourneyWorld.Destination(more: ""","mode":"events" """)));
        both.Steps[0].Destinations[0].Mode.ShouldBe(DestinationMode.Events);

        (await _world.FaultsOfAsync(JourneyWorld.Body(destinations: JourneyWorld.Destination(more: ""","mode":"mirror" """)))).ShouldBe(["/steps/0/destinations/0/mode mode_adds_only"]);
    }

    [Theory]
    [InlineData("""{}""", "/name required")]
    [InlineData("""{"name":"x","steps":[{}]}""", "/steps/0/name required", "/steps/0/destinations required")]
    [InlineData("""{"name":"x","steps":[{"name":"a","destinations":[]}]}""", "/steps/0/destinations required")]
    [InlineData("""{"name":"x","steps":[{"name":"a","nmae":"b"},{"name":"a"}]}""", "/steps/0/nmae unknown_field", "/steps/0/destinations required", "/steps/1/destinations required")]
    [InlineData("""{"name":"x","key":"No key","enabled":1}""", "/enabled wrong_type", "/key invalid_key")]
    public async Task Create_Faulty_TellsWhere(string body, params string[] expected) => (await _world.FaultsOfAsync(body)).ShouldBe(expected, ignoreOrder: true);

    [Theory]
    [InlineData("""{"name":"a","destinations":[$con_refused]}""", "/steps/0/destinations/0/connectionId not_connected")]
    [InlineData("""{"name":"a","destinations":[$con_none]}""", "/steps/0/destinations/0/connectionId unknown_connection")]
    [InlineData("""{"name":"a","entry":{"segmentId":"seg_none"},"destinations":[$con_open]}""", "/steps/0/entry/segmentId unknown_segment")]
    [InlineData("""{"name":"a","entry":{"segmentId":"seg_private"},"destinations":[$con_open]}""", "/steps/0/entry/segmentId segment_private")]
    [InlineData("""{"name":"a","entry":{},"destinations":[$con_open]}""", "/steps/0/entry/segmentId required")]
    [InlineData("""{"name":"a","key":"j_o_mine__abc123","destinations":[$con_open]}""", "/steps/0/key unknown_step")]
    public async Task Create_FaultyStep_TellsWhere(string step, string expected)
    {
        foreach (var connection in new[] { "con_refused", "con_none", "con_open" })
        {
            step = step.Replace($"${connection}", JourneyWorld.Destination(connection: connection), StringComparison.Ordinal);
        }

        _world.Platform.IsAuthorized = false;

        (await _world.FaultsOfAsync($$"""{"name":"x","steps":[{{step}}]}""")).ShouldBe([expected]);
        (await _world.DestinationStore.ListAllAsync(default).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Create_DisabledDestination_IsRefused() => (await _world.FaultsOfAsync(JourneyWorld.Body(destinations: JourneyWorld.Destination(more: ""","enabled":false"""))))
        .ShouldBe(["/steps/0/destinations/0/enabled destination_disabled"]);

    /// <summary>What is not known to work is tried out.</summary>
    [Fact]
    public async Task Create_ConnectionNeverChecked_IsCheckedFirst()
    {
        _world.Platform.IsAuthorized = false;
        (await _world.FaultsOfAsync(JourneyWorld.Body(destinations: JourneyWorld.Destination(connection: "con_new")))).ShouldBe(["/steps/0/destinations/0/connectionId not_connected"]);

        _world.Platform.IsAuthorized = true;
        await _world.CreateAsync(JourneyWorld.Body(destinations: JourneyWorld.Destination(connection: "con_new")));

        (await _world.Connections.GetAsync("con_new", default))!.Status.ShouldBe(ConnectionStatus.Healthy);
    }

    [Fact]
    public async Task Patch_Steps_KeepKeysByKeyOrName_AndDropTheOthers()
    {
        var journey = await _world.CreateAsync($$"""{"name":"Welcome","steps":[{"name":"One","destinations":[{{JourneyWorld.Destination("A")}}]},{"name":"Two","destinations":[{{JourneyWorld.Destination("B")}}]},{"name":"Three","destinations":[{{JourneyWorld.Destination("C")}}]}]}""");

        var patched = await _world.PatchAsync(journey, $$$"""
            {"name":"Welcome!","steps":[{"name":"Two"},{"key":"{{{journey.Steps[0].Key}}}","name":"First","entry":{"segmentId":"seg_1"}},{"name":"New","destinations":[{{{JourneyWorld.Destination("D")}}}]}]}
            """);

        patched.Name.ShouldBe("Welcome!");
        patched.Steps.Select(step => step.Key).Take(2).ShouldBe([journey.Steps[1].Key, journey.Steps[0].Key]);
        patched.Steps.Select(step => (step.Name, step.Entry?.SegmentId, step.Destinations.Single().Audience.Name)).ShouldBe([("Two", null, "B"), ("First", "seg_1", "A"), ("New", null, "D")]);
        (await _world.DestinationStore.ListAllAsync(default).CountAsync()).ShouldBe(3);
        JourneyWorld.FaultsOf(await _world.TryPatchAsync(patched, """{"steps":[{"name":"Two","destinations":[]}]}""")).ShouldBe(["/steps/0/destinations required"]);
    }

    /// <summary>Keys tell steps of one name apart; sent again, each keeps its own.</summary>
    [Fact]
    public async Task Steps_OfOneName_HaveKeysOfTheirOwn()
    {
        var journey = await _world.CreateAsync($$"""{"name":"Welcome","steps":[{"name":"Mail","destinations":[{{JourneyWorld.Destination("A")}}]},{"name":"Mail","destinations":[{{JourneyWorld.Destination("B")}}]}]}""");
        var keys = journey.Steps.Select(step => step.Key).ToList();

        keys.Distinct().Count().ShouldBe(2);
        var patched = await _world.PatchAsync(journey, $$"""{"steps":[{"name":"Mail"},{"name":"Mail"},{"name":"Mail","destinations":[{{JourneyWorld.Destination("C")}}]}]}""");
        patched.Steps.Select(step => step.Key).Take(2).ShouldBe(keys);
        patched.Steps.Select(step => step.Destinations.Single().Audience.Name).ShouldBe(["A", "B", "C"]);
        JourneyWorld.FaultsOf(await _world.TryPatchAsync(patched, $$"""{"steps":[{"key":"{{keys[0]}}","name":"Mail"},{"key":"{{keys[0]}}","name":"Mail"}]}""")).ShouldContain("/steps/1/key duplicate_key");
    }

    /// <summary>An answer that is sent back as it came changes nothing.</summary>
    [Fact]
    public async Task Patch_WithTheAnswerItself_ChangesNothing()
    {
        var journey = await _world.PatchAsync(await _world.CreateAsync(JourneyWorld.Body(more: ""","entry":{"segmentId":"seg_1"}""")), """{"enabled":false}""");

        var patched = await _world.PatchAsync(journey, JsonSerializer.Serialize(journey, JourneysJson.Default.JourneyView));

        (patched.Steps[0].Key, patched.Steps[0].Entry, patched.Steps[0].Destinations[0].Id).ShouldBe((journey.Steps[0].Key, journey.Steps[0].Entry, journey.Steps[0].Destinations[0].Id));
        var on = await _world.PatchAsync(patched, """{"enabled":true}""");
        on.Steps[0].Destinations[0].Enabled.ShouldBeTrue();
    }

    [Fact]
    public async Task Patch_Enabled_SwitchesTheDestinations()
    {
        var journey = await _world.CreateAsync();
        _world.Runs.Take();

        var off = (await _world.TryPatchAsync(journey, """{"enabled":false}""", mayEdit: false)).ShouldBeOk();

        off.Steps[0].Destinations[0].Enabled.ShouldBeFalse();
        _world.Runs.Take().ShouldBe(["cancel"]);
        (await _world.TryPatchAsync(journey, """{"enabled":true}""")).ShouldBeRefused("etag_mismatch");
        (await _world.TryPatchAsync(off, """{"name":"Mine"}""", mayEdit: false)).ShouldBeRefused("forbidden");
        (await _world.PatchAsync(off, """{"enabled":true}""")).Steps[0].Destinations[0].Enabled.ShouldBeTrue();
    }

    [Fact]
    public async Task Destination_OfAStep_KeepsItsModeAndSource()
    {
        var destination = (await _world.CreateAsync()).Steps[0].Destinations[0];

        JourneyWorld.FaultsOf(await _world.Destinations.PatchAsync(destination.Id, JsonElement.Parse("""{"mode":"mirror"}"""), destination.ETag, true, default)).ShouldBe(["/mode mode_adds_only"]);
        JourneyWorld.FaultsOf(await _world.Destinations.PatchAsync(destination.Id, JsonElement.Parse("""{"segmentId":"seg_1"}"""), destination.ETag, true, default)).ShouldBe(["/segmentId immutable"]);
        (await _world.Destinations.PatchAsync(destination.Id, JsonElement.Parse("""{"schedule":{"intervalMinutes":15}}"""), destination.ETag, true, default)).ShouldBeOk().Schedule.IntervalMinutes.ShouldBe(15);
    }

    [Fact]
    public async Task Segment_OfAnEntry_IsInUseAndLocked()
    {
        var journey = await _world.CreateAsync(JourneyWorld.Body(more: ""","entry":{"segmentId":"seg_1"}"""));

        (await _world.Segments.ReferencesAsync("seg_1", default)).ShouldBeOk().Select(user => (user.Type, user.Locks)).ShouldBe([("journey", true), ("destination", true)]);
        (await _world.Segments.DeleteAsync("seg_1", "*", default)).ShouldNotBeNull().Detail.ShouldNotBeNull().ShouldContain("journey 'Welcome'");
        (await _world.Segments.PatchAsync("seg_1", JsonElement.Parse("""{"rules":{"attr":"x","op":"exists"}}"""), "*", default)).ShouldBeRefused("segment_locked");

        await _world.Journeys.DeleteAsync(journey.Id, journey.ETag, RemoteMembers.Leave, default);
        (await _world.Segments.DeleteAsync("seg_1", "*", default)).ShouldBeNull();
    }

    [Fact]
    public async Task Delete_CleanUp_StartsARunForEachDestination()
    {
        var journey = await _world.CreateAsync();
        _world.Runs.Take();

        (await _world.Journeys.DeleteAsync(journey.Id, "\"0\"", RemoteMembers.Leave, default)).ShouldBeRefused("etag_mismatch");
        (await _world.Journeys.DeleteAsync(journey.Id, journey.ETag, RemoteMembers.CleanUp, default)).ShouldBeOk().Length.ShouldBe(1);

        _world.Runs.Take().ShouldBe(["cancel", "clean up"]);
        (await _world.Journeys.GetAsync(journey.Id, default)).ShouldBeRefused("not_found");
    }
}
