using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

public sealed class ProfileFoldTests
{
    private readonly ProfileWorld _world = new();

    [Fact]
    public async Task FoldAsync_NothingEverSent_ReturnsOneEmptyShard()
    {
        var set = await _world.FoldAsync();

        set.Version.ShouldBe(0);
        set.Shards.ShouldBe([new(null, 0)]);
    }

    [Fact]
    public async Task FoldAsync_InboxWithPages_MovesThemIntoAShardAndEmptiesTheInbox()
    {
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"n":1}}""", """{"op":"identify","id":"b"}""");
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"m":2}}""");

        var set = await _world.FoldAsync();

        set.Shards[0].Rows.ShouldBe(2);
        _world.Inbox.Ids.ShouldBeEmpty();
        (await _world.AttributesAsync("a")).ShouldBe("""{"m":2,"n":1}""");
    }

    [Fact]
    public async Task FoldAsync_NothingNew_PublishesNothing()
    {
        await _world.SendAsync("""{"op":"identify","id":"a"}""");
        var first = await _world.FoldAsync();

        var second = await _world.FoldAsync();

        second.Version.ShouldBe(first.Version);
        second.Shards.ShouldBe(first.Shards);
        _world.Pages.Chains.Count.ShouldBe(1);
    }

    [Fact]
    public async Task FoldWhenGrownAsync_InboxBelowItsLimit_IsLeftAlone()
    {
        var world = new ProfileWorld(new() { PagesUnasked = 3 });
        await world.SendAsync("""{"op":"identify","id":"a"}""");
        await world.SendAsync("""{"op":"identify","id":"b"}""");

        await world.Fold.FoldWhenGrownAsync(CancellationToken.None);
        world.Inbox.Ids.Count.ShouldBe(2);

        await world.SendAsync("""{"op":"identify","id":"c"}""");
        await world.Fold.FoldWhenGrownAsync(CancellationToken.None);
        world.Inbox.Ids.ShouldBeEmpty();
    }

    [Fact]
    public async Task FoldAsync_RowsPassTheShardLimit_CutsShardsAndKeepsEveryRow()
    {
        var world = new ProfileWorld(new() { RowsPerShard = 10 });
        await world.SendAsync([.. Enumerable.Range(0, 100).Select(n => $$"""{"op":"identify","id":"c-{{n}}"}""")]);

        var set = await world.FoldAsync();

        set.ShardBits.ShouldBe(4);
        (await world.RowsAsync(set)).Select(row => row.Profile.Id).Order().ShouldBe(Enumerable.Range(0, 100).Select(n => $"c-{n}").Order());
    }

    [Fact]
    public async Task FoldAsync_OneProfileChanged_KeepsTheChainsOfOtherShards()
    {
        var world = new ProfileWorld(new() { RowsPerShard = 10 });
        await world.SendAsync([.. Enumerable.Range(0, 100).Select(n => $$"""{"op":"identify","id":"c-{{n}}"}""")]);
        var before = await world.FoldAsync();
        await world.SendAsync("""{"op":"identify","id":"c-7","attributes":{"n":1}}""");

        var after = await world.FoldAsync();

        after.Version.ShouldBe(before.Version + 1);
        after.Shards.Except(before.Shards).Count().ShouldBe(1);
    }

    [Fact]
    public async Task FoldAsync_MoreThanARound_GoesOnUntilTheInboxIsEmpty()
    {
        var world = new ProfileWorld(new() { PagesPerRound = 2 });
        for (var n = 0; n < 7; n++)
        {
            await world.SendAsync($$"""{"op":"identify","id":"c-{{n}}"}""");
        }

        var set = await world.FoldAsync();

        set.Version.ShouldBe(4);
        set.Shards[0].Rows.ShouldBe(7);
        world.Inbox.Ids.ShouldBeEmpty();
    }

    [Fact]
    public async Task FoldAsync_RivalPublishesFirst_DiscardsItsOwnChainsAndLosesNothing()
    {
        await _world.SendAsync("""{"op":"identify","id":"a"}""");
        var rivals = 0;
        _world.Manifests.BeforeReplaceAsync = async () =>
        {
            if (rivals++ == 0)
            {
                await _world.FoldAsync();
                await _world.SendAsync("""{"op":"identify","id":"b"}""");
            }
        };

        var set = await _world.FoldAsync();

        (await _world.RowsAsync(set)).Select(row => row.Profile.Id).Order().ShouldBe(["a", "b"]);
        // Of the rival, and of the second round; the loser's own is gone.
        _world.Pages.Chains.Count.ShouldBe(2);
    }

    [Fact]
    public async Task FoldAsync_RivalAlwaysFirst_GivesUpAndKeepsTheInbox()
    {
        var world = new ProfileWorld(new() { MaxConflicts = 2 });
        await world.SendAsync("""{"op":"identify","id":"a"}""");
        world.Manifests.BeforeReplaceAsync = async () =>
        {
            var (manifest, etag) = await world.Manifests.ReadAsync(CancellationToken.None);
            var hook = world.Manifests.BeforeReplaceAsync;
            world.Manifests.BeforeReplaceAsync = () => Task.CompletedTask;
            await world.Manifests.TryReplaceAsync(manifest with { Version = manifest.Version + 1, Publication = $"rival-{manifest.Version}" }, etag, CancellationToken.None);
            world.Manifests.BeforeReplaceAsync = hook;
        };

        await Should.ThrowAsync<InvalidOperationException>(world.FoldAsync);

        world.Inbox.Ids.Count.ShouldBe(1);
        world.Pages.Chains.ShouldBeEmpty();
    }

    [Fact]
    public async Task FoldAsync_AnswerOfItsOwnPublicationLost_TakesItAsPublished()
    {
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"n":1}}""");
        _world.Manifests.LosesAnswers = true;

        var set = await _world.FoldAsync();

        set.Version.ShouldBe(1);
        (await _world.AttributesAsync("a")).ShouldBe("""{"n":1}""");
        _world.Inbox.Ids.ShouldBeEmpty();
    }

    [Fact]
    public async Task FoldAsync_Erased_DropsTheProfileAndItsShardsChain()
    {
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"n":1}}""");
        await _world.FoldAsync();
        await _world.SendAsync("""{"op":"erase","id":"a"}""");

        var set = await _world.FoldAsync();

        set.Shards.ShouldBe([new(null, 0)]);
        (await _world.ShowAsync("a")).ShouldBeNull();
    }

    [Fact]
    public async Task FoldAsync_ErasedThenIdentified_HoldsOnlyWhatCameAfter()
    {
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"n":1}}""");
        await _world.SendAsync("""{"op":"erase","id":"a","occurredAt":"2026-11-22T10:00:00Z"}""");
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"old":1},"occurredAt":"2026-11-22T09:59:59Z"}""");
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"new":1},"occurredAt":"2026-11-22T10:00:00Z"}""");

        await _world.FoldAsync();

        (await _world.AttributesAsync("a")).ShouldBe("""{"new":1}""");
    }

    [Fact]
    public async Task FoldAsync_OlderIdentifyAfterErasureOnly_BringsNoProfile()
    {
        await _world.SendAsync("""{"op":"identify","id":"a"}""");
        await _world.SendAsync("""{"op":"erase","id":"a","occurredAt":"2026-11-22T10:00:00Z"}""");
        await _world.SendAsync("""{"op":"identify","id":"a","occurredAt":"2026-11-22T09:00:00Z"}""");

        var set = await _world.FoldAsync();

        set.Shards[0].Rows.ShouldBe(0);
    }

    [Fact]
    public async Task FoldAsync_ProfileWouldGrowTooLarge_KeepsTheOldValuesAndStaysReadable()
    {
        var text = new string('x', 8_000);
        for (var part = 0; part < 6; part++)
        {
            var attributes = string.Join(',', Enumerable.Range(0, 20).Select(n => $"\"p{part}-{n}\":\"{text}\""));
            await _world.SendAsync($$$"""{"op":"identify","id":"a","attributes":{{{{attributes}}}}}""");
        }

        var rows = await _world.RowsAsync(await _world.FoldAsync());

        // 160 KB a part: three fit 512 KiB.
        rows.Single().Profile.Values.Keys.Select(name => name[..2]).Distinct().Order().ShouldBe(["p0", "p1", "p2"]);
    }

    [Fact]
    public async Task FoldAsync_TwoIdsOfOneKey_StayTwoProfiles()
    {
        var world = new ProfileWorld();
        var builder = new PageBuilder();
        foreach (var (id, value) in new[] { ("a", 1), ("b", 2), ("b", 3) })
        {
            var row = OperationRow.Write(new(OperationKind.Identify, id, ProfileWorld.Start) { Values = [new("n", Cell.Of((long)value))] });
            builder.TryAppend(5, world.Hasher.Row(row), row).ShouldBeTrue();
        }

        var page = builder.Seal(0).Single();
        for (var round = 0; round < 2; round++)
        {
            await world.Inbox.AppendAsync([page], CancellationToken.None);

            var rows = await world.RowsAsync(await world.FoldAsync());

            rows.Select(row => (row.Key, row.Profile.Id, row.Profile.Values["n"].AsInteger())).ShouldBe([(5, "a", 1), (5, "b", 3)]);
        }
    }
}
