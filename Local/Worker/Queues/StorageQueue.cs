using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Microsoft.Azure.Functions.Worker.Local;

internal sealed class StorageQueue(QueueClient client) : IMessageQueue
{
    public string Name => client.Name;

    public async Task<bool> ExistsAsync(CancellationToken cancellationToken) => await client.ExistsAsync(cancellationToken);

    public async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(int count, TimeSpan visibility, CancellationToken cancellationToken) =>
        (await client.ReceiveMessagesAsync(count, visibility, cancellationToken)).Value;

    public async Task<string> HideAsync(string messageId, string popReceipt, TimeSpan visibility, CancellationToken cancellationToken) =>
        (await client.UpdateMessageAsync(messageId, popReceipt, messageText: null, visibility, cancellationToken)).Value.PopReceipt;

    public Task DeleteAsync(string messageId, string popReceipt, CancellationToken cancellationToken) =>
        client.DeleteMessageAsync(messageId, popReceipt, cancellationToken);

    public async Task AddAsync(string body, CancellationToken cancellationToken)
    {
        try
        {
            await client.SendMessageAsync(body, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            await client.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            await client.SendMessageAsync(body, cancellationToken);
        }
    }
}
