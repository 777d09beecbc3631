using System.Text.RegularExpressions;

namespace AudienceSync.Docs;

/// <summary>The commands of a block, one by one: without comments, continued lines put together, chains taken apart.</summary>
internal static partial class CommandLines
{
    public static IEnumerable<(int Number, string Text)> Of(CodeBlock block)
    {
        var (start, whole) = (0, "");
        for (var index = 0; index < block.Lines.Count; index++)
        {
            var line = Comment().Replace(block.Lines[index], "").Trim();
            if (whole.Length == 0)
            {
                start = block.Line + 1 + index;
            }

            if (line.EndsWith('\\'))
            {
                whole += line[..^1];
                continue;
            }

            foreach (var command in $"{whole}{line}".Split(" && ").Select(command => command.TrimEnd('&').Trim()).Where(command => command.Length > 0))
            {
                yield return (start, command);
            }

            whole = "";
        }
    }

    [GeneratedRegex(@"(^|\s+)#.*$")]
    private static partial Regex Comment();
}
