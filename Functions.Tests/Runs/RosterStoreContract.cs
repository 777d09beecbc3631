using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>What every store of rosters does: run on the fake and on the real table.</summary>
public abstract class RosterStoreContract
{
    private protected abstract Task<IRosterStore> OpenAsync();

    [Fact]
    public async Task Publish_UnderAnOldETag_IsNull()
    {
        var store = await OpenAsync();
        (await store.ReadAsync("dst_1", default)).ShouldBeNull();
        var manifest = new RosterManifest("dst_1", "seg_1", 1, ["pg_1", null], Fence: 1);

        var first = (await store.PublishAsync(manifest, default)).ShouldNotBeNull();
        (await store.PublishAsync(manifest, default)).ShouldBeNull();
        var second = (await store.PublishAsync(first with { Fence = 2 }, default)).ShouldNotBeNull();
        (await store.PublishAsync(first with { Fence = 3 }, default)).ShouldBeNull();

        var read = (await store.ReadAsync("dst_1", default)).ShouldNotBeNull();
        (read.Fence, read.Source, read.ETag).ShouldBe((2, "seg_1", second.ETag));
        read.Chains.ShouldBe(["pg_1", null]);
    }

    [Fact]
    public async Task Delete_Repeated_LeavesTheOthers()
    {
        var store = await OpenAsync();
        foreach (var id in (string[])["dst_1", "dst_2"])
        {
            await store.PublishAsync(new(id, "seg_1", 0, [null], 1), default);
        }

        await store.DeleteAsync("dst_1", default);
        await store.DeleteAsync("dst_1", default);

        (await store.ListAsync(default).Select(roster => roster.DestinationId).ToListAsync()).ShouldBe(["dst_2"]);
    }
}

public sealed class MemoryRosterStoreTests : RosterStoreContract
{
    private protected override Task<IRosterStore> OpenAsync() => Task.FromResult<IRosterStore>(new MemoryRosterStore());
}
