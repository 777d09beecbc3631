using AudienceSync.Fakes;

namespace AudienceSync.Docs;

/// <summary>Links of the documentation lead somewhere: the file is there, and the heading.</summary>
public sealed class LinkTests
{
    [Fact]
    public void Pages_LinksLeadToWhatExists()
    {
        Documentation.Pages.Sum(page => page.Links.Count).ShouldBeGreaterThan(100, "links are found");
        Faults(Documentation.Pages, IsThere).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("[the ledger](adr/0003-ledger.md)", null)]
    [InlineData("[the ledger](adr/0003-lodger.md)", "docs/page.md:3 leads to docs/adr/0003-lodger.md, which is not there")]
    [InlineData("[decisions](adr)", null)]
    [InlineData("[back](../README.md)", null)]
    [InlineData("[out](../../elsewhere.md)", "docs/page.md:3 leads out of the repository: ../../elsewhere.md")]
    [InlineData("[here](#a-heading)", null)]
    [InlineData("[here](#no-heading)", "docs/page.md:3 leads to #no-heading, but docs/page.md has no such heading")]
    [InlineData("[there](other.md#why-two--and-not-one)", null)]
    [InlineData("[there](other.md#why)", "docs/page.md:3 leads to #why, but docs/other.md has no such heading")]
    [InlineData("[web](https://example.com/a.md#b) `[code](is-none.md)`", null)]
    public void Faults_OfALink_AreToldWithTheirLine(string line, string? fault)
    {
        MarkdownPage[] pages = [MarkdownPage.Parse("docs/page.md", $"# A *heading*\n\n{line}\n"), MarkdownPage.Parse("docs/other.md", "## Why two — and not `one`?\n")];
        string[] others = ["docs/adr/0003-ledger.md", "docs/adr", "README.md"];

        Faults(pages, path => others.Contains(path) || pages.Any(page => page.Path == path)).ShouldBe(fault is null ? [] : [fault]);
    }

    [Fact]
    public void Anchors_OfRepeatedHeadings_AreNumbered() => MarkdownPage.Parse("page.md", "# Queues\n## Queues\n```\n# no heading\n```\n### [Held](x.md) runs\n")
        .Anchors.ShouldBe(["queues", "queues-1", "held-runs"], ignoreOrder: true);

    private static bool IsThere(string path) => File.Exists(Repository.PathOf(path.Split('/'))) || Directory.Exists(Repository.PathOf(path.Split('/')));

    private static IEnumerable<string> Faults(IReadOnlyCollection<MarkdownPage> pages, Func<string, bool> isThere)
    {
        foreach (var page in pages)
        {
            foreach (var link in page.Links.Where(link => !link.Target.Contains("://", StringComparison.Ordinal) && !link.Target.StartsWith("mailto:", StringComparison.Ordinal)))
            {
                if (FaultOf(page, link, pages, isThere) is { } fault)
                {
                    yield return $"{link.Page}:{link.Line} {fault}";
                }
            }
        }
    }

    private static string? FaultOf(MarkdownPage page, MarkdownLink link, IEnumerable<MarkdownPage> pages, Func<string, bool> isThere)
    {
        var (file, anchor) = link.Target.Split('#', 2) is [var before, var after] ? (before, after) : (link.Target, null);
        if (Resolve(page.Path, Uri.UnescapeDataString(file)) is not { } path)
        {
            return $"leads out of the repository: {link.Target}";
        }

        if (!isThere(path))
        {
            return $"leads to {path}, which is not there";
        }

        return anchor is not null && pages.FirstOrDefault(other => other.Path == path) is { } target && !target.Anchors.Contains(anchor)
            ? $"leads to #{anchor}, but {path} has no such heading"
            : null;
    }

    /// <returns>Null: above the root.</returns>
    private static string? Resolve(string from, string path)
    {
        if (path.Length == 0)
        {
            return from;
        }

        var parts = new List<string>(from.Split('/')[..^1]);
        foreach (var part in path.TrimEnd('/').Split('/').Where(part => part != "."))
        {
            if (part != "..")
            {
                parts.Add(part);
            }
            else if (parts.Count == 0)
            {
                return null;
            }
            else
            {
                parts.RemoveAt(parts.Count - 1);
            }
        }

        return string.Join('/', parts);
    }
}
