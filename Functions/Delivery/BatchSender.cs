using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Delivery;

/// <summary>Sends a batch once: one call, or the calls that halving a refused batch takes. When and whether to try again is the caller's.</summary>
public sealed class BatchSender(IConnectorClient client)
{
    /// <summary>Codes of failures before a byte of the request could arrive.</summary>
    private static readonly ImmutableHashSet<string> NeverArrived = ["dns_failure", "connect_failed", "tls_failure"];

    /// <summary>Whether a request that failed so cannot have reached the platform.</summary>
    public static bool IsKnownLost(string code) => NeverArrived.Contains(code);

    /// <summary>Sends the open rows.</summary>
    /// <param name="known">Outcomes so far; rows that have one are not sent again.</param>
    /// <param name="job">A job to ask after before anything is sent.</param>
    /// <param name="messageId">Makes the id of a set of operation ids.</param>
    /// <param name="saveAsync">Keeps outcomes between the calls of a halved batch, so that a crash sends no more than it must.</param>
    public async Task<BatchProgress> SendAsync(
        ConnectorDefinition connector,
        ConnectorSettings settings,
        DeliveryBatch batch,
        IReadOnlyList<RowOutcome?> known,
        PendingJob? job,
        Func<IEnumerable<string>, string> messageId,
        Func<RowOutcome?[], Task> saveAsync,
        CancellationToken cancellationToken)
    {
        RowOutcome?[] rows = [.. known];
        string? receipt = null;
        var requests = 0;
        Verdict verdict = Verdict.Settled.Value;
        var open = new Stack<int[]>();
        open.Push([.. Enumerable.Range(0, rows.Length).Where(row => rows[row] is null && job?.Rows.Contains(row) is not true)]);
        if (job is not null)
        {
            open.Push([.. job.Rows]);
        }

        while (open.TryPop(out var indexes))
        {
            if (indexes.Length == 0)
            {
                continue;
            }

            var part = batch with
            {
                Rows = [.. indexes.Select(index => batch.Rows[index])],
                MessageId = messageId(indexes.Select(index => batch.Rows[index].OperationId)),
            };
            var report = job is null
                ? await client.DeliverAsync(connector, settings, part, cancellationToken)
                : await client.PollAsync(connector, settings, part, job.Id, cancellationToken);
            requests += report.Exchanges.Length;
            switch (report.Outcome)
            {
                case DeliveryOutcome.Settled settled:
                    verdict = Take(rows, indexes, settled.Rows) ?? verdict;
                    break;
                case DeliveryOutcome.Stored stored:
                    receipt = stored.Receipt;
                    Fill(rows, indexes, RowOutcome.Accepted);
                    break;
                case DeliveryOutcome.Refused refused when batch.Form is DeliveryForm.File:
                    // A file is taken or not as a whole: no row of it is at fault.
                    return new(rows, new Verdict.Stop(refused.Code, refused.Detail, IsUnauthorized: false), receipt, requests, job);
                case DeliveryOutcome.Refused when indexes.Length > 1:
                    open.Push(indexes[(indexes.Length / 2)..]);
                    open.Push(indexes[..(indexes.Length / 2)]);
                    break;
                case DeliveryOutcome.Refused refused:
                    Fill(rows, indexes, new(RowFate.Rejected, refused.Code, refused.Detail));
                    break;
                case DeliveryOutcome.Throttled throttled:
                    return new(rows, new Verdict.Wait(throttled.RetryAfter, throttled.Code), receipt, requests, job);
                case DeliveryOutcome.Failed failed:
                    return new(rows, new Verdict.TryAgain(failed.Code, failed.Detail, IsKnownLost(failed.Code), IsWhole: true), receipt, requests, job);
                case DeliveryOutcome.Pending pending:
                    return new(rows, new Verdict.Poll(pending.PollAfter), receipt, requests, new(pending.JobId, [.. indexes]));
                case DeliveryOutcome.Unauthorized unauthorized:
                    return new(rows, new Verdict.Stop(unauthorized.Code, unauthorized.Detail, IsUnauthorized: true), receipt, requests, job);
                case DeliveryOutcome.Misconfigured misconfigured:
                    return new(rows, new Verdict.Stop(misconfigured.Code, misconfigured.Detail, IsUnauthorized: false), receipt, requests, job);
                default:
                    throw new InvalidOperationException($"Unknown outcome {report.Outcome.GetType().Name}.");
            }

            job = null;
            if (open.Count > 0)
            {
                await saveAsync(rows);
            }
        }

        return new(rows, verdict, receipt, requests, job);
    }

    /// <summary>Takes the platform's word for each row; rows worth another try stay open.</summary>
    private static Verdict.TryAgain? Take(RowOutcome?[] rows, int[] indexes, ImmutableArray<RowOutcome> answers)
    {
        if (answers.Length != indexes.Length)
        {
            throw new InvalidOperationException($"The connector answered for {answers.Length} of {indexes.Length} rows.");
        }

        Verdict.TryAgain? again = null;
        foreach (var (at, answer) in answers.Index())
        {
            if (answer.Fate is RowFate.Retryable)
            {
                again ??= new(answer.Code ?? "retryable", answer.Detail ?? "", IsKnownLost: true, IsWhole: false);
            }
            else
            {
                rows[indexes[at]] = answer;
            }
        }

        return again;
    }

    private static void Fill(RowOutcome?[] rows, int[] indexes, RowOutcome outcome)
    {
        foreach (var index in indexes)
        {
            rows[index] = outcome;
        }
    }
}
