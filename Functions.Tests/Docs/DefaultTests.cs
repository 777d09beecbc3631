using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using AudienceSync.Runs;

namespace AudienceSync.Docs;

/// <summary>Where a page names a setting and, in brackets, its default, it is the default.</summary>
public sealed partial class DefaultTests
{
    private static readonly Dictionary<string, object> Options = typeof(RunOptions).Assembly.GetTypes()
        .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && type.GetConstructor([]) is not null)
        .Select(type => (Section: type.GetField("Section", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)?.GetRawConstantValue() as string, Type: type))
        .Where(found => found.Section is not null)
        .ToDictionary(found => found.Section!, found => Activator.CreateInstance(found.Type)!, StringComparer.Ordinal);

    [Fact]
    public void Pages_SayTheDefaultsOfTheCode()
    {
        var said = Documentation.Pages.SelectMany(page => page.Lines.SelectMany(line => Said().Matches(line).Select(match => (page.Path, Match: match)))).ToList();

        said.Count.ShouldBeGreaterThan(5, "defaults are found");
        foreach (var (path, match) in said)
        {
            var (section, name) = (match.Groups["section"].Value, match.Groups["name"].Value);
            Options.ShouldContainKey(section, path);
            var found = (TimeSpan)Options[section].GetType().GetProperty(name).ShouldNotBeNull($"{path}: {section}__{name}").GetValue(Options[section])!;
            var number = int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
            found.ShouldBe(match.Groups["unit"].Value.StartsWith("day", StringComparison.Ordinal) ? TimeSpan.FromDays(number) : TimeSpan.FromHours(number), $"{path}: {match.Value}");
        }
    }

    [GeneratedRegex(@"`(?<section>\w+?)__(?<name>\w+)` \((?<number>\d+) (?<unit>days?|hours?)\)")]
    private static partial Regex Said();
}
