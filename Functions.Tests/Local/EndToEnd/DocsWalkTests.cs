namespace AudienceSync.Local.EndToEnd;

/// <summary>The worked examples of the documentation are what happens, each on an app of its own.</summary>
public sealed class DocsWalkTests
{
    [Theory]
    [InlineData("segments.md")]
    [InlineData("why.md")]
    [InlineData("filters.md")]
    public async Task Example_SentAsItStands_AnswersWhatThePageSays(string page)
    {
        await using var receiver = await Receiver.StartAsync();
        var app = new RunningApp();
        await app.InitializeAsync();
        try
        {
            (await new DocsWalk(app.Api, receiver).RunAsync(page)).ShouldBeGreaterThan(5);
        }
        finally
        {
            await app.DisposeAsync();
        }
    }
}
