using System.Collections.Immutable;
using System.Text.Json;

namespace AudienceSync.Connections;

/// <summary>What every <see cref="IConnectionStore"/> promises.</summary>
public abstract class ConnectionStoreContract
{
    protected abstract IConnectionStore Store { get; }

    [Fact]
    public async Task Create_Connection_IsReadBackWhole()
    {
        var created = (await Store.TryCreateAsync(Sample("con_1", "one"), default)).ShouldNotBeNull();

        var read = (await Store.GetAsync("con_1", default)).ShouldNotBeNull();
        read.Version.ShouldBe(created.Version);
        read.Settings.ShouldBe(created.Settings, ignoreOrder: true);
        read.Secrets.ShouldBe(created.Secrets, ignoreOrder: true);
        read.Defaults!.Value.GetRawText().ShouldBe(created.Defaults!.Value.GetRawText());
        (read.Key, read.Type, read.Name, read.Status, read.StatusDetail, read.CreatedAt, read.Revision)
            .ShouldBe((created.Key, created.Type, created.Name, created.Status, created.StatusDetail, created.CreatedAt, created.Revision));
    }

    [Theory]
    [InlineData("con_none")]
    [InlineData("")]
    [InlineData("a/b#c?d\\e")]
    [InlineData("key-one")]
    public async Task Get_WhatIsNoId_IsNull(string text)
    {
        await Store.TryCreateAsync(Sample("con_1", "one"), default);

        (await Store.GetAsync(text, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Create_KeyTaken_IsNull()
    {
        await Store.TryCreateAsync(Sample("con_1", "one"), default);

        (await Store.TryCreateAsync(Sample("con_2", "one"), default)).ShouldBeNull();

        (await Store.GetAsync("con_2", default)).ShouldBeNull();
    }

    [Fact]
    public async Task Replace_OldVersion_IsNull()
    {
        var first = (await Store.TryCreateAsync(Sample("con_1", "one"), default))!;
        var second = (await Store.TryReplaceAsync(first with { Name = "New" }, default)).ShouldNotBeNull();

        (await Store.TryReplaceAsync(first with { Name = "Late" }, default)).ShouldBeNull();

        second.Version.ShouldNotBe(first.Version);
        (await Store.GetAsync("con_1", default))!.Name.ShouldBe("New");
    }

    [Fact]
    public async Task Delete_CurrentVersionOnly_FreesTheKey()
    {
        var first = (await Store.TryCreateAsync(Sample("con_1", "one"), default))!;
        var second = (await Store.TryReplaceAsync(first with { Name = "New" }, default))!;

        (await Store.TryDeleteAsync(first, default)).ShouldBeFalse();
        (await Store.TryDeleteAsync(second, default)).ShouldBeTrue();
        (await Store.TryDeleteAsync(second, default)).ShouldBeTrue("there is none any more");

        (await Store.TryReplaceAsync(second, default)).ShouldBeNull();
        (await Store.TryCreateAsync(Sample("con_2", "one"), default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task ListAll_FiveConnections_ComeById()
    {
        foreach (var number in new[] { 3, 1, 5, 2, 4 })
        {
            await Store.TryCreateAsync(Sample($"con_{number}", $"key-{number}"), default);
        }

        (await Store.ListAllAsync(default).Select(connection => connection.Id).ToListAsync()).ShouldBe(["con_1", "con_2", "con_3", "con_4", "con_5"]);
    }

    private static Connection Sample(string id, string key) => new()
    {
        Id = id,
        Key = key,
        Type = "open",
        Name = "Größe → 日本",
        Settings = ImmutableDictionary<string, string>.Empty.Add("url", "https://a.example").Add("rows", "5"),
        Secrets = ImmutableDictionary<string, SealedSecret>.Empty.Add("apiKey", new("s1.k.x", new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))),
        Status = ConnectionStatus.Unauthorized,
        StatusDetail = "401",
        Defaults = JsonElement.Parse("""{"mode":"mirror"}"""),
        CreatedAt = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        UpdatedAt = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero).AddTicks(7),
        Revision = 3,
    };
}
