using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>What every <see cref="IDestinationStore"/> and <see cref="IDestinationStateStore"/> promise.</summary>
public abstract class DestinationStoreContract
{
    protected abstract IDestinationStore Store { get; }

    protected abstract IDestinationStateStore States { get; }

    [Fact]
    public async Task Create_Destination_IsReadBackWhole()
    {
        var created = (await Store.TryCreateAsync(Sample("dst_1", "one"), default)).ShouldNotBeNull();

        foreach (var read in new[] { await Store.GetAsync("dst_1", default), await Store.FindByKeyAsync("one", default) })
        {
            read.ShouldNotBeNull().Mapping.ShouldBe(created.Mapping);
            (read with { Mapping = created.Mapping }).ShouldBe(created);
        }
    }

    [Fact]
    public async Task Create_KeyTaken_IsNull()
    {
        await Store.TryCreateAsync(Sample("dst_1", "one"), default);

        (await Store.TryCreateAsync(Sample("dst_2", "one"), default)).ShouldBeNull();

        (await Store.GetAsync("dst_2", default)).ShouldBeNull();
    }

    [Theory]
    [InlineData("dst_none")]
    [InlineData("")]
    [InlineData("a/b#c?d\\e")]
    public async Task Get_WhatIsNoId_IsNull(string text)
    {
        (await Store.GetAsync(text, default)).ShouldBeNull();
        (await Store.FindByKeyAsync(text, default)).ShouldBeNull();
    }

    [Fact]
    public async Task ReplaceAndDelete_OldVersion_AreRefused()
    {
        var first = (await Store.TryCreateAsync(Sample("dst_1", "one"), default))!;
        var second = (await Store.TryReplaceAsync(first with { Name = "New" }, default)).ShouldNotBeNull();

        (await Store.TryReplaceAsync(first with { Name = "Late" }, default)).ShouldBeNull();
        (await Store.TryDeleteAsync(first, default)).ShouldBeFalse();
        (await Store.GetAsync("dst_1", default))!.Name.ShouldBe("New");
        (await Store.TryDeleteAsync(second, default)).ShouldBeTrue();
        (await Store.TryDeleteAsync(second, default)).ShouldBeTrue("there is none any more");
        (await Store.TryCreateAsync(Sample("dst_2", "one"), default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task List_Destinations_ByIdAndConnection()
    {
        foreach (var number in new[] { 3, 1, 2 })
        {
            await Store.TryCreateAsync(
                Sample($"dst_{number}", $"k{number}") with { Source = new DestinationSource.OfSegment($"seg_{number % 2}"), ConnectionId = $"con_{number}" }, default);
        }

        await States.TryWriteAsync(new() { DestinationId = "dst_1" }, default);

        (await Store.ListAllAsync(default).Select(destination => destination.Id).ToListAsync()).ShouldBe(["dst_1", "dst_2", "dst_3"]);
        (await Store.ListByConnectionAsync("con_2", default)).Select(destination => destination.Id).ShouldBe(["dst_2"]);
        (await Store.ListByConnectionAsync("con_9", default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task WriteState_OldOrMissingVersion_IsRefused()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var first = (await States.TryWriteAsync(new() { DestinationId = "dst_1", NextRunAt = now }, default)).ShouldNotBeNull();

        (await States.TryWriteAsync(new() { DestinationId = "dst_1" }, default)).ShouldBeNull("there is one already");
        var second = (await States.TryWriteAsync(first with { State = DestinationCondition.Held, LastRunId = "run_1", LastRunStatus = "held" }, default)).ShouldNotBeNull();
        (await States.TryWriteAsync(first with { Detail = "late" }, default)).ShouldBeNull();

        (await States.GetAsync("dst_1", default)).ShouldBe(second);
        (await States.ListAllAsync(default).ToListAsync()).ShouldBe([second]);
        await States.DeleteAsync("dst_1", default);
        await States.DeleteAsync("dst_1", default);
        (await States.GetAsync("dst_1", default)).ShouldBeNull();
        (await States.TryWriteAsync(second, default)).ShouldBeNull("it was deleted meanwhile");
    }

    private static Destination Sample(string id, string key) => new()
    {
        Id = id,
        Key = key,
        Name = "Größe → 日本",
        Source = new DestinationSource.OfSegment("seg_1"),
        ConnectionId = "con_1",
        Audience = new("Lapsed", "list-9"),
        Mode = DestinationMode.UpdateOnly,
        AutoSync = false,
        Schedule = new() { Cron = "0 0 6 * * *", TimeZone = "Europe/Berlin" },
        ConsentPurpose = "marketing",
        Mapping =
        [
            new() { From = "id", To = "user_id", Identifier = true },
            new() { Template = "{{country}}", To = "label" },
            new() { Value = Cell.Of(1.50m), To = "number" },
            new() { Value = Cell.Of(["a", "b"]), To = "tags" },
        ],
        MappingVersion = 4,
        FirstRun = FirstRun.NewOnly,
        Guards = new() { MaxRemovePercent = null, MaxRemoveCount = 7 },
        Deleting = true,
        CreatedAt = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        UpdatedAt = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero).AddTicks(7),
        Revision = 3,
    };
}
