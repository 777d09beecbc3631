using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Faults;

namespace AudienceSync.Erasures;

/// <summary>Where an erasure stands, as answers say it.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ErasureStatus>))]
public enum ErasureStatus
{
    /// <summary>Noted; the profile is gone and the tombstone is set.</summary>
    Queued,

    /// <summary>Destinations are told.</summary>
    Removing,

    /// <summary>Every destination has answered for good; what is kept here is emptied of the person.</summary>
    Purging,

    Completed,

    /// <summary>It takes longer than <see cref="ErasureOptions.AttentionAfter"/>: somebody should look at its receipts. It goes on all the same.</summary>
    Attention,
}

/// <summary>One person being erased, or erased. Once it is completed nothing in it tells who it was but a keyed hash.</summary>
public sealed record Erasure
{
    /// <summary><c>ers_…</c></summary>
    public required string Id { get; init; }

    /// <summary>Keyed hash of the profile id (<see cref="Profiles.PersonHashes"/>).</summary>
    public required string Person { get; init; }

    /// <summary>Member key of the profile id: where in pages the person stands. 0 once it is completed.</summary>
    public ulong Key { get; init; }

    /// <summary>Who it is (<see cref="PersonRecord"/>), sealed; null once it is completed.</summary>
    public string? Sealed { get; init; }

    public required DateTimeOffset RequestedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Version of the suppression list from which on it holds the tombstones; 0 before they are set.</summary>
    public long SuppressionVersion { get; init; }

    /// <summary>The operation that drops the profile is in the inbox.</summary>
    public bool IsNoted { get; init; }

    /// <summary>When the profiles had been published without the person.</summary>
    public DateTimeOffset? FoldedAt { get; init; }

    /// <summary>There is a receipt for each destination that there was.</summary>
    public bool IsSurveyed { get; init; }

    /// <summary>When a purge last found nothing more of the person but what destinations still owe.</summary>
    public DateTimeOffset? PurgedAt { get; init; }

    /// <summary>That somebody should look was said in the log.</summary>
    public bool IsReported { get; init; }

    public required ImmutableArray<ErasureReceipt> Receipts { get; init; }

    [JsonIgnore]
    public string ETag { get; init; } = "";

    /// <summary>Every destination has answered for good.</summary>
    [JsonIgnore]
    public bool IsSettled => IsSurveyed && Receipts.All(receipt => receipt.IsFinal);

    public ErasureStatus StatusAt(DateTimeOffset now, TimeSpan attentionAfter) =>
        FinishedAt is not null ? ErasureStatus.Completed
        : now - RequestedAt > attentionAfter ? ErasureStatus.Attention
        : !IsSurveyed ? ErasureStatus.Queued
        : IsSettled ? ErasureStatus.Purging
        : ErasureStatus.Removing;

    public ErasureReceipt? ReceiptOf(string destinationId) => Receipts.FirstOrDefault(receipt => receipt.DestinationId == destinationId);

    /// <summary>With the receipt in the place of the destination's present one.</summary>
    public Erasure With(ErasureReceipt receipt) => this with
    {
        Receipts = ReceiptOf(receipt.DestinationId) is { } present ? Receipts.Replace(present, receipt) : Receipts.Add(receipt),
    };
}
