using AudienceSync.Delivery;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Hourly: drops the records of calls that are past their time or beyond their destination's ring.</summary>
public sealed class DeliveryRecordsTimer(IDeliveryRecords records, DeliveryOptions options, TimeProvider time)
{
    [Function("trim-delivery-records")]
    public Task RunAsync([TimerTrigger("0 17 * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        records.TrimAsync(time.GetUtcNow() - options.KeepRecordsFor, options.RecordsPerDestination, options.RecordBytesPerDestination, cancellationToken);
}
