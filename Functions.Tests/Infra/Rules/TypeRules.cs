using AudienceSync.Fakes;
using AudienceSync.Infra.Bicep;

namespace AudienceSync.Infra.Rules;

/// <summary>Resource types and versions are on the list; properties are those of the type.</summary>
internal static class TypeRules
{
    private static readonly IReadOnlyDictionary<string, HashSet<string>> Known = Read();

    /// <summary>Every <c>type@version</c> that may be used.</summary>
    private static readonly HashSet<string> Types = [.. Known.Keys.Select(key => key.Split(' ')[0].Split('#')[0])];

    public static IEnumerable<string> Faults(InfraFiles files) =>
        files.Templates.SelectMany(file => file.All<Declaration.Resource>().SelectMany(resource => Faults(file, resource)));

    private static IEnumerable<string> Faults(BicepFile file, Declaration.Resource resource)
    {
        if (!Types.Contains(resource.Type))
        {
            var versions = Types.Where(type => type.StartsWith($"{resource.TypeName}@", StringComparison.Ordinal)).Select(type => type.Split('@')[1]);
            yield return $"{file.Path}:{resource.Line}: {resource.Type} is not on the list of types; of this type there is: {string.Join(", ", versions.DefaultIfEmpty("none"))}.";
            yield break;
        }

        var name = resource.Object.Find("name") is Expression.Text { Literal: { } literal } ? literal : "";
        var type = Known.ContainsKey($"{resource.Type}#{name} .") ? $"{resource.Type}#{name}" : resource.Type;
        foreach (var (path, property) in BicepWalk.Properties(resource.Object))
        {
            var cut = path.LastIndexOf('.') is var dot && property.Name.Contains('.', StringComparison.Ordinal) ? path.Length - property.Name.Length - 1 : dot;
            var parent = cut < 0 ? "." : path[..cut];
            if (cut < 0 && property.Name is "parent" or "scope" or "dependsOn" || parent == "tags")
            {
                continue;
            }

            var names = Known.GetValueOrDefault($"{type} {parent}") ?? InDictionary(type, parent);
            if (names is null || !(names.Contains("*") || names.Contains(property.Name)))
            {
                yield return $"{file.Path}:{property.Line}: {resource.TypeName} has no '{path}' that is written down in bicep-properties.txt.";
            }
        }
    }

    /// <summary>The names below an entry of a dictionary, whose own name is free.</summary>
    private static HashSet<string>? InDictionary(string type, string path) =>
        path.LastIndexOf('.') is > 0 and var dot && Known.GetValueOrDefault($"{type} {path[..dot]}")?.Contains("*") is true
            ? Known.GetValueOrDefault($"{type} {path[..dot]}.*")
            : null;

    private static Dictionary<string, HashSet<string>> Read() => Repository.Read("Functions.Tests", "Infra", "bicep-properties.txt")
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith('#'))
        .Select(line => line.Split(':', 2))
        .ToDictionary(parts => parts[0], parts => parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet());
}
