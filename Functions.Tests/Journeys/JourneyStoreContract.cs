using System.Text.Json;

namespace AudienceSync.Journeys;

/// <summary>What every <see cref="IJourneyStore"/> promises.</summary>
public abstract class JourneyStoreContract
{
    protected abstract IJourneyStore Store { get; }

    [Fact]
    public async Task Create_Journey_IsReadBackWhole()
    {
        var created = (await Store.TryCreateAsync(Sample("jrn_1", "one"), default)).ShouldNotBeNull();

        var read = (await Store.GetAsync("jrn_1", default)).ShouldNotBeNull();

        JsonSerializer.Serialize(read, JourneysJson.Default.Journey).ShouldBe(JsonSerializer.Serialize(Sample("jrn_1", "one"), JourneysJson.Default.Journey));
        read.Version.ShouldBe(created.Version);
    }

    [Theory]
    [InlineData("jrn_none")]
    [InlineData("")]
    [InlineData("a/b#c?d\\e")]
    public async Task Get_WhatIsNoId_IsNull(string text) => (await Store.GetAsync(text, default)).ShouldBeNull();

    [Fact]
    public async Task Create_KeyTaken_IsNull()
    {
        await Store.TryCreateAsync(Sample("jrn_2", "one"), default);
        (await Store.TryCreateAsync(Sample("jrn_3", "one"), default)).ShouldBeNull();
        await Store.TryCreateAsync(Sample("jrn_1", "two"), default);

        (await Store.ListAllAsync(default).Select(journey => journey.Id).ToListAsync()).ShouldBe(["jrn_1", "jrn_2"]);
    }

    [Fact]
    public async Task ReplaceAndDelete_OldVersion_AreRefused()
    {
        var first = (await Store.TryCreateAsync(Sample("jrn_1", "one"), default))!;
        var second = (await Store.TryReplaceAsync(first with { Name = "New" }, default)).ShouldNotBeNull();

        (await Store.TryReplaceAsync(first with { Name = "Late" }, default)).ShouldBeNull();
        (await Store.TryDeleteAsync(first, default)).ShouldBeFalse();
        (await Store.GetAsync("jrn_1", default))!.Name.ShouldBe("New");
        (await Store.TryDeleteAsync(second, default)).ShouldBeTrue();
        (await Store.TryDeleteAsync(second, default)).ShouldBeTrue("there is none any more");
        (await Store.TryCreateAsync(Sample("jrn_2", "one"), default)).ShouldNotBeNull();
    }

    private static Journey Sample(string id, string key) => new()
    {
        Id = id,
        Key = key,
        Name = "Größe → 日本",
        Description = "d",
        Enabled = true,
        Steps = [new("j_o_one__abc123", "One", "seg_1"), new("j_o_two__abc123", "Two", null)],
        CreatedAt = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        UpdatedAt = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero).AddTicks(7),
        Revision = 3,
    };
}
