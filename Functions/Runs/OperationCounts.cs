using System.Text.Json.Serialization;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Runs;

/// <summary>A count for each operation.</summary>
public readonly record struct OperationCounts(long Add, long Update, long Remove)
{
    [JsonIgnore]
    public long Total => Add + Update + Remove;

    /// <summary>The count of one operation.</summary>
    [JsonIgnore]
    public long this[DeliveryOperation operation] => operation switch
    {
        DeliveryOperation.Add => Add,
        DeliveryOperation.Update => Update,
        _ => Remove,
    };

    public static OperationCounts Of(DeliveryOperation operation, long count = 1) => operation switch
    {
        DeliveryOperation.Add => new(count, 0, 0),
        DeliveryOperation.Update => new(0, count, 0),
        _ => new(0, 0, count),
    };

    public static OperationCounts operator +(OperationCounts left, OperationCounts right) =>
        new(left.Add + right.Add, left.Update + right.Update, left.Remove + right.Remove);

    public static OperationCounts operator -(OperationCounts left, OperationCounts right) =>
        new(left.Add - right.Add, left.Update - right.Update, left.Remove - right.Remove);

}
