using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;

namespace AudienceSync.Journeys;

/// <summary>Entries into steps: what becomes of each id, and of the profiles.</summary>
public sealed class EntryServiceTests
{
    private readonly JourneyWorld _world = new();

    [Fact]
    public async Task Enter_KnownAndUnknown_AreAnsweredOneByOne()
    {
        var journey = await _world.CreateAsync();
        await _world.Profiles.SendAsync("""{"op":"identify","id":"a"}""", """{"op":"identify","id":"b"}""");
        _world.Runs.Take();

        var answer = (await _world.TryEnterAsync(journey, """{"profileIds":["a","nobody",7,"","b","a"]}""")).ShouldBeOk();

        (answer.Accepted, answer.Failed).ShouldBe((3, 3));
        answer.Results.Select(result => (result.Index, result.ProfileId, result.Status, result.Code, result.Pointer)).ShouldBe(
        [
            (0, "a", 200, null, null),
            (1, "nobody", 404, "unknown_profile", "/profileIds/1"),
            (2, null, 422, "invalid_id", "/profileIds/2"),
            (3, null, 422, "invalid_id", "/profileIds/3"),
            (4, "b", 200, null, null),
            (5, "a", 200, null, null),
        ]);
        _world.Runs.Take().ShouldBe(["soon"]);
        (await MembersAsync(journey)).ShouldBe(["a", "b"], ignoreOrder: true);
    }

