using System.Collections.Immutable;
using AudienceSync.Fakes;
using AudienceSync.Infra.Bicep;

namespace AudienceSync.Infra.Rules;

/// <summary>App settings: what the code reads is set or optional and documented; what is set is read; nothing is set that Flex Consumption forbids.</summary>
internal static class SettingRules
{
    /// <summary>Read by the host, by the platform or by an SDK, not by our code.</summary>
    private static readonly ImmutableHashSet<string> OfTheHost =
    [
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "AzureWebJobsStorage__blobServiceUri", "AzureWebJobsStorage__credential", "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
    ];

    /// <summary>The connection to storage, which <c>StorageAccount</c> reads by pieces.</summary>
    private static readonly ImmutableHashSet<string> OfStorage =
        ["AzureWebJobsStorage__clientId", "AzureWebJobsStorage__queueServiceUri", "AzureWebJobsStorage__tableServiceUri"];

    /// <summary>Read by name, and meant for a machine of one's own.</summary>
    private static readonly ImmutableHashSet<string> LocalOnly = ["OTEL_EXPORTER_OTLP_ENDPOINT"];

    /// <summary>What Flex Consumption ignores or breaks on: learn.microsoft.com/azure/azure-functions/flex-consumption-plan#deprecated-properties-and-settings.</summary>
    private static readonly ImmutableHashSet<string> Forbidden = ImmutableHashSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_WORKER_RUNTIME_VERSION", "FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_WORKER_PROCESS_COUNT", "FUNCTIONS_MAX_HTTP_CONCURRENCY",
        "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_CONTENTSHARE", "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING", "WEBSITE_CONTENTOVERVNET", "WEBSITE_VNET_ROUTE_ALL",
        "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT", "WEBSITE_SKIP_CONTENTSHARE_VALIDATION", "WEBSITE_NODE_DEFAULT_VERSION", "WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED",
        "SCM_DO_BUILD_DURING_DEPLOYMENT", "ENABLE_ORYX_BUILD", "WEBSITE_TIME_ZONE", "TZ", "AzureWebJobsDashboard");

    /// <summary>Properties of a site that Flex Consumption refuses.</summary>
    private static readonly ImmutableHashSet<string> ForbiddenProperties =
    [
        "linuxFxVersion", "windowsFxVersion", "netFrameworkVersion", "javaVersion", "nodeVersion", "use32BitWorkerProcess", "alwaysOn", "functionAppScaleLimit", "preWarmedInstanceCount",
        "minimumElasticInstanceCount", "containerSize", "isReserved", "vnetRouteAllEnabled", "websiteTimeZone", "appSettings",
    ];

    public static IEnumerable<string> Faults(InfraFiles files)
    {
        var set = SettingsOf(files).ToList();
        if (set.Count == 0)
        {
            return ["No template sets app settings."];
        }

        var names = set.Select(setting => setting.Name).ToHashSet();
        return [.. Missing(names), .. Unknown(set), .. ForbiddenFaults(files, set), .. Hosted(set)];
    }

    /// <summary>Settings that the templates write, and those that a parameter file adds.</summary>
    public static IEnumerable<(string Name, string Where)> SettingsOf(InfraFiles files)
    {
        var written = files.Templates.SelectMany(file => file.All<Declaration.Resource>()
            .Where(resource => resource.TypeName == "Microsoft.Web/sites/config" && resource.Object.Find("name") is Expression.Text { Literal: "appsettings" })
            .SelectMany(resource => Entries(file, resource.Object.Find("properties")))
            .Select(property => (property.Name, $"{file.Path}:{property.Line}")));
        var added = files.ParameterFiles.SelectMany(file => file.All<Declaration.Assignment>()
            .Where(assignment => assignment.Name == "appSettings")
            .SelectMany(assignment => BicepWalk.Properties(assignment.Value))
            .Select(property => (property.Property.Name, $"{file.Path}:{property.Property.Line}")));
        return written.Concat(added);
    }

    /// <summary>The entries of an object, of objects that are united or chosen from, and of variables.</summary>
    private static IEnumerable<Property> Entries(BicepFile file, Expression? value) => value switch
    {
        Expression.Object @object => @object.Properties,
        Expression.Call { Function: "union" } union => union.Arguments.SelectMany(argument => Entries(file, argument)),
        Expression.Operation { Operator: "?" } choice => choice.Operands.Skip(1).SelectMany(operand => Entries(file, operand)),
        Expression.Name name => Entries(file, file.All<Declaration.Variable>().FirstOrDefault(variable => variable.Name == name.Value)?.Value),
        _ => [],
    };

    private static IEnumerable<string> Missing(HashSet<string> set)
    {
        foreach (var name in OfStorage.Concat(CodeNames.DirectSettings).Concat(CodeNames.TriggerSettings).Except(LocalOnly).Where(name => name != "AzureWebJobsStorage" && !set.Contains(name)))
        {
            yield return $"The code reads '{name}', which infra/modules/app.bicep does not set. Add it to the app settings there.";
        }

        var docs = Repository.Read("docs", "operations.md");
        foreach (var type in CodeNames.OptionTypes)
        {
            var section = CodeNames.SectionOf(type);
            foreach (var property in type.GetProperties().Where(property => property is { CanRead: true, CanWrite: true } && !set.Contains($"{section}__{property.Name}")))
            {
                if (!docs.Contains($"__{property.Name}`", StringComparison.Ordinal) && !docs.Contains($"`{section}__…`", StringComparison.Ordinal))
                {
                    yield return $"'{section}__{property.Name}' is neither set in infra/modules/app.bicep nor explained, with its default, in docs/operations.md.";
                }
            }
        }
    }

    private static IEnumerable<string> Unknown(IReadOnlyList<(string Name, string Where)> set)
    {
        var known = CodeNames.OptionSettings.Concat(CodeNames.DirectSettings).Concat(CodeNames.TriggerSettings).Concat(OfTheHost).Concat(OfStorage).ToHashSet();
        return set.Where(setting => !known.Contains(setting.Name) && !Forbidden.Contains(setting.Name))
            .Select(setting => $"{setting.Where}: nothing reads the setting '{setting.Name}'.");
    }

    private static IEnumerable<string> ForbiddenFaults(InfraFiles files, IReadOnlyList<(string Name, string Where)> set)
    {
        foreach (var (name, where) in set.Where(setting => Forbidden.Contains(setting.Name)))
        {
            yield return $"{where}: Flex Consumption does not know the setting '{name}'.";
        }

        foreach (var file in files.Templates)
        {
            foreach (var resource in file.All<Declaration.Resource>())
            {
                if (resource.TypeName.StartsWith("Microsoft.Web/sites/slots", StringComparison.Ordinal))
                {
                    yield return $"{file.Path}:{resource.Line}: Flex Consumption has no slots.";
                }

                foreach (var (path, property) in BicepWalk.Properties(resource.Object)
                    .Where(property => resource.TypeName == "Microsoft.Web/sites" && ForbiddenProperties.Contains(property.Property.Name)))
                {
                    yield return $"{file.Path}:{property.Line}: Flex Consumption refuses '{path}'.";
                }
            }
        }
    }

    /// <summary>Storage is reached as an identity: a connection string would bring a key.</summary>
    private static IEnumerable<string> Hosted(IReadOnlyList<(string Name, string Where)> set)
    {
        foreach (var (_, where) in set.Where(setting => setting.Name == "AzureWebJobsStorage"))
        {
            yield return $"{where}: AzureWebJobsStorage is a connection string. Use AzureWebJobsStorage__….";
        }

        foreach (var missing in OfTheHost.Where(name => set.All(setting => setting.Name != name)))
        {
            yield return $"The host needs '{missing}', which infra/modules/app.bicep does not set.";
        }
    }
}
