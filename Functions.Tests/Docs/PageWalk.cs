using System.Diagnostics;
using System.Globalization;
using System.Text;
using AudienceSync.Fakes;

namespace AudienceSync.Docs;

/// <summary>Runs the blocks of a page one after the other in one shell, as a reader would who has the page's installation.</summary>
/// <remarks>
/// What differs from the page: the installation is not on port 7171, its key is another, and the receiver's port is a free one. <c>API</c>, <c>KEY</c> and <c>BOOTSTRAP</c> are
/// set from the beginning, for pages that take them for given.
/// </remarks>
internal sealed class PageWalk(MarkdownPage page, Uri app, string key)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly string _api = $"{app.AbsoluteUri.TrimEnd('/')}/api/v1";
    private readonly string _receiverPort = LoopbackHost.ClosedPort().ToString(CultureInfo.InvariantCulture);

    /// <returns>Each block that was run, what it printed, and the answer that the page shows for it.</returns>
    public async Task<IReadOnlyList<(CodeBlock Block, string Output, CodeBlock? Answer)>> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("audiencesync-docs-");
        try
        {
            var blocks = page.Blocks.Where(block => block.Treatment == "run").ToList();
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "walk.sh"), Script(blocks));
            var (code, errors) = await RunAsync(folder.FullName);
            code.ShouldBe(0, $"{page.Path}: {errors}\n{string.Join('\n', folder.EnumerateFiles("out.*").Select(file => File.ReadAllText(file.FullName)))}");
            return [.. blocks.Select((block, index) => (block, File.ReadAllText(Path.Combine(folder.FullName, $"out.{index}")), AnswerOf(block)))];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private string Script(List<CodeBlock> blocks)
    {
        var script = new StringBuilder("set -euo pipefail\ntrap 'jobs -p | xargs -r kill' EXIT\n");
        script.Append(CultureInfo.InvariantCulture, $"API={_api} KEY={key} BOOTSTRAP={key}\n");
        for (var index = 0; index < blocks.Count; index++)
        {
            script.Append(CultureInfo.InvariantCulture, $"echo '{blocks[index].Page}:{blocks[index].Line}' >&2\n{{\n{Here(string.Join('\n', blocks[index].Lines))}\n}} > out.{index}\n");
        }

        return script.ToString();
    }

    private string Here(string text) => text.Replace("http://localhost:7171/api/v1", _api, StringComparison.Ordinal)
        .Replace("my-first-key", key, StringComparison.Ordinal)
        .Replace("9000", _receiverPort, StringComparison.Ordinal);

    /// <summary>The block marked <c>answer</c> that follows, before anything else is run.</summary>
    private CodeBlock? AnswerOf(CodeBlock block) =>
        page.Blocks.SkipWhile(other => other != block).Skip(1).TakeWhile(other => other.Treatment != "run").FirstOrDefault(other => other.Treatment == "answer");

    private static async Task<(int Code, string Errors)> RunAsync(string folder)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", "walk.sh") { WorkingDirectory = folder, RedirectStandardError = true })!;
        var errors = shell.StandardError.ReadToEndAsync();
        try
        {
            await shell.WaitForExitAsync().WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            shell.Kill(entireProcessTree: true);
            await shell.WaitForExitAsync();
        }

        return (shell.ExitCode, await errors);
    }
}
