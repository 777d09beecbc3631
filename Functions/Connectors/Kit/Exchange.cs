using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <summary>One request and its answer, redacted: no secret, in headers, address or body.</summary>
/// <param name="Status">0 when there was no answer; <paramref name="Failure"/> then says why.</param>
public sealed record Exchange(
    string Method,
    string Url,
    ImmutableArray<KeyValuePair<string, string>> RequestHeaders,
    string? RequestBody,
    int Status,
    ImmutableArray<KeyValuePair<string, string>> ResponseHeaders,
    string? ResponseBody,
    TimeSpan Duration,
    string? Failure);

/// <summary>What one conversation with a platform came to.</summary>
/// <param name="Outcome">Of the rows that <see cref="Answers"/> has no answer for; never <see cref="DeliveryOutcome.RefusedRows"/>.</param>
public sealed record DeliveryReport(DeliveryOutcome Outcome, ImmutableArray<Exchange> Exchanges)
{
    /// <summary>Rows that were answered before the conversation came to its outcome, in the order of the batch, null where a row is open; empty for none.</summary>
    public ImmutableArray<RowOutcome?> Answers { get; init; } = [];

    /// <summary>Some of what was asked for an open row was done all the same.</summary>
    public bool MayHaveArrived { get; init; }
}

/// <summary>One step of a connection check.</summary>
public sealed record CheckStep(string Name, bool Ok, TimeSpan Duration, string? Detail = null);
