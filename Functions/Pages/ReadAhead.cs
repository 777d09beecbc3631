using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AudienceSync.Pages;

/// <summary>Reads pages from a store while those before them are worked on.</summary>
internal static class ReadAhead
{
    /// <param name="ahead">Most pages held that nobody has asked for yet.</param>
    public static async IAsyncEnumerable<PageReader> OfAsync(
        IAsyncEnumerable<PageReader> source, int ahead, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pages = Channel.CreateBounded<PageReader>(new BoundedChannelOptions(ahead) { SingleReader = true, SingleWriter = true });
        var reading = FillAsync(source, pages.Writer, stop.Token);
        try
        {
            await foreach (var page in pages.Reader.ReadAllAsync(cancellationToken))
            {
                yield return page;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
    }

    /// <summary>Never fails: what went wrong comes out of the channel, behind the pages read before.</summary>
    private static async Task FillAsync(IAsyncEnumerable<PageReader> source, ChannelWriter<PageReader> pages, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var page in source.WithCancellation(cancellationToken))
            {
                await pages.WriteAsync(page, cancellationToken);
            }

            pages.Complete();
        }
        catch (Exception exception)
        {
            pages.Complete(exception);
        }
    }
}
