using AudienceSync.Access;
using Azure.Data.Tables;
using Azure.Storage.Queues;
using Microsoft.Extensions.Hosting;

namespace AudienceSync.Storage;

/// <summary>Before the first trigger: tables and queues exist, and the installation's keys are loaded.</summary>
internal sealed class StorageStartup(TableServiceClient tables, QueueServiceClient queues, InstallationKeys keys) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(
        [
            .. TableNames.All.Select(name => (Task)tables.CreateTableIfNotExistsAsync(name, cancellationToken)),
            .. QueueNames.All.SelectMany(name => new[] { name, name + QueueNames.PoisonSuffix })
                .Select(name => (Task)queues.GetQueueClient(name).CreateIfNotExistsAsync(cancellationToken: cancellationToken)),
        ]);
        await keys.LoadAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
