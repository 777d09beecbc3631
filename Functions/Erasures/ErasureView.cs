using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace AudienceSync.Erasures;

/// <summary>An erasure as answers show it. It names nobody.</summary>
public sealed record ErasureView(
    string Id, ErasureStatus Status, DateTimeOffset RequestedAt, DateTimeOffset? FinishedAt, ImmutableArray<ReceiptView> Receipts)
{
    [JsonIgnore]
    public string ETag { get; init; } = "";

    public static ErasureView Of(Erasure erasure, ErasureStatus status) => new(
        erasure.Id, status, erasure.RequestedAt, erasure.FinishedAt, [.. erasure.Receipts.Select(ReceiptView.Of)])
    {
        ETag = erasure.ETag,
    };
}

/// <param name="Remaining">What remains to be done by hand.</param>
/// <param name="Platform">What the platform answered last.</param>
public sealed record ReceiptView(
    ReceiptDestination Destination, string? Connector, ReceiptAudience Audience, ErasureOutcome Outcome, string? Code, string? Detail, string? Remaining,
    DateTimeOffset? At, ReceiptPlatform? Platform, string? RunId, int Attempts, DateTimeOffset? NextTryAt)
{
    public static ReceiptView Of(ErasureReceipt receipt) => new(
        new(receipt.DestinationId, receipt.DestinationName),
        receipt.Connector,
        new(receipt.AudienceName, receipt.AudienceId),
        receipt.Outcome,
        receipt.Code,
        receipt.Detail,
        receipt.Remaining,
        receipt.At,
        receipt.PlatformStatus is { } status ? new(status) : null,
        receipt.RunId,
        receipt.Attempts,
        receipt.NextTryAt);
}

public sealed record ReceiptDestination(string Id, string Name);

/// <param name="ExternalId">The platform's id.</param>
public sealed record ReceiptAudience(string Name, string? ExternalId);

/// <param name="Status">HTTP status.</param>
public sealed record ReceiptPlatform(int Status);
