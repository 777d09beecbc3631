using AudienceSync.Values;

namespace AudienceSync.Pages;

public sealed class ReadAheadTests
{
    [Fact]
    public async Task OfAsync_ManyPages_GivesAllInOrder()
    {
        var numbers = await ReadAhead.OfAsync(PagesAsync(25), 4, CancellationToken.None).Select(page => page.Number).ToListAsync();

        numbers.ShouldBe(Enumerable.Range(0, 25));
    }

    [Fact]
    public async Task OfAsync_NobodyAsks_HoldsNoMoreThanItMay()
    {
        var read = 0;
        await using var pages = ReadAhead.OfAsync(PagesAsync(25, onRead: () => read++), 4, CancellationToken.None).GetAsyncEnumerator();

        await pages.MoveNextAsync();

        // One given, four held, one that waits to be held.
        read.ShouldBeLessThanOrEqualTo(6);
    }

    [Fact]
    public async Task OfAsync_SourceFails_FailsAfterThePagesBefore()
    {
        var given = 0;

        var error = await Should.ThrowAsync<DamagedPageException>(async () =>
        {
            await foreach (var _ in ReadAhead.OfAsync(PagesAsync(25, failAt: 7), 4, CancellationToken.None))
            {
                given++;
            }
        });

        given.ShouldBe(7);
        error.Message.ShouldContain("seven");
    }

    [Fact]
    public async Task OfAsync_ReaderStops_StopsTheSource()
    {
        var ended = new TaskCompletionSource();

        await foreach (var page in ReadAhead.OfAsync(PagesAsync(25, onEnd: ended.SetResult), 4, CancellationToken.None))
        {
            if (page.Number == 3)
            {
                break;
            }
        }

        ended.Task.IsCompleted.ShouldBeTrue();
    }

    private static async IAsyncEnumerable<PageReader> PagesAsync(int count, Action? onRead = null, int failAt = -1, Action? onEnd = null)
    {
        try
        {
            for (var number = 0; number < count; number++)
            {
                if (number == failAt)
                {
                    throw new DamagedPageException("Page seven is damaged.");
                }

                onRead?.Invoke();
                await Task.Yield();
                yield return PageReader.Open(PageCodecTests.SealAndOpen([((ulong)number, 1, new Row { ["id"] = Cell.Of("a") })]).Page with { Number = number }, "p");
            }
        }
        finally
        {
            onEnd?.Invoke();
        }
    }
}
