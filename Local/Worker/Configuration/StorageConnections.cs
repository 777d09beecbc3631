using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>
/// Storage clients of a connection setting: a connection string, or the parts <c>__queueServiceUri</c>, <c>__blobServiceUri</c> or
/// <c>__accountName</c> with an Entra credential (<c>__credential=managedidentity</c>, <c>__clientId</c>; default: DefaultAzureCredential).
/// </summary>
internal sealed class StorageConnections(IConfiguration configuration)
{
    public const string Default = "AzureWebJobsStorage";

    /// <summary>A client that leaves bodies as they are on the wire: the listener decodes, so that it can move what does not decode.</summary>
    /// <exception cref="FunctionsHostException">The connection is not configured.</exception>
    public QueueClient Queue(string connection, string queueName)
    {
        var options = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None };
        return Section(connection) switch
        {
            { Value: { Length: > 0 } text } => Named(connection, () => new QueueClient(text, queueName, options)),
            var parts => new QueueClient(
                new Uri($"{Endpoint(parts, connection, "queue", "queueServiceUri").AbsoluteUri.TrimEnd('/')}/{queueName}"), Credential(parts), options),
        };
    }

    /// <exception cref="FunctionsHostException">The connection is not configured.</exception>
    public BlobContainerClient BlobContainer(string connection, string container) => Section(connection) switch
    {
        { Value: { Length: > 0 } text } => Named(connection, () => new BlobContainerClient(text, container)),
        var parts => new BlobContainerClient(
            new Uri($"{Endpoint(parts, connection, "blob", "blobServiceUri").AbsoluteUri.TrimEnd('/')}/{container}"), Credential(parts)),
    };

    // The order of the real host: AzureWebJobs{name} before {name}, connection strings last.
    private IConfigurationSection Section(string connection) =>
        new[] { $"AzureWebJobs{connection}", connection, $"ConnectionStrings:{connection}" }
            .Select(configuration.GetSection)
            .FirstOrDefault(section => section.Exists())
        ?? throw new FunctionsHostException(
            $"The storage connection '{connection}' is not configured: set {connection} to a connection string (UseDevelopmentStorage=true for "
            + $"Azurite), or {connection}__queueServiceUri and {connection}__blobServiceUri for an identity.");

    private static Uri Endpoint(IConfigurationSection parts, string connection, string service, string key)
    {
        if ((parts[key] ?? parts["serviceUri"]) is { } text)
        {
            return Uri.TryCreate(text, UriKind.Absolute, out var uri)
                ? uri
                : throw new FunctionsHostException($"The setting {connection}__{key} is '{text}', not an absolute URI.");
        }

        return parts["accountName"] is { Length: > 0 } account
            ? new Uri($"https://{account}.{service}.core.windows.net")
            : throw new FunctionsHostException($"The storage connection '{connection}' has no {service} endpoint: set {connection}__{key}.");
    }

    private static TokenCredential Credential(IConfigurationSection parts) =>
        string.Equals(parts["credential"], "managedidentity", StringComparison.OrdinalIgnoreCase)
            ? new ManagedIdentityCredential(parts["clientId"] is { Length: > 0 } id ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned)
            : new DefaultAzureCredential();

    private static TClient Named<TClient>(string connection, Func<TClient> create)
    {
        try
        {
            return create();
        }
        catch (FormatException exception)
        {
            throw new FunctionsHostException($"The storage connection '{connection}' is not a connection string: {exception.Message}", exception);
        }
    }
}
