using AudienceSync.Infra.Bicep;

namespace AudienceSync.Infra.Rules;

/// <summary>Tables, queues and containers of the code are declared, and the reverse.</summary>
internal static class NamingRules
{
    private const string Storage = "infra/modules/storage.bicep";

    public static IEnumerable<string> Faults(InfraFiles files)
    {
        if (files.Find(Storage) is not { } storage)
        {
            return [$"There is no {Storage} that can be read."];
        }

        return
        [
            .. Compare("table", "tables", "TableNames", CodeNames.Tables, Listed(storage, "tables")),
            .. Compare("queue", "queues", "QueueNames", CodeNames.Queues, Listed(storage, "queues")),
            .. Looped(storage, "Microsoft.Storage/storageAccounts/tableServices/tables", "tables", "{}"),
            .. Looped(storage, "Microsoft.Storage/storageAccounts/queueServices/queues", "queues", "{}"),
            .. Looped(storage, "Microsoft.Storage/storageAccounts/queueServices/queues", "queues", "{}-poison"),
            .. Containers(storage),
        ];
    }

    private static IEnumerable<string> Compare(string what, string array, string type, IReadOnlyList<string> code, IReadOnlyList<string> bicep)
    {
        foreach (var missing in code.Except(bicep))
        {
            yield return $"{type} names the {what} '{missing}', which {Storage} does not declare. Add a line '{missing}' to `var {array}` there.";
        }

        foreach (var extra in bicep.Except(code))
        {
            yield return $"{Storage} declares the {what} '{extra}', which {type} does not name. Take the line out of `var {array}`, or name it in the code.";
        }
    }

    private static IReadOnlyList<string> Listed(BicepFile file, string variable) =>
        file.All<Declaration.Variable>().FirstOrDefault(each => each.Name == variable) is { Value: Expression.List list }
            ? [.. list.Items.OfType<Expression.Text>().Select(text => text.Literal).OfType<string>()]
            : [];

    /// <summary>The list is not only there: a resource is made of each of its names.</summary>
    private static IEnumerable<string> Looped(BicepFile file, string type, string variable, string pattern) =>
        file.All<Declaration.Resource>().Any(resource =>
            resource.TypeName == type
            && resource.Body is Expression.Loop { Source: Expression.Name source } loop
            && source.Value == variable
            && NamePattern(resource.Object.Find("name"), loop.Item) == pattern)
            ? []
            : [$"{Storage} makes no {type} named '{pattern}' for each of `{variable}`."];

    private static string? NamePattern(Expression? name, string item) => name switch
    {
        Expression.Name bare when bare.Value == item => "{}",
        Expression.Text text => text.Pattern,
        _ => null,
    };

    private static IEnumerable<string> Containers(BicepFile file)
    {
        var containers = file.All<Declaration.Resource>().Where(resource => resource.TypeName.EndsWith("/containers", StringComparison.Ordinal)).ToList();
        var names = containers.Select(container => (container.Object.Find("name") as Expression.Text)?.Literal).OfType<string>().Concat(Listed(file, "containers")).ToList();
        foreach (var missing in CodeNames.Containers.Except(names))
        {
            yield return $"ContainerNames names the container '{missing}', which {Storage} does not declare. Add a resource, or a `var containers` with a loop.";
        }

        foreach (var extra in names.Except(CodeNames.Containers).Except(["app-package"]))
        {
            yield return $"{Storage} declares the container '{extra}', which neither the code nor the deployment uses.";
        }
    }
}
