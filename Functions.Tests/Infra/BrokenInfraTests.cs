using AudienceSync.Infra.Rules;

namespace AudienceSync.Infra;

/// <summary>Each rule of <see cref="InfraTests"/> on a copy of the files with one thing broken: it must say so.</summary>
public sealed class BrokenInfraTests
{
    private const string Main = "infra/main.bicep";
    private const string App = "infra/modules/app.bicep";
    private const string Storage = "infra/modules/storage.bicep";
    private const string Roles = "infra/modules/roles.bicep";
    private const string Vault = "infra/modules/vault.bicep";
    private const string Network = "infra/modules/network.bicep";
    private const string Monitoring = "infra/modules/monitoring.bicep";
    private const string Alerts = "infra/modules/alerts.bicep";
    private const string Prod = "infra/environments/prod.bicepparam";
    private const string Dev = "infra/environments/dev.bicepparam";
    private const string Key = "infra/bootstrap-key.bicep";
    private const string Ci = ".github/workflows/ci.yml";
    private const string Deploy = ".github/workflows/deploy.yml";

    private static readonly InfraFiles Files = InfraFiles.Load();

    /// <summary>Rule, file, what is replaced, by what, and what the fault must name.</summary>
    public static TheoryData<string, string, string, string, string> Breaks => new()
    {
        // Grammar
        { "grammar", Main, "param location string", "param location", "infra/main.bicep" },
        { "grammar", App, "    httpsOnly: true\n", "    httpsOnly true\n", "':' is expected" },
        { "grammar", App, "    reserved: true\n", "    reserved: true,,\n", "expected" },
        { "grammar", Storage, "  name: name\n", "  name: 'st\n", "does not end" },
        { "grammar", Storage, "  for tableName in tables: {", "  for tableName tables: {", "'in' is expected" },
        { "grammar", Prod, "param zoneRedundant = true", "param zoneRedundant true", "'=' is expected" },

        // Modules
        { "modules", Main, "'modules/vault.bicep'", "'modules/vaults.bicep'", "modules/vaults.bicep" },
        { "modules", Main, "    recover: recoverVault\n", "", "does not give 'recover'" },
        { "modules", Main, "    recover: recoverVault\n", "    recover: recoverVault\n    colour: 'blue'\n", "'colour' is no parameter" },
        { "modules", Main, "    isPrivate: vnetEnabled\n    recover", "    isPrivate: 'yes'\n    recover", "is of type bool" },
        { "modules", Main, "vault.outputs.uri", "vault.outputs.url", "no output 'url'" },
        { "modules", Vault, "output uri string", "output address string", "no output 'uri'" },
        { "modules", Vault, "param workspaceId string", "param workspaceId string\nparam extra string", "does not give 'extra'" },
        { "modules", Main, "module budget 'modules/budget.bicep'", "module budget 'modules/alerts.bicep'", "no module and no parameter file names it" },

        // Names
        { "names", Main, "location: location\n    tags: tags\n    retentionDays: logRetentionDays", "location: region\n    tags: tags\n    retentionDays: logRetentionDays", "'region' is not declared" },
        { "names", App, "serverFarmId: plan.id", "serverFarmId: farm.id", "'farm' is not declared" },
        { "names", App, "'ClientId=${identityClientId};", "'ClientId=${identityClient};", "'identityClient' is not declared" },
        { "names", Network, "zone[index].id", "zone[number].id", "'number' is not declared" },
        { "names", Main, "param packageUri string = ''", "param packageUri string = ''\nparam unused string = ''", "'unused' is declared and not used" },
        { "names", Storage, "var auditLogs = [", "var spare = 1\n\nvar auditLogs = [", "'spare' is declared and not used" },
        { "names", App, "empty(subnetId)", "isEmpty(subnetId)", "'isEmpty' is no function" },
        { "names", Main, "param budgetStart string = ''", "param budgetStart string = ''\nparam budgetStart string = ''", "declared twice" },
        { "names", Main, "output AZURE_LOCATION string = location", "output AZURE_LOCATION string = utcNow()", "utcNow is allowed" },

        // Types
        { "types", Storage, "storageAccounts@2025-01-01' =", "storageAccounts@2015-01-01' =", "2015-01-01 is not on the list" },
        { "types", App, "Microsoft.Web/serverfarms@", "Microsoft.Web/serverFarm@", "Microsoft.Web/serverFarm" },
        { "types", App, "    httpsOnly: true\n", "    httpOnly: true\n", "'properties.httpOnly'" },
        { "types", App, "maximumInstanceCount: maximumInstanceCount", "maxInstanceCount: maximumInstanceCount", "maxInstanceCount" },
        { "types", Alerts, "skipQueryValidation", "skipValidation", "skipValidation" },
        { "types", "infra/modules/budget.bicep", "contactGroups: [", "actionGroups: [", "actionGroups" },
        { "types", "infra/modules/auth.bicep", "unauthenticatedClientAction:", "unauthenticatedAction:", "unauthenticatedAction" },

        // Parameter files
        { "parameters", Prod, "param zoneRedundant = true", "param zonesRedundant = true", "'zonesRedundant' is no parameter" },
        { "parameters", Prod, "param environmentName = 'prod'\n", "", "'environmentName' is not given" },
        { "parameters", Prod, "param zoneRedundant = true", "param zoneRedundant = 'true'", "is of type bool" },
        { "parameters", Prod, "param maximumInstanceCount = 100", "param maximumInstanceCount = 10", "breaks @minValue" },
        { "parameters", Prod, "param logRetentionDays = 90", "param logRetentionDays = 1000", "breaks @maxValue" },
        { "parameters", Dev, "using '../main.bicep'", "using 'main.bicep'", "uses no template" },
        { "parameters", "infra/bootstrap-key.bicepparam", "readEnvironmentVariable('BOOTSTRAP_KEY')", "'0123456789abcdef0123456789abcdef'", "is a secret and stands in the file" },

        // Security
        { "security", Roles, "'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'", "'ba92f5b4-2d11-453d-a403-e96b0029c9fe'", "the id of 'storageBlobDataOwner'" },
        { "security", Roles, "storageTableDataContributor: '", "owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'\n  storageTableDataContributor: '", "'owner' is no role" },
        { "security", Roles, "  scope: component\n", "", "whole resource group" },
        { "security", Roles, "guid(vault.id, appPrincipalId, roleIds.keyVaultSecretsOfficer)", "guid(vault.id, appPrincipalId)", "must be guid" },
        { "security", Roles, "'Microsoft.Authorization/roleDefinitions', roleIds.monitoringMetricsPublisher", "'Microsoft.Authorization/roleDefinitions', '3913510d'", "must give subscriptionResourceId" },
        { "security", Storage, "output id string = account.id", "output key string = account.listKeys().keys[0].value", "listKeys() brings a secret" },
        { "security", Monitoring, "output workspaceId string = workspace.id", "output workspaceId string = component.properties.ConnectionString", "connection string" },
        { "security", Key, "resource vault ", "output shown string = value\n\nresource vault ", "gives out the secret" },
        { "security", Key, "param value string", "param value string = 'none'", "has a default" },
        { "security", Main, "param extraTags object = {}", "param adminPassword string\nparam extraTags object = {}", "not @secure()" },
        { "security", Storage, "allowSharedKeyAccess: false", "allowSharedKeyAccess: true", "allowSharedKeyAccess" },
        { "security", Vault, "    enablePurgeProtection: true\n", "", "enablePurgeProtection" },
        { "security", Monitoring, "DisableLocalAuth: true", "DisableLocalAuth: false", "DisableLocalAuth" },
        { "security", App, "version: '10.0'", "version: '8.0'", "runtime.version" },
        { "security", App, "  name: 'ftp'\n", "  name: 'scm'\n", "'ftp'" },
        { "security", Network, "    group: 'queue'\n", "    group: 'file'\n", "'queue'" },
        { "security", Network, "Microsoft.App/environments", "Microsoft.Web/serverFarms", "delegated" },
        { "security", Network, "name: 'private-endpoints'", "name: 'private_endpoints'", "underscore" },

        // Tables and queues
        { "naming", Storage, "  'pages'\n", "", "Add a line 'pages' to `var tables`" },
        { "naming", Storage, "  'pages'\n", "  'pages'\n  'books'\n", "'books', which TableNames does not name" },
        { "naming", Storage, "  'plans'\n", "", "Add a line 'plans' to `var queues`" },
        { "naming", Storage, "'${queueName}-poison'", "'${queueName}-dead'", "{}-poison" },
        { "naming", Storage, "  for tableName in tables: {", "  for tableName in queues: {", "for each of `tables`" },
        { "naming", Storage, "  name: 'app-package'", "  name: 'other'", "container 'other'" },

        // Settings
        { "settings", App, "    AZURE_CLIENT_ID: identityClientId\n", "", "reads 'AZURE_CLIENT_ID'" },
        { "settings", App, "    AzureWebJobsStorage__tableServiceUri: account.properties.primaryEndpoints.table\n", "", "AzureWebJobsStorage__tableServiceUri" },
        { "settings", App, "    AzureWebJobsStorage__credential: 'managedidentity'\n", "", "The host needs 'AzureWebJobsStorage__credential'" },
        { "settings", App, "    Access__TrustAppServiceAuthentication:", "    Access__TrustAppService:", "nothing reads the setting 'Access__TrustAppService'" },
        { "settings", App, "    AZURE_CLIENT_ID: identityClientId\n", "    AZURE_CLIENT_ID: identityClientId\n    FUNCTIONS_WORKER_RUNTIME: 'dotnet-isolated'\n", "does not know the setting 'FUNCTIONS_WORKER_RUNTIME'" },
        { "settings", App, "    AZURE_CLIENT_ID: identityClientId\n", "    AZURE_CLIENT_ID: identityClientId\n    AzureWebJobsStorage: 'x'\n", "is a connection string" },
        { "settings", App, "      http20Enabled: true\n", "      http20Enabled: true\n      linuxFxVersion: 'DOTNET-ISOLATED|10.0'\n", "linuxFxVersion" },
        { "settings", App, "Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {\n  parent: app\n  name: 'scm'", "Microsoft.Web/sites/slots@2024-11-01' = {\n  parent: app\n  name: 'scm'", "no slots" },
        { "settings", Prod, "param logRetentionDays = 90", "param logRetentionDays = 90\nparam appSettings = {\n  Runs__HoldsFor: '1'\n}", "nothing reads the setting 'Runs__HoldsFor'" },

        // Alerts
        { "alerts", Alerts, "audiencesync.queue.poison.depth", "audiencesync.poison.depth", "'audiencesync.poison.depth'" },
        { "alerts", Alerts, "    name: 'sync-stopped'", "    name: 'stopped'", "no alert 'sync-stopped'" },
        { "alerts", Alerts, "    name: 'exceptions'", "    name: 'exceptional'", "'exceptional' has no runbook" },
        { "alerts", Alerts, "'alert-http-5xx-${suffix}'", "'alert-errors-${suffix}'", "no alert 'http-5xx'" },
        { "alerts", "infra/modules/budget.bicep", "Microsoft.Consumption/budgets", "Microsoft.Consumption/money", "no budget" },

        // azd
        { "azd", App, "'azd-service-name': 'api'", "'azd-service-name': 'app'", "deploys the service 'api'" },
        { "azd", "azure.yaml", "project: ./Functions", "project: ./App", "./App" },
        { "azd", "azure.yaml", "infra/hooks/postprovision.sh", "infra/hooks/provisioned.sh", "provisioned.sh" },
        { "azd", "infra/entra/app-roles.json", "\"editor\"", "\"author\"", "'author'" },

        // Workflows
        { "workflows", Ci, "actions/checkout@d23441a48e516b6c34aea4fa41551a30e30af803 # v6.1.0", "actions/checkout@v6", "is not pinned" },
        { "workflows", Ci, "@d23441a48e516b6c34aea4fa41551a30e30af803 # v6.1.0", "@d23441a48e516b6c34aea4fa41551a30e30af803", "is not pinned" },
        { "workflows", Ci, ".ci/run", ".ci/all", "'.ci/all' does not exist" },
        { "workflows", Ci, "permissions:\n", "concurrency:\n", "permissions" },
        { "workflows", Ci, "    timeout-minutes: ", "    max-minutes: ", "timeout-minutes" },
        { "workflows", Deploy, "id-token: write", "id-token: none", "id-token: write" },
        { "workflows", Deploy, "infra/main.bicep", "infra/all.bicep", "infra/all.bicep" },
        { "workflows", ".github/workflows/release-build.yml", "dotnet publish Functions", "dotnet publish App", "'App' is no project" },
        { "workflows", ".github/workflows/codeql.yml", "pull_request:", "pull_request_target:", "strangers" },
    };

    [Theory]
    [MemberData(nameof(Breaks))]
    public void Rule_OnABrokenCopy_SaysWhat(string rule, string path, string old, string @new, string fault)
    {
        var broken = Files.With(path, old, @new);

        var faults = rule switch
        {
            "grammar" => broken.GrammarFaults(),
            "modules" => ModuleRules.Faults(broken),
            "names" => NameRules.Faults(broken),
            "types" => TypeRules.Faults(broken),
            "parameters" => ParameterFileRules.Faults(broken),
            "security" => SecurityRules.Faults(broken),
            "naming" => NamingRules.Faults(broken),
            "settings" => SettingRules.Faults(broken),
            "alerts" => AlertRules.Faults(broken),
            "azd" => AzdRules.Faults(broken),
            _ => WorkflowRules.Faults(broken),
        };

        faults.ShouldContain(text => text.Contains(fault, StringComparison.Ordinal));
    }
}
