using AudienceSync.Local.EndToEnd;

namespace AudienceSync.Docs;

/// <summary>Pages whose shell blocks are marked <c>run</c> are gone through from top to bottom on a running app, and answer what they say.</summary>
public sealed class WalkTests(RunningApp app) : IClassFixture<RunningApp>
{
    public static TheoryData<string> Pages { get; } =
        new(Documentation.Pages.Where(page => page.Blocks.Any(block => block.Treatment == "run")).Select(page => page.Path));

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_GoneThrough_AnswersWhatItSays(string path)
    {
        var walk = new PageWalk(Documentation.Page(path), app.Process.Api.Address, AppProcess.Key);

        foreach (var (block, output, answer) in await walk.RunAsync())
        {
            if (answer is not null)
            {
                AnswerComparison.Fault(answer, output).ShouldBeNull($"{path}:{answer.Line}, the answer to {block.Lines[0]}\n{output}");
            }
        }
    }

    [Theory]
    [InlineData("json answer", """{"id":"seg_…","count":2,"steps":[{"ok":true}]}""", """{"id":"seg_01K9","count":2,"more":1,"steps":[{"ok":true,"ms":3}]}""", true)]
    [InlineData("json answer", """{"count":2}""", """{"count":3}""", false)]
    [InlineData("json answer", """{"value":[1]}""", """{"value":[1,2]}""", false)]
    [InlineData("json answer", """{"value":[1,"…"]}""", """{"value":[1,2,3]}""", true)]
    [InlineData("json answer", """{"at":"…"}""", """{"at":5}""", true)]
    [InlineData("json answer", """{"gone":null}""", "{}", false)]
    [InlineData("json answer", """{"a":1}""", "{}\n{\"a\":1}\n", true)]
    [InlineData("text answer", "HTTP/1.1 412 …\n…\n{…stale…}", "HTTP/1.1 412 Precondition Failed\nDate: x\nServer: y\n\n{\"code\":\"stale\"}", true)]
    [InlineData("text answer", "HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found", false)]
    public void Answer_IsTheSame_WhereThePageSaysSomething(string info, string documented, string output, bool isSame) =>
        (AnswerComparison.Fault(new("page.md", 1, info, documented.Split('\n')), output) is null).ShouldBe(isSame);
}
