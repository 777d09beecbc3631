using System.Collections.Immutable;
using AudienceSync.Fakes;

namespace AudienceSync.Docs;

/// <summary>Every Markdown file of the repository.</summary>
internal static class Documentation
{
    private static readonly string[] NotOurs = [".azurite", ".git", "TestResults", "bin", "node_modules", "obj", "results"];

    public static ImmutableArray<MarkdownPage> Pages { get; } = [.. Find(new(Repository.PathOf())).Order(StringComparer.Ordinal).Select(Read)];

    public static MarkdownPage Page(string path) => Pages.Single(page => page.Path == path);

    private static MarkdownPage Read(string path) => MarkdownPage.Parse(path, Repository.Read(path.Split('/')));

    private static IEnumerable<string> Find(DirectoryInfo folder) => folder.EnumerateFiles("*.md")
        .Select(file => Path.GetRelativePath(Repository.PathOf(), file.FullName).Replace('\\', '/'))
        .Concat(folder.EnumerateDirectories().Where(child => !NotOurs.Contains(child.Name) && child.LinkTarget is null).SelectMany(Find));
}