    [Fact]
    public async Task Enter_NobodyKnown_StartsNothing()
    {
        var journey = await _world.CreateAsync();
        _world.Runs.Take();

        (await _world.TryEnterAsync(journey, """{"profileIds":["nobody"]}""")).ShouldBeOk().Accepted.ShouldBe(0);

        _world.Runs.Take().ShouldBeEmpty();
        _world.Profiles.Inbox.Ids.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{}""", "/profileIds required")]
    [InlineData("""{"profileIds":"a"}""", "/profileIds wrong_type")]
    [InlineData("""{"segmentId":""}""", "/segmentId required")]
    [InlineData("""{"segmentId":7}""", "/segmentId wrong_type")]
    [InlineData("""{"profileIds":["a"],"segmentId":"seg_1"}""", "/segmentId entry_ambiguous")]
    [InlineData("""{"segmentId":"seg_none"}""", "/segmentId unknown_segment")]
    [InlineData("""{"segmentId":"seg_private"}""", "/segmentId segment_private")]
    [InlineData("""{"profileIds":["a"],"profileId":"b"}""", "/profileId unknown_field")]
    [InlineData("""[]""", " wrong_type")]
    public async Task Enter_Faulty_TellsWhere(string body, string expected) =>
        JourneyWorld.FaultsOf(await _world.TryEnterAsync(await _world.CreateAsync(), body)).ShouldBe([expected]);

    [Fact]
    public async Task Enter_MoreThanAThousand_EntersNobody()
    {
        var journey = await _world.CreateAsync();
        await _world.Profiles.SendAsync([.. Enumerable.Range(0, 1_000).Select(number => $$"""{"op":"identify","id":"p-{{number}}"}""")]);

        JourneyWorld.FaultsOf(await _world.TryEnterAsync(journey, Body(1_001))).ShouldBe(["/profileIds too_many"]);
        (await MembersAsync(journey)).ShouldBeEmpty();
        (await _world.TryEnterAsync(journey, Body(1_000))).ShouldBeOk().Accepted.ShouldBe(1_000);
        (await MembersAsync(journey)).Count.ShouldBe(1_000);

        static string Body(int count) => $$"""{"profileIds":[{{string.Join(',', Enumerable.Range(0, count).Select(number => $"\"p-{number}\""))}}]}""";
    }

    /// <summary>By a segment its members of now enter: who joins it later does not, who leaves it stays.</summary>
    [Fact]
    public async Task Enter_BySegment_EntersItsMembersOnce()
    {
        var journey = await _world.CreateAsync();
        await _world.Profiles.SendAsync("""{"op":"identify","id":"a","attributes":{"vip":true}}""", """{"op":"identify","id":"b"}""", """{"op":"identify","id":"c","attributes":{"vip":true}}""");
        _world.Runs.Take();

        var answer = (await _world.TryEnterAsync(journey, """{"segmentId":"seg_1"}""")).ShouldBeOk();

        (answer.Accepted, answer.Failed, answer.Results.Length).ShouldBe((2, 0, 0));
        _world.Runs.Take().ShouldBe(["soon"]);
        await _world.Profiles.SendAsync("""{"op":"identify","id":"a","attributes":{"vip":false}}""", """{"op":"identify","id":"b","attributes":{"vip":true}}""");
        (await MembersAsync(journey)).ShouldBe(["a", "c"], ignoreOrder: true);
        (await _world.TryEnterAsync(journey, """{"segmentId":"seg_1"}""")).ShouldBeOk().Accepted.ShouldBe(2);
        (await MembersAsync(journey)).ShouldBe(["a", "b", "c"], ignoreOrder: true);
    }

    [Fact]
    public async Task Enter_EveryDestinationSwitchedOff_IsRefused()
    {
        var journey = await _world.CreateAsync();
        await _world.Profiles.SendAsync("""{"op":"identify","id":"a"}""");
        var destination = journey.Steps[0].Destinations[0];
        (await _world.Destinations.PatchAsync(destination.Id, JsonElement.Parse("""{"enabled":false}"""), destination.ETag, mayEdit: true, default)).ShouldBeOk();

        (await _world.TryEnterAsync(journey, """{"profileIds":["a"]}""")).ShouldBeRefused("step_disconnected");
        (await MembersAsync(journey)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Enter_NoSuchStepOrDisabled_IsRefused()
    {
        var journey = await _world.CreateAsync();
        await _world.Profiles.SendAsync("""{"op":"identify","id":"a"}""");
        var body = JsonElement.Parse("""{"profileIds":["a"]}""");

        (await _world.Entries.EnterAsync(journey.Id, "j_o_none__abc123", body, default)).ShouldBeRefused("not_found");
        (await _world.Entries.EnterAsync("jrn_none", journey.Steps[0].Key, body, default)).ShouldBeRefused("not_found");
        await _world.PatchAsync(journey, """{"enabled":false}""");
        (await _world.TryEnterAsync(journey, """{"profileIds":["a"]}""")).ShouldBeRefused("journey_disabled");
        (await MembersAsync(journey)).ShouldBeEmpty();
    }

    /// <summary>An entry is part of the profile: it stays beside later changes, and is shown to nobody.</summary>
    [Fact]
    public async Task Entry_OutlivesChanges_AndIsNoAttribute()
    {
        var journey = await _world.CreateAsync();
        await _world.Profiles.SendAsync("""{"op":"identify","id":"a","attributes":{"n":1}}""");
        await _world.TryEnterAsync(journey, """{"profileIds":["a"]}""");
        (await MembersAsync(journey)).ShouldBe(["a"]);

        await _world.Profiles.SendAsync("""{"op":"identify","id":"a","attributes":{"n":2}}""");

        (await MembersAsync(journey)).ShouldBe(["a"]);
        (await _world.Profiles.AttributesAsync("a")).ShouldBe("""{"n":2}""");
        (await _world.Profiles.ShowAsync("a"))!.ShouldNotContain("$journey");
    }

    /// <summary>Erasure takes the entry along, and an entry brings nobody back.</summary>
    [Fact]
    public async Task Entry_OfAnErasedProfile_IsGone()
    {
        var journey = await _world.CreateAsync();
        await _world.Profiles.SendAsync("""{"op":"identify","id":"a"}""", """{"op":"identify","id":"b"}""");
        await _world.TryEnterAsync(journey, """{"profileIds":["a","b"]}""");
        await _world.Profiles.SendAsync("""{"op":"erase","id":"a"}""");
        (await MembersAsync(journey)).ShouldBe(["b"]);

        // An entry that was on its way while the profile was erased.
        await InboxWriter.AppendAsync(
            _world.Profiles.Inbox, _world.Profiles.Hasher,
            [new(OperationKind.Enter, "a", _world.Time.GetUtcNow()) { Values = [new(ProfileColumns.Journey(journey.Steps[0].Key), Values.Cell.Of(_world.Time.GetUtcNow()))] }], default);

        (await MembersAsync(journey)).ShouldBe(["b"]);
        (await _world.Profiles.ShowAsync("a")).ShouldBeNull();
    }

    [Fact]
    public async Task Members_ByEntryAndBySegment_AreBoth()
    {
        var journey = await _world.CreateAsync(JourneyWorld.Body(more: ""","entry":{"segmentId":"seg_1"}"""));
        await _world.Profiles.SendAsync("""{"op":"identify","id":"a"}""", """{"op":"identify","id":"b","attributes":{"vip":true}}""", """{"op":"identify","id":"c"}""");
        await _world.TryEnterAsync(journey, """{"profileIds":["a"]}""");

        (await MembersAsync(journey)).ShouldBe(["a", "b"], ignoreOrder: true);
    }

    /// <summary>Whom the step's rule holds, on the profiles as a run finds them.</summary>
    private async Task<IReadOnlyList<string>> MembersAsync(JourneyView journey)
    {
        var source = new DestinationSource.OfStep(journey.Id, journey.Steps[0].Key);
        var rule = RuleCompiler.Compile((await _world.Sources.ResolveAsync(source, default)).ShouldBeOk().Rules, _world.Time.GetUtcNow());
        var members = new List<string>();
        foreach (var shard in (await _world.Profiles.FoldAsync()).Shards)
        {
            if (shard.Chain is { } chain)
            {
                await foreach (var page in _world.Profiles.Pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, default))
                {
                    members.AddRange(rule.Select(page).ToArray().Select(row => page.ReadRow(row)[ProfileColumns.Id].AsText()));
                }
            }
        }

        return members;
    }
}
