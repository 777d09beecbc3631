using System.Text.Json;
using System.Text.RegularExpressions;
using AudienceSync.Access;
using AudienceSync.Infra.Bicep;

namespace AudienceSync.Infra.Rules;

/// <summary><c>azd</c> finds its app by a tag, deploys the real build, and Entra's roles are ours.</summary>
internal static partial class AzdRules
{
    public static IEnumerable<string> Faults(InfraFiles files)
    {
        var yaml = files.Texts.GetValueOrDefault("azure.yaml", "");
        if (Service().Match(yaml) is not { Success: true } service)
        {
            yield return "azure.yaml names no service.";
            yield break;
        }

        var name = service.Groups[1].Value;
        var tags = files.Templates.SelectMany(file => file.All<Declaration.Resource>())
            .Where(resource => resource.TypeName == "Microsoft.Web/sites" && !resource.IsExisting)
            .SelectMany(resource => BicepWalk.Properties(resource.Object))
            .Where(property => property.Property.Name == "azd-service-name")
            .Select(property => (property.Property.Value as Expression.Text)?.Literal);
        if (!tags.Contains(name))
        {
            yield return $"azure.yaml deploys the service '{name}', and no site carries the tag azd-service-name with this value.";
        }

        if (yaml.Contains("Local", StringComparison.Ordinal))
        {
            yield return "azure.yaml speaks of Local: what is deployed is the Release build.";
        }

        foreach (Match run in Run().Matches(yaml).Concat(Project().Matches(yaml)))
        {
            var path = run.Groups[1].Value.TrimStart('.', '/');
            if (!files.Texts.ContainsKey(path) && !Directory.Exists(Fakes.Repository.PathOf(path)))
            {
                yield return $"azure.yaml names {run.Groups[1].Value}, which does not exist.";
            }
        }

        var roles = JsonDocument.Parse(files.Texts.GetValueOrDefault("infra/entra/app-roles.json", "[]")).RootElement.EnumerateArray().Select(role => role.GetProperty("value").GetString()!).ToList();
        var ours = Enum.GetValues<Role>().Select(role => role.Word).ToList();
        foreach (var role in roles.Except(ours).Concat(ours.Except(roles)))
        {
            yield return $"infra/entra/app-roles.json and the roles of the app differ in '{role}'.";
        }
    }

    [GeneratedRegex(@"^services:\n(?:  #.*\n)*  ([a-z]+):", RegexOptions.Multiline)]
    private static partial Regex Service();

    [GeneratedRegex(@"run: (\S+)")]
    private static partial Regex Run();

    [GeneratedRegex(@"project: (\S+)")]
    private static partial Regex Project();
}
