using System.Text;
using System.Text.RegularExpressions;

namespace AudienceSync.Docs;

/// <summary>A page of documentation, as far as tests look into it: headings, links, code.</summary>
/// <remarks>Reads the Markdown that this repository writes: fences of three or more back quotes, ATX headings, inline links.</remarks>
internal sealed partial class MarkdownPage
{
    private readonly List<CodeBlock> _blocks = [];
    private readonly List<MarkdownLink> _links = [];
    private readonly List<CodeSpan> _spans = [];
    private readonly HashSet<string> _anchors = new(StringComparer.Ordinal);

    private MarkdownPage(string path) => Path = path;

    /// <summary>From the root of the repository, with <c>/</c>.</summary>
    public string Path { get; }

    public IReadOnlyList<string> Lines { get; private init; } = [];

    public IReadOnlyList<CodeBlock> Blocks => _blocks;

    public IReadOnlyList<CodeSpan> Spans => _spans;

    public IReadOnlyList<MarkdownLink> Links => _links;

    /// <summary>What <c>#…</c> may name, as GitHub makes it of the headings.</summary>
    public IReadOnlySet<string> Anchors => _anchors;

    public static MarkdownPage Parse(string path, string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var page = new MarkdownPage(path) { Lines = lines };
        for (var index = 0; index < lines.Length; index++)
        {
            if (Fence().Match(lines[index]) is not { Success: true } fence)
            {
                page.ReadLine(lines[index], index + 1);
                continue;
            }

            var (start, body) = (index, new List<string>());
            for (index++; index < lines.Length && !Closes(lines[index], fence.Groups["fence"].Value); index++)
            {
                body.Add(lines[index]);
            }

            page._blocks.Add(new(path, start + 1, fence.Groups["info"].Value.Trim(), [.. body]));
        }

        return page;
    }

    private static bool Closes(string line, string fence) => line.Trim() is var text && text.Length >= fence.Length && text.All(character => character == fence[0]);

    private void ReadLine(string line, int number)
    {
        if (Heading().Match(line) is { Success: true } heading)
        {
            AddAnchor(heading.Groups["text"].Value);
        }

        _spans.AddRange(Span().Matches(line).Select(span => new CodeSpan(Path, number, span.Groups["code"].Value.Trim())));
        _links.AddRange(Link().Matches(Span().Replace(line, "")).Select(link => new MarkdownLink(Path, number, link.Groups["target"].Value)));
    }

    /// <summary>Letters and digits in lower case, hyphens for spaces; the second of a name gets <c>-1</c>.</summary>
    private void AddAnchor(string heading)
    {
        var slug = new StringBuilder();
        foreach (var character in Link().Replace(heading, "${text}").ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(character) || character is '-' or '_')
            {
                slug.Append(character);
            }
            else if (character is ' ')
            {
                slug.Append('-');
            }
        }

        var name = slug.ToString();
        for (var again = 1; !_anchors.Add(name); again++)
        {
            name = $"{slug}-{again}";
        }
    }

    [GeneratedRegex(@"^\s*(?<fence>`{3,}|~{3,})(?<info>[^`]*)$")]
    private static partial Regex Fence();

    [GeneratedRegex(@"^#{1,6}\s+(?<text>.*?)\s*#*$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"(?<!`)(?<quotes>`+)(?!`)(?<code>.+?)(?<!`)\k<quotes>(?!`)")]
    private static partial Regex Span();

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\((?<target>[^)\s]+)(?:\s+""[^""]*"")?\)")]
    private static partial Regex Link();
}

/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Info">What stands behind the back quotes: a language, then words of ours.</param>
internal sealed record CodeBlock(string Page, int Line, string Info, IReadOnlyList<string> Lines)
{
    public string Language => Info.Split(' ')[0];

    /// <summary>What becomes of it: <c>run</c>, <c>start</c>, <c>test:…</c>; empty for nothing special.</summary>
    public string Treatment => Info.Split(' ', 2) is [_, var rest] ? rest.Trim() : "";
}

internal sealed record CodeSpan(string Page, int Line, string Code);

internal sealed record MarkdownLink(string Page, int Line, string Target);
