using AudienceSync.Fakes;
using AudienceSync.Storage;

namespace AudienceSync.Docs;

/// <summary>Whoever has the README finds every page, and pages that list things list all of them.</summary>
public sealed class IndexTests
{
    private static readonly string[] NotForReaders = [".github/pull_request_template.md"];

    [Fact]
    public void Pages_AreAllReachedFromTheReadme()
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        Follow("README.md", reached);

        Documentation.Pages.Select(page => page.Path).Except(reached).Except(NotForReaders).ShouldBeEmpty("link them, best from docs/README.md");
    }

    [Fact]
    public void Index_ListsEveryPageOfDocs()
    {
        var listed = TargetsOf(Documentation.Page("docs/README.md")).ToHashSet(StringComparer.Ordinal);

        Documentation.Pages.Select(page => page.Path).Where(path => path.StartsWith("docs/", StringComparison.Ordinal) && path.Count(character => character == '/') == 1)
            .Except(listed).ShouldBe(["docs/README.md"], "each has a line of its own there");
        TargetsOf(Documentation.Page("README.md")).ShouldContain("docs/README.md");
    }

    [Fact]
    public void Decisions_AreAllListed() =>
        Documentation.Pages.Select(page => page.Path).Where(path => path.StartsWith("docs/adr/0", StringComparison.Ordinal))
            .Except(TargetsOf(Documentation.Page("docs/adr/README.md"))).ShouldBeEmpty();

    [Fact]
    public void Security_SaysOfEveryTableWhatItHoldsAndForHowLong()
    {
        var rows = Repository.Read("docs", "security.md").Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();

        TableNames.All.Where(table => !rows.Any(row => row[1] == $"`{table}`" && row.Skip(2).Take(3).All(cell => cell.Length > 0))).ShouldBeEmpty("docs/security.md, 'Where data are'");
    }

    [Fact]
    public void Requests_AreAllListed() =>
        new DirectoryInfo(Repository.PathOf("requests")).EnumerateFiles("*.http").Select(file => $"requests/{file.Name}")
            .Except(TargetsOf(Documentation.Page("requests/README.md"))).ShouldBeEmpty();

    private static void Follow(string path, HashSet<string> reached)
    {
        if (!reached.Add(path))
        {
            return;
        }

        foreach (var target in TargetsOf(Documentation.Page(path)).Where(target => Documentation.Pages.Any(page => page.Path == target)))
        {
            Follow(target, reached);
        }
    }

    /// <summary>Files that a page links to; of a folder, the README in it.</summary>
    private static IEnumerable<string> TargetsOf(MarkdownPage page) => page.Links.Select(link => link.Target.Split('#')[0])
        .Where(target => target.Length > 0 && !target.Contains(':', StringComparison.Ordinal))
        .Select(target => Path.GetRelativePath(Repository.PathOf(), Path.GetFullPath(Repository.PathOf([.. page.Path.Split('/')[..^1], target]))).Replace('\\', '/'))
        .Select(target => Directory.Exists(Repository.PathOf(target)) ? $"{target}/README.md" : target);
}
