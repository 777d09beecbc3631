using AudienceSync.Fakes;

namespace AudienceSync.Suppressions;

/// <summary>What every store of the list's manifest does: run on the fake and on the real tables.</summary>
public abstract class SuppressionStoreContract
{
    private protected abstract Task<ISuppressionStore> OpenAsync();

    [Fact]
    public async Task Replace_TwoWritersOfOneETag_TheSecondLoses()
    {
        var store = await OpenAsync();
        var (empty, none) = await store.ReadAsync(default);
        (empty.Version, none).ShouldBe((0, null));
        var first = new SuppressionManifest(1, [new("pg_1", 5, 1, ["email", "profileId"])]);

        (await store.TryReplaceAsync(first, none, default)).ShouldBeTrue();
        (await store.TryReplaceAsync(first with { Version = 9 }, none, default)).ShouldBeFalse();

        var (read, etag) = await store.ReadAsync(default);
        read.Version.ShouldBe(1);
        read.Levels.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            level => (level.Chain, level.Rows, level.Removals).ShouldBe(("pg_1", 5, 1)), level => level.Types.ShouldBe(["email", "profileId"]));
        (await store.TryReplaceAsync(read with { Version = 2 }, etag, default)).ShouldBeTrue();
        (await store.TryReplaceAsync(read with { Version = 3 }, etag, default)).ShouldBeFalse();
        (await store.ReadAsync(default)).Manifest.Version.ShouldBe(2);
    }
}

public sealed class MemorySuppressionStoreTests : SuppressionStoreContract
{
    private protected override Task<ISuppressionStore> OpenAsync() => Task.FromResult<ISuppressionStore>(new MemorySuppressionStore());
}
