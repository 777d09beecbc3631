using AudienceSync.Triggers;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace AudienceSync;

/// <summary>Who may import whom, by folder (= namespace under <c>AudienceSync</c>), read from the compiled assembly.</summary>
public sealed class ArchitectureTests
{
    /// <summary>Words that everyone shares.</summary>
    private static readonly string[] Neutral = ["Values", "Ids", "Faults", "Observability"];

    /// <summary>Each folder and the folders it may use, besides the neutral ones. <c>*</c> is any. A folder without a line fails the test.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Values"] = [],
        ["Ids"] = [],
        ["Faults"] = [],
        ["Observability"] = [],
        ["Pages"] = [],
        ["Access"] = [],
        ["Http"] = [],
        ["Problems"] = [],
        ["Connectors.Kit"] = [],
        ["Connectors"] = ["Connectors.Kit"],
        ["Profiles"] = ["Pages"],
        ["Suppressions"] = ["Profiles", "Pages", "Connectors.Kit"],
        ["Segments"] = ["Profiles", "Pages"],
        ["Snapshots"] = ["Segments", "Profiles", "Pages"],
        ["Connections"] = ["Connectors.Kit"],
        ["Destinations"] = ["Connections", "Segments", "Connectors.Kit", "Profiles", "Pages"],
        ["Campaigns"] = ["Delivery", "Destinations", "Segments", "Profiles", "Pages"],
        ["Journeys"] = ["Connections", "Destinations", "Segments", "Profiles"],
        ["Config"] = ["Campaigns", "Journeys", "Destinations", "Connections", "Segments", "Profiles", "Connectors.Kit"],
        ["Delivery"] = ["Connections", "Connectors.Kit", "Destinations", "Segments", "Profiles", "Suppressions", "Pages"],
        ["Runs"] = ["Profiles", "Segments", "Snapshots", "Suppressions", "Connections", "Connectors.Kit", "Destinations", "Campaigns", "Journeys", "Delivery", "Pages"],
        ["Erasures"] = ["Profiles", "Pages", "Suppressions", "Connections", "Connectors.Kit", "Destinations", "Delivery", "Runs", "Http"],
        ["Storage"] = ["Access", "Http", "Erasures", "Pages", "Profiles", "Suppressions", "Segments", "Snapshots", "Connections", "Destinations", "Campaigns", "Journeys", "Delivery", "Runs", "Connectors.Kit"],
        ["Triggers"] = ["Access", "Http", "Problems", "Erasures", "Pages", "Profiles", "Suppressions", "Segments", "Snapshots", "Connections", "Destinations", "Campaigns", "Journeys", "Config", "Delivery", "Runs", "Connectors", "Connectors.Kit"],
        ["Hosting"] = ["*"],
        [""] = ["*"], // Program.cs
    };

    private static readonly IReadOnlyList<Use> Uses = [.. Read()];

    [Fact]
    public void Uses_AreFound() => Uses.Count.ShouldBeGreaterThan(100);

    [Fact]
    public void Folders_EachHasItsLine() => Uses.Select(use => use.Folder).Distinct().Where(folder => !Allowed.ContainsKey(folder)).ShouldBeEmpty();

    [Fact]
    public void Folders_UseOnlyWhatTheyMay() => Uses
        .Where(use => use.UsedFolder is { } used && used != use.Folder && !IsAllowed(use.Folder, used))
        .Select(use => $"{use.User} uses {use.Used}: {use.Folder} may not use {use.UsedFolder}")
        .Distinct()
        .ShouldBeEmpty();

    [Fact]
    public void Azure_OnlyStorageAndHostingKnowIt() => Strangers(
        use => IsIn(use.UsedNamespace, "Azure"), "Storage", "Hosting");

    [Fact]
    public void Worker_OnlyTriggersAndHostingKnowIt() => Strangers(
        use => IsIn(use.UsedNamespace, "Microsoft.Azure.Functions.Worker"), "Triggers", "Hosting", "");

    [Fact]
    public void Npgsql_OnlyItsConnectorKnowsIt() => Uses
        .Where(use => IsIn(use.UsedNamespace, "Npgsql") || IsIn(use.UsedNamespace, "NpgsqlTypes"))
        .Where(use => !use.User.StartsWith("AudienceSync.Connectors.Postgres.", StringComparison.Ordinal))
        .Select(use => use.User)
        .ShouldBeEmpty();

    /// <summary>Connectors build requests and read answers; the kit sends.</summary>
    [Fact]
    public void HttpClient_NoConnectorTouchesIt() => Uses
        .Where(use => use.Used is "System.Net.Http.HttpClient" or "System.Net.Http.IHttpClientFactory" or "System.Net.Http.HttpMessageInvoker")
        .Where(use => use.Folder == "Connectors")
        .Select(use => use.User)
        .ShouldBeEmpty();

    [Fact]
    public void Allowed_HasNoCircle()
    {
        foreach (var folder in Allowed.Keys.Where(folder => !Allowed[folder].Contains("*")))
        {
            Reachable(folder).ShouldNotContain(folder, $"{folder} reaches itself");
        }
    }

    private static HashSet<string> Reachable(string folder)
    {
        var reached = new HashSet<string>();
        var open = new Queue<string>(Allowed[folder]);
        while (open.TryDequeue(out var next))
        {
            if (reached.Add(next))
            {
                Allowed[next].ToList().ForEach(open.Enqueue);
            }
        }

        return reached;
    }

    private static bool IsAllowed(string folder, string used) =>
        Neutral.Contains(used) || (Allowed.TryGetValue(folder, out var allowed) && (allowed.Contains("*") || allowed.Contains(used)));

    private static void Strangers(Func<Use, bool> isUse, params string[] folders) => Uses
        .Where(use => isUse(use) && !folders.Contains(use.Folder))
        .Select(use => $"{use.User} uses {use.Used}")
        .Distinct()
        .ShouldBeEmpty();

    private static bool IsIn(string name, string root) => name == root || name.StartsWith($"{root}.", StringComparison.Ordinal);

    private static IEnumerable<Use> Read()
    {
        using var assembly = AssemblyDefinition.ReadAssembly(typeof(FallbackApi).Assembly.Location);
        foreach (var type in assembly.MainModule.GetTypes())
        {
            var outer = Outermost(type);
            if (FolderOf(outer.Namespace) is not { } folder)
            {
                continue;
            }

            foreach (var used in ReferencesOf(type).SelectMany(Unfold).Distinct())
            {
                var usedOuter = Outermost(used);
                // What the compiler adds for itself has no namespace either.
                yield return new(folder, outer.FullName, usedOuter.FullName, usedOuter.Namespace, usedOuter.Name.StartsWith('<') ? null : FolderOf(usedOuter.Namespace));
            }
        }
    }

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    /// <summary>Null for namespaces that are not ours, as of code that generators add.</summary>
    private static string? FolderOf(string name) => name switch
    {
        "AudienceSync" or "" => "",
        _ when IsIn(name, "AudienceSync.Connectors.Kit") => "Connectors.Kit",
        _ when IsIn(name, "AudienceSync") => name.Split('.')[1],
        _ => null,
    };

    private static IEnumerable<TypeReference> ReferencesOf(TypeDefinition type) =>
    [
        .. type.BaseType is null ? [] : new[] { type.BaseType },
        .. type.Interfaces.Select(each => each.InterfaceType),
        .. type.Fields.Select(field => field.FieldType),
        .. Attributes(type),
        .. type.Fields.SelectMany(Attributes),
        .. type.Properties.SelectMany(Attributes),
        .. type.Methods.SelectMany(ReferencesOf),
    ];

    private static IEnumerable<TypeReference> ReferencesOf(MethodDefinition method) =>
    [
        method.ReturnType,
        .. method.Parameters.Select(parameter => parameter.ParameterType),
        .. Attributes(method),
        .. method.Parameters.SelectMany(Attributes),
        .. method.HasBody ? method.Body.Variables.Select(variable => variable.VariableType).Concat(method.Body.Instructions.SelectMany(ReferencesOf)) : [],
    ];

    private static IEnumerable<TypeReference> ReferencesOf(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        GenericInstanceMethod method => [method.DeclaringType, method.ReturnType, .. method.GenericArguments],
        MethodReference method => [method.DeclaringType, method.ReturnType],
        _ => [],
    };

    private static IEnumerable<TypeReference> Attributes(ICustomAttributeProvider provider) => provider.CustomAttributes.Select(attribute => attribute.AttributeType);

    /// <summary>The type and what it is made of: generic arguments, elements of arrays.</summary>
    private static IEnumerable<TypeReference> Unfold(TypeReference type) => type switch
    {
        GenericParameter => [],
        GenericInstanceType generic => [generic.ElementType, .. generic.GenericArguments.SelectMany(Unfold)],
        TypeSpecification specification => Unfold(specification.ElementType),
        _ => [type],
    };

    private sealed record Use(string Folder, string User, string Used, string UsedNamespace, string? UsedFolder);
}
