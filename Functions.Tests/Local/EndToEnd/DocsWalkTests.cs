using AudienceSync.Fakes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>The worked examples of the documentation are what happens, each on an app of its own.</summary>
public sealed class DocsWalkTests
{
    /// <summary>A minute that begins between two requests must not start a run that the page does not speak of.</summary>
    private static readonly Dictionary<string, string> WithoutTicks = new() { ["AzureWebJobs.sync-tick.Disabled"] = "true" };

    [Theory]
    [InlineData("segments.md")]
    [InlineData("why.md")]
    [InlineData("filters.md")]
    public async Task Example_SentAsItStands_AnswersWhatThePageSays(string page)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var app = await AppProcess.StartAsync(await AzuriteFixture.NewAccountAsync(), WithoutTicks);

        (await new DocsWalk(app.Api, receiver).RunAsync(page)).ShouldBeGreaterThan(5);
    }
}
