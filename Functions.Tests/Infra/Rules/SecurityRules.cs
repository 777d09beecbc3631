using System.Collections.Immutable;
using AudienceSync.Infra.Bicep;

namespace AudienceSync.Infra.Rules;

/// <summary>Role ids are those of their names, nothing secret comes out, and what must be closed is closed.</summary>
internal static class SecurityRules
{
    /// <summary>learn.microsoft.com/azure/role-based-access-control/built-in-roles, read 2026-08.</summary>
    private static readonly Dictionary<string, string> Roles = new()
    {
        ["keyVaultSecretsOfficer"] = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        ["keyVaultSecretsUser"] = "4633458b-17de-408a-b874-0445c86b69e6",
        ["monitoringMetricsPublisher"] = "3913510d-42f4-4e42-8a64-420c390055eb",
        ["storageBlobDataContributor"] = "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        ["storageBlobDataOwner"] = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        ["storageQueueDataContributor"] = "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
        ["storageTableDataContributor"] = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    };

    /// <summary>Type, path and value: every resource of the type says so.</summary>
    private static readonly ImmutableArray<(string Type, string Path, string Value)> Musts =
    [
        ("Microsoft.Storage/storageAccounts", "properties.allowSharedKeyAccess", "false"),
        ("Microsoft.Storage/storageAccounts", "properties.allowBlobPublicAccess", "false"),
        ("Microsoft.Storage/storageAccounts", "properties.defaultToOAuthAuthentication", "true"),
        ("Microsoft.Storage/storageAccounts", "properties.allowCrossTenantReplication", "false"),
        ("Microsoft.Storage/storageAccounts", "properties.isLocalUserEnabled", "false"),
        ("Microsoft.Storage/storageAccounts", "properties.supportsHttpsTrafficOnly", "true"),
        ("Microsoft.Storage/storageAccounts", "properties.minimumTlsVersion", "TLS1_2"),
        ("Microsoft.Storage/storageAccounts/blobServices/containers", "properties.publicAccess", "None"),
        ("Microsoft.KeyVault/vaults", "properties.enableRbacAuthorization", "true"),
        ("Microsoft.KeyVault/vaults", "properties.enablePurgeProtection", "true"),
        ("Microsoft.OperationalInsights/workspaces", "properties.features.disableLocalAuth", "true"),
        ("Microsoft.Insights/components", "properties.DisableLocalAuth", "true"),
        ("Microsoft.Web/sites", "properties.httpsOnly", "true"),
        ("Microsoft.Web/sites", "properties.siteConfig.ftpsState", "Disabled"),
        ("Microsoft.Web/sites", "properties.siteConfig.minTlsVersion", "1.2"),
        ("Microsoft.Web/sites", "identity.type", "UserAssigned"),
        ("Microsoft.Web/sites", "properties.functionAppConfig.runtime.name", "dotnet-isolated"),
        ("Microsoft.Web/sites", "properties.functionAppConfig.runtime.version", "10.0"),
        ("Microsoft.Web/sites", "properties.functionAppConfig.deployment.storage.type", "blobContainer"),
        ("Microsoft.Web/sites", "properties.functionAppConfig.deployment.storage.authentication.type", "UserAssignedIdentity"),
        ("Microsoft.Web/serverfarms", "sku.name", "FC1"),
        ("Microsoft.Web/serverfarms", "sku.tier", "FlexConsumption"),
        ("Microsoft.Web/serverfarms", "properties.reserved", "true"),
        ("Microsoft.Web/sites/basicPublishingCredentialsPolicies", "properties.allow", "false"),
    ];

    public static IEnumerable<string> Faults(InfraFiles files) => RoleFaults(files).Concat(SecretFaults(files)).Concat(MustFaults(files)).Concat(NetworkFaults(files));

    private static IEnumerable<string> RoleFaults(InfraFiles files)
    {
        foreach (var file in files.Templates)
        {
            if (file.All<Declaration.Variable>().FirstOrDefault(variable => variable.Name == "roleIds") is { Value: Expression.Object roles })
            {
                foreach (var role in roles.Properties)
                {
                    var id = (role.Value as Expression.Text)?.Literal;
                    if (!Roles.TryGetValue(role.Name, out var right))
                    {
                        yield return $"{file.Path}:{role.Line}: '{role.Name}' is no role that this test knows. Add it with its id.";
                    }
                    else if (id != right)
                    {
                        yield return $"{file.Path}:{role.Line}: the id of '{role.Name}' is {right}, not {id}.";
                    }
                }
            }

            foreach (var assignment in file.All<Declaration.Resource>().Where(resource => resource.TypeName == "Microsoft.Authorization/roleAssignments"))
            {
                var properties = BicepWalk.Properties(assignment.Object).ToDictionary(property => property.Path, property => property.Property.Value);
                var role = RoleOf(properties.GetValueOrDefault("properties.roleDefinitionId"));
                if (role is null)
                {
                    yield return $"{file.Path}:{assignment.Line}: '{assignment.Name}' must give subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.…).";
                    continue;
                }

                if (assignment.Object.Find("scope") is null)
                {
                    yield return $"{file.Path}:{assignment.Line}: '{assignment.Name}' gives a role on the whole resource group. Scope it to a resource.";
                }

                // guid(scope.id, principalId, role): the same deployment makes the same assignment, another one another.
                var named = assignment.Object.Find("name") as Expression.Call;
                var parts = named?.Arguments.SelectMany(BicepWalk.Within).ToList() ?? [];
                if (named?.Function != "guid" || !parts.OfType<Expression.Member>().Any(part => part.Property == role) || !parts.OfType<Expression.Member>().Any(part => part.Property == "id"))
                {
                    yield return $"{file.Path}:{assignment.Line}: the name of '{assignment.Name}' must be guid(scope.id, principal, roleIds.{role}).";
                }
            }
        }
    }

