using Azure;
using Azure.Storage.Queues.Models;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>A storage queue, bodies as they are on the wire. Faults are <see cref="RequestFailedException"/>.</summary>
internal interface IMessageQueue
{
    string Name { get; }

    Task<bool> ExistsAsync(CancellationToken cancellationToken);

    /// <param name="count">1–32</param>
    Task<IReadOnlyList<QueueMessage>> ReceiveAsync(int count, TimeSpan visibility, CancellationToken cancellationToken);

    /// <summary>Hides a message for so long from now and gives its new pop receipt. The body stays as it is.</summary>
    Task<string> HideAsync(string messageId, string popReceipt, TimeSpan visibility, CancellationToken cancellationToken);

    Task DeleteAsync(string messageId, string popReceipt, CancellationToken cancellationToken);

    /// <summary>Adds a message; makes the queue if there is none.</summary>
    Task AddAsync(string body, CancellationToken cancellationToken);
}
