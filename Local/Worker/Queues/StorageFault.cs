using Azure;
using Azure.Storage.Queues.Models;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>What a storage error means to a listener.</summary>
internal static class StorageFault
{
    /// <summary>The message is no longer ours: another reader has it, or it is gone.</summary>
    public static bool IsOwnershipLost(Exception exception) => exception is RequestFailedException fault
        && (fault.Status == 404 || (fault.Status == 400 && fault.ErrorCode == QueueErrorCode.PopReceiptMismatch));

    /// <summary>
    /// It may pass: the queue is missing or being deleted, the service fails or cannot be reached. The real host restarts when storage
    /// cannot be reached at all; here the listener waits, which looks the same from outside.
    /// </summary>
    public static bool MayPass(Exception exception) => exception switch
    {
        RequestFailedException { Status: 0 or 404 or 408 or 429 or >= 500 } => true,
        RequestFailedException { Status: 409 } fault => fault.ErrorCode == QueueErrorCode.QueueBeingDeleted,
        AggregateException all => all.InnerExceptions.All(MayPass), // what the client throws when its own retries have failed
        TaskCanceledException => true, // the client's network time-out
        _ => false,
    };
}