    private static string? RoleOf(Expression? id) =>
        id is Expression.Call
        {
            Function: "subscriptionResourceId", Arguments: [Expression.Text { Literal: "Microsoft.Authorization/roleDefinitions" },
            Expression.Member { Of: Expression.Name { Value: "roleIds" }, Property: var role }],
        }
            ? role
            : null;

    private static IEnumerable<string> SecretFaults(InfraFiles files)
    {
        foreach (var file in files.Bicep)
        {
            foreach (var call in file.Declarations.SelectMany(BicepWalk.Within).OfType<Expression.Call>()
                .Where(call => call.Function.StartsWith("list", StringComparison.Ordinal) || call.Function is "getSecret" or "newGuid"))
            {
                yield return $"{file.Path}:{call.Line}: {call.Function}() brings a secret into the template.";
            }

            var secure = file.All<Declaration.Parameter>().Where(parameter => parameter.IsSecure).ToList();
            foreach (var parameter in secure.Where(parameter => parameter.Default is not null))
            {
                yield return $"{file.Path}:{parameter.Line}: the secret '{parameter.Name}' has a default.";
            }

            foreach (var output in file.All<Declaration.Output>())
            {
                foreach (var name in BicepWalk.FreeNames(output.Value).Where(name => secure.Any(parameter => parameter.Name == name.Value)))
                {
                    yield return $"{file.Path}:{output.Line}: output '{output.Name}' gives out the secret '{name.Value}'.";
                }

                if (BicepWalk.Within(output).OfType<Expression.Member>().Any(member => member.Property is "ConnectionString" or "InstrumentationKey" or "primaryKey" or "value"))
                {
                    yield return $"{file.Path}:{output.Line}: output '{output.Name}' gives out a key or a connection string.";
                }
            }

            foreach (var parameter in file.All<Declaration.Parameter>().Where(parameter =>
                !parameter.IsSecure && (parameter.Name.Contains("password", StringComparison.OrdinalIgnoreCase) || parameter.Name.EndsWith("secret", StringComparison.OrdinalIgnoreCase))))
            {
                yield return $"{file.Path}:{parameter.Line}: '{parameter.Name}' sounds like a secret and is not @secure().";
            }
        }
    }

    private static IEnumerable<string> MustFaults(InfraFiles files)
    {
        foreach (var (type, path, value) in Musts)
        {
            var found = false;
            foreach (var file in files.Templates)
            {
                foreach (var resource in file.All<Declaration.Resource>().Where(resource => resource.TypeName == type && !resource.IsExisting))
                {
                    found = true;
                    var given = BicepWalk.Properties(resource.Object).FirstOrDefault(property => property.Path == path).Property?.Value;
                    var word = given switch
                    {
                        Expression.Text text => text.Literal,
                        Expression.Word bare => bare.Value,
                        _ => null,
                    };
                    if (word != value)
                    {
                        yield return $"{file.Path}:{resource.Line}: '{path}' of {type} must be {value}.";
                    }
                }
            }

            if (!found)
            {
                yield return $"No template has a {type}, whose '{path}' must be {value}.";
            }
        }

        var policies = files.Templates.SelectMany(file => file.All<Declaration.Resource>())
            .Where(resource => resource.TypeName == "Microsoft.Web/sites/basicPublishingCredentialsPolicies")
            .Select(resource => (resource.Object.Find("name") as Expression.Text)?.Literal);
        foreach (var missing in new[] { "scm", "ftp" }.Except(policies))
        {
            yield return $"Basic credentials of '{missing}' are not switched off.";
        }
    }

    /// <summary>Behind the private network all three services of storage and the vault have an endpoint; the app's subnet belongs to Flex Consumption.</summary>
    private static IEnumerable<string> NetworkFaults(InfraFiles files)
    {
        var texts = files.Templates.SelectMany(file => file.Declarations).SelectMany(BicepWalk.Within).ToList();
        var groups = texts.OfType<Expression.Object>().Select(each => (each.Find("group") as Expression.Text)?.Literal).OfType<string>().ToHashSet();
        foreach (var missing in new[] { "blob", "queue", "table", "vault" }.Except(groups))
        {
            yield return $"The private network has no endpoint for '{missing}'.";
        }

        var subnets = files.Templates.SelectMany(file => file.All<Declaration.Resource>())
            .Where(resource => resource.TypeName == "Microsoft.Network/virtualNetworks")
            .SelectMany(resource => BicepWalk.Properties(resource.Object))
            .ToList();
        if (!subnets.Any(property => property.Property is { Name: "serviceName", Value: Expression.Text { Literal: "Microsoft.App/environments" } }))
        {
            yield return "No subnet is delegated to Microsoft.App/environments, which Flex Consumption needs.";
        }

        foreach (var (_, name) in subnets.Where(property => property.Path == "properties.subnets[].name" && property.Property.Value is Expression.Text { Literal: { } text } && text.Contains('_')))
        {
            yield return $"The name of a subnet has an underscore (line {name.Line}), which Flex Consumption refuses.";
        }
    }
}
