using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

public sealed class TokenTableTests : IAsyncLifetime
{
    private readonly ReversibleSealer _sealer = new();
    private TableClient? _table;

    private TokenTable Store => new(_table!, _sealer);

    public async Task InitializeAsync()
    {
        _table = new TableClient(await AzuriteFixture.NewAccountAsync(), TableNames.Leases);
        await _table.CreateIfNotExistsAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Write_Token_IsReadAsItWas()
    {
        var token = new StoredToken("k1")
        {
            Token = new("access", TimeSpan.FromMinutes(15)) { RefreshToken = "next", Host = new("https://eu7.instance.example") },
            UseUntil = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero),
            RefreshToken = "next",
        };

        var written = (await Store.TryWriteAsync(token, default)).ShouldNotBeNull();

        (await Store.ReadAsync("k1", default)).ShouldBe(written);
        (written with { ETag = "" }).ShouldBe(token);
        (await Store.ReadAsync("k2", default)).ShouldBeNull();
    }

    [Fact]
    public async Task Write_SomebodyWasFaster_IsNull()
    {
        var first = (await Store.TryWriteAsync(new("k1"), default)).ShouldNotBeNull();
        (await Store.TryWriteAsync(new("k1"), default)).ShouldBeNull();
        (await Store.TryWriteAsync(first with { RefreshToken = "a" }, default)).ShouldNotBeNull();

        (await Store.TryWriteAsync(first with { RefreshToken = "b" }, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Write_Token_IsKeptSealed()
    {
        await Store.TryWriteAsync(new("k1") { RefreshToken = "s3cret-refresh" }, default);

        await foreach (var row in _table!.QueryAsync<TableEntity>())
        {
            row.Select(cell => cell.Value).ShouldAllBe(value => !value.ToString()!.Contains("s3cret-refresh"));
        }
    }

    [Fact]
    public async Task Read_SealedWithAnotherKey_IsAsGoodAsNone()
    {
        await Store.TryWriteAsync(new("k1") { RefreshToken = "a" }, default);
        _sealer.Key = "k2";

        var found = (await Store.ReadAsync("k1", default)).ShouldNotBeNull();

        found.RefreshToken.ShouldBeNull();
        (await Store.TryWriteAsync(found with { RefreshToken = "b" }, default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Delete_Token_IsGoneAndMayBeDeletedAgain()
    {
        await Store.TryWriteAsync(new("k1"), default);

        await Store.DeleteAsync("k1", default);
        await Store.DeleteAsync("k1", default);

        (await Store.ReadAsync("k1", default)).ShouldBeNull();
    }
}
