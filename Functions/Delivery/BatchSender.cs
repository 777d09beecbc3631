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
        DeliveryRow[] current = [.. batch.Rows];
        string? receipt = null;
        var requests = 0;
        var mayHaveArrived = false;
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
                Rows = [.. indexes.Select(index => current[index])],
                MessageId = messageId(indexes.Select(index => batch.Rows[index].OperationId)),
            };
            var report = job is null
                ? await client.DeliverAsync(connector, settings, part, cancellationToken)
                : await client.PollAsync(connector, settings, part, job.Id, cancellationToken);
            requests += report.Exchanges.Length;
            mayHaveArrived |= report.MayHaveArrived;
            ImmutableArray<RowOutcome?> answers = report.Outcome is DeliveryOutcome.Settled settled ? [.. settled.Rows] : report.Answers;
            var rest = indexes;
            if (!answers.IsEmpty || report.Outcome is DeliveryOutcome.Settled)
            {
                var (again, forgotten) = Take(rows, batch, current, indexes, answers);
                verdict = again ?? verdict;
                open.Push(forgotten);
                rest = [.. indexes.Where((_, at) => answers[at] is null)];
            }

            switch (report.Outcome)
            {
                case DeliveryOutcome.Settled:
                    break;
                case DeliveryOutcome.Stored stored:
                    receipt = stored.Receipt;
                    Fill(rows, rest, RowOutcome.Accepted);
                    break;
                case DeliveryOutcome.Refused refused when batch.Form is DeliveryForm.File:
                    // A file is taken or not as a whole: no row of it is at fault.
                    return Stop(new Verdict.Stop(refused.Code, refused.Detail, IsUnauthorized: false));
                case DeliveryOutcome.Refused when rest.Length > 1:
                    open.Push(rest[(rest.Length / 2)..]);
                    open.Push(rest[..(rest.Length / 2)]);
                    break;
                case DeliveryOutcome.Refused refused:
                    Fill(rows, rest, new(RowFate.Rejected, refused.Code, refused.Detail));
                    break;
                case DeliveryOutcome.Misconfigured { Code: "http_404" or "gone" } when job is not null:
                    // Jobs end, and what they came to is kept for a while only.
                    Fill(rows, rest, new(RowFate.Uncertain, "job_expired", "The platform no longer knows the job."));
                    break;
                case DeliveryOutcome.Throttled throttled:
                    return Stop(new Verdict.Wait(throttled.RetryAfter, throttled.Code));
                case DeliveryOutcome.Failed failed:
                    return Stop(new Verdict.TryAgain(failed.Code, failed.Detail, IsKnownLost(failed.Code), IsWhole: rest.Length == indexes.Length));
                case DeliveryOutcome.Pending pending:
                    job = new(pending.JobId, pending.Places is { } places ? [.. places.Select(place => indexes[place])] : [.. rest]);
                    return Stop(new Verdict.Poll(pending.PollAfter));
                case DeliveryOutcome.Unauthorized unauthorized:
                    return Stop(new Verdict.Stop(unauthorized.Code, unauthorized.Detail, IsUnauthorized: true));
                case DeliveryOutcome.Misconfigured misconfigured:
                    return Stop(new Verdict.Stop(misconfigured.Code, misconfigured.Detail, IsUnauthorized: false));
                default:
                    throw new InvalidOperationException($"Unknown outcome {report.Outcome.GetType().Name}.");
            }

            job = null;
            if (open.Count > 0)
            {
                await saveAsync(rows);
            }
        }

        return Stop(verdict);

        BatchProgress Stop(Verdict end) => new(rows, end, receipt, requests, job) { MayHaveArrived = mayHaveArrived };
    }

    /// <summary>Takes the platform's word for each row that it has one for; rows worth another try stay open.</summary>
    /// <returns>A reason to try again, and the rows to send at once without the id they were sent with.</returns>
    private static (Verdict.TryAgain? Again, int[] Forgotten) Take(
        RowOutcome?[] rows, DeliveryBatch batch, DeliveryRow[] current, int[] indexes, ImmutableArray<RowOutcome?> answers)
    {
        if (answers.Length != indexes.Length)
        {
            throw new InvalidOperationException($"The connector answered for {answers.Length} of {indexes.Length} rows.");
        }

        Verdict.TryAgain? again = null;
        List<int> forgotten = [];
        foreach (var (at, answer) in answers.Index())
        {
            var index = indexes[at];
            switch (answer)
            {
                case null:
                    break;
                case { Fate: RowFate.Retryable, RemoteId: "" } when current[index].RemoteId is not null:
                    current[index] = current[index] with { RemoteId = null };
                    forgotten.Add(index);
                    break;
                case { Fate: RowFate.Retryable }:
                    again ??= new(answer.Code ?? "retryable", answer.Detail ?? "", IsKnownLost: !answer.IsPartial, IsWhole: false);
                    break;
                default:
                    var isForgotten = answer.RemoteId is null && current[index].RemoteId is null && batch.Rows[index].RemoteId is not null;
                    rows[index] = isForgotten ? answer with { RemoteId = "" } : answer;
                    break;
            }
        }

        return (again, [.. forgotten]);
    }

    private static void Fill(RowOutcome?[] rows, int[] indexes, RowOutcome outcome)
    {
        foreach (var index in indexes)
        {
            rows[index] = outcome;
        }
    }
}
