using System.Collections.Immutable;
using AudienceSync.Infra.Bicep;

namespace AudienceSync.Infra.Rules;

/// <summary>What is used is declared, once; what is declared is used. Functions are those of Bicep.</summary>
internal static class NameRules
{
    private static readonly ImmutableHashSet<string> Functions =
    [
        "bool", "cidrSubnet", "concat", "contains", "deployer", "empty", "environment", "format", "guid", "int", "json", "length", "loadJsonContent", "loadTextContent", "map",
        "readEnvironmentVariable", "replace", "resourceGroup", "resourceId", "string", "subscription", "subscriptionResourceId", "take", "tenant", "toLower", "union",
        "uniqueString", "utcNow",
    ];

    public static IEnumerable<string> Faults(InfraFiles files) => files.Bicep.SelectMany(Faults);

    private static IEnumerable<string> Faults(BicepFile file)
    {
        var declared = file.Declarations
            .Where(declaration => declaration is Declaration.Parameter or Declaration.Variable or Declaration.Resource or Declaration.Module)
            .ToList();
        foreach (var twice in declared.GroupBy(declaration => declaration.Name).Where(group => group.Count() > 1))
        {
            yield return $"{file.Path}:{twice.Last().Line}: '{twice.Key}' is declared twice.";
        }

        var names = file.IsParameters
            ? file.All<Declaration.Assignment>().Select(assignment => assignment.Name).ToHashSet()
            : declared.Select(declaration => declaration.Name).ToHashSet();
        var free = file.Declarations.SelectMany(BicepWalk.Roots).SelectMany(BicepWalk.FreeNames).ToList();
        foreach (var name in free.Where(name => !names.Contains(name.Value)))
        {
            yield return $"{file.Path}:{name.Line}: '{name.Value}' is not declared.";
        }

        foreach (var call in file.Declarations.SelectMany(BicepWalk.Within).OfType<Expression.Call>().Where(call => call.Of is null && !Functions.Contains(call.Function)))
        {
            yield return $"{file.Path}:{call.Line}: '{call.Function}' is no function that these files use.";
        }

        foreach (var call in file.Declarations.SelectMany(BicepWalk.Within).OfType<Expression.Call>())
        {
            if (call is { Of: null, Function: "utcNow" } && file.All<Declaration.Parameter>().All(parameter => !BicepWalk.Within(parameter.Default).Contains(call)))
            {
                yield return $"{file.Path}:{call.Line}: utcNow is allowed as the default of a parameter only.";
            }
        }

        var used = free.Select(name => name.Value).ToHashSet();
        foreach (var unused in declared.Where(declaration =>
            declaration is Declaration.Parameter or Declaration.Variable or Declaration.Resource { IsExisting: true } && !used.Contains(declaration.Name)))
        {
            yield return $"{file.Path}:{unused.Line}: '{unused.Name}' is declared and not used.";
        }
    }
}
