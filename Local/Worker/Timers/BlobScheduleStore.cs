using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>The blobs of the real host: <c>azure-webjobs-hosts/timers/{hostId}/Host.Functions.{name}/status</c> on AzureWebJobsStorage.</summary>
internal sealed class BlobScheduleStore(StorageConnections connections, HostIdentity identity) : IScheduleStore
{
    private readonly Lazy<BlobContainerClient> _container = new(() => connections.BlobContainer(StorageConnections.Default, "azure-webjobs-hosts"));

    public async Task<ScheduleStatus?> ReadAsync(string function, CancellationToken cancellationToken)
    {
        try
        {
            var blob = await Blob(function).DownloadContentAsync(cancellationToken);
            return blob.Value.Content.ToObjectFromJson<ScheduleStatus>();
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
        catch (JsonException)
        {
            return null; // as if it had never run
        }
    }

    public async Task WriteAsync(string function, ScheduleStatus status, CancellationToken cancellationToken)
    {
        try
        {
            await PutAsync(function, status, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await _container.Value.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            await PutAsync(function, status, cancellationToken);
        }
    }

    /// <summary>In two calls: the one-call upload checks a CRC64 with System.IO.Hashing, which is not among this build's packages.</summary>
    private async Task PutAsync(string function, ScheduleStatus status, CancellationToken cancellationToken)
    {
        var blob = Blob(function);
        var block = Convert.ToBase64String("status"u8);
        using var content = BinaryData.FromObjectAsJson(status).ToStream();
        await blob.StageBlockAsync(block, content, cancellationToken: cancellationToken);
        await blob.CommitBlockListAsync([block], cancellationToken: cancellationToken);
    }

    private BlockBlobClient Blob(string function) => _container.Value.GetBlockBlobClient($"timers/{identity.Id}/Host.Functions.{function}/status");
}
