using AudienceSync.Observability;
using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;

namespace AudienceSync.Storage;

/// <summary>Where the app keeps everything: the account of the setting <c>AzureWebJobsStorage</c>, the same that the host uses.</summary>
/// <remarks>A connection string, or <c>AzureWebJobsStorage__accountName</c> / <c>__tableServiceUri</c> and <c>__queueServiceUri</c> for an identity
/// (<c>__clientId</c> names a user-assigned one).</remarks>
internal sealed class StorageAccount(IConfiguration configuration, Instruments instruments)
{
    private const string Setting = "AzureWebJobsStorage";

    public TableServiceClient CreateTables() => ConnectionString is { } connectionString
        ? new TableServiceClient(connectionString, TableOptions())
        : new TableServiceClient(ServiceUri("table"), Credential(), TableOptions());

    public QueueServiceClient CreateQueues() => ConnectionString is { } connectionString
        ? new QueueServiceClient(connectionString, QueueOptions())
        : new QueueServiceClient(ServiceUri("queue"), Credential(), QueueOptions());

    /// <summary>Messages are encoded as host.json says; a client that encodes otherwise sends nothing but poison.</summary>
    private QueueClientOptions QueueOptions() => Counted(new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 }, "queue");

    private TableClientOptions TableOptions() => Counted(new TableClientOptions(), "table");

    private T Counted<T>(T options, string service)
        where T : ClientOptions
    {
        options.AddPolicy(new TrafficPolicy(service, instruments), HttpPipelinePosition.PerRetry);
        return options;
    }

    private string? ConnectionString => configuration[Setting] is { Length: > 0 } value ? value : null;

    private Uri ServiceUri(string service)
    {
        var section = configuration.GetSection(Setting);
        return section[$"{service}ServiceUri"] is { Length: > 0 } uri ? new Uri(uri)
            : section["accountName"] is { Length: > 0 } account ? new Uri($"https://{account}.{service}.core.windows.net")
            : throw new InvalidOperationException(
                $"No storage is configured. Set {Setting} to a connection string (Azurite: UseDevelopmentStorage=true), or {Setting}__accountName for an identity.");
    }

    private TokenCredential Credential() =>
        new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = configuration[$"{Setting}:clientId"] });
}
