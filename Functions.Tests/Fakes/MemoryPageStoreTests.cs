using AudienceSync.Pages;

namespace AudienceSync.Fakes;

public sealed class MemoryPageStoreTests : PageStoreContract
{
    private readonly MemoryPageStore _store = new();

    protected override IPageStore Store => _store;

    protected override Task RemoveAsync(string chain, int number)
    {
        _store.Tamper(chain, number, _ => null);
        return Task.CompletedTask;
    }

    protected override Task DamageAsync(string chain, int number)
    {
        _store.Tamper(chain, number, page =>
        {
            var keys = page.Keys.ToArray();
            keys[0] ^= 1;
            return page with { Keys = keys };
        });
        return Task.CompletedTask;
    }
}
