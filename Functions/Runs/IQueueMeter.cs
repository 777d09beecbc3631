namespace AudienceSync.Runs;

/// <summary>Measures how many messages wait in each queue and its poison queue, and for how long.</summary>
public interface IQueueMeter
{
    Task MeasureAsync(CancellationToken cancellationToken);
}
