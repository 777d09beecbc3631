using AudienceSync.Http;
using Azure.Data.Tables;
using Azure.Storage.Queues;

namespace AudienceSync.Storage;

/// <summary>Whether tables answer: reads a row that need not exist.</summary>
internal sealed class TableReadiness(TableServiceClient tables) : IReadinessCheck
{
    public string Name => "tables";

    public Task CheckAsync(CancellationToken cancellationToken) =>
        tables.GetTableClient(TableNames.Keys).GetEntityIfExistsAsync<TableEntity>("ready", "ready", cancellationToken: cancellationToken);
}

/// <summary>Whether the queues exist and answer.</summary>
internal sealed class QueueReadiness(QueueServiceClient queues) : IReadinessCheck
{
    public string Name => "queues";

    public Task CheckAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(QueueNames.All.Select(name => queues.GetQueueClient(name).GetPropertiesAsync(cancellationToken)));
}
