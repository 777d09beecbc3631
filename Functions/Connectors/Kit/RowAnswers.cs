namespace AudienceSync.Connectors.Kit;

/// <summary>Puts a platform's answers about single rows back onto the rows of the batch.</summary>
public static class RowAnswers
{
    /// <summary>Rows at fault that are looked for by sending halves again. Ours: with more of them the halves would use up the platform's limits.</summary>
    private const long MostSought = 16;

    /// <param name="keyOf">What the platform names a row by: its operation id, an identifier as sent, a trace id.</param>
    /// <param name="answers">By that key; keys that no row has are ignored.</param>
    /// <param name="unmentioned">What the other rows are.</param>
    public static DeliveryOutcome ByKey(
        DeliveryBatch batch, Func<DeliveryRow, string> keyOf, IReadOnlyDictionary<string, RowOutcome> answers, RowOutcome unmentioned) =>
        new DeliveryOutcome.Settled([.. batch.Rows.Select(row => answers.TryGetValue(keyOf(row), out var answer) ? answer : unmentioned)]);

    /// <param name="answers">By position in the batch; positions beyond it are ignored.</param>
    public static DeliveryOutcome ByIndex(DeliveryBatch batch, IReadOnlyDictionary<int, RowOutcome> answers, RowOutcome unmentioned) =>
        new DeliveryOutcome.Settled([.. Enumerable.Range(0, batch.Rows.Length).Select(index => answers.TryGetValue(index, out var answer) ? answer : unmentioned)]);

    /// <summary>An all-or-nothing platform refused the batch and named rows: these have their outcome, the rest is sent again at once.</summary>
    /// <param name="answers">By position in the batch; positions beyond it are ignored.</param>
    public static DeliveryOutcome RefusedByIndex(DeliveryBatch batch, IReadOnlyDictionary<int, RowOutcome> answers, string code, string detail) =>
        new DeliveryOutcome.RefusedRows([.. Enumerable.Range(0, batch.Rows.Length).Select(answers.GetValueOrDefault)], code, detail);

    /// <inheritdoc cref="RefusedByIndex"/>
    /// <param name="answers">By the key of <paramref name="keyOf"/>; keys that no row has are ignored.</param>
    public static DeliveryOutcome RefusedByKey(
        DeliveryBatch batch, Func<DeliveryRow, string> keyOf, IReadOnlyDictionary<string, RowOutcome> answers, string code, string detail) =>
        new DeliveryOutcome.RefusedRows([.. batch.Rows.Select(row => answers.GetValueOrDefault(keyOf(row)))], code, detail);

    /// <summary>
    /// The platform took a batch and says how many entries it did not take, and perhaps which: rows named are rejected; a few others are found by sending
    /// the rest again, in halves if need be (what is taken already is no fault); more of them stay uncertain, in plain sight. Of a removal all is well:
    /// what a platform does not take is on no list.
    /// </summary>
    /// <param name="count">Entries that were not taken.</param>
    /// <param name="isNamed">By position in the batch; empty when none is named.</param>
    public static StepResult Counted(DeliveryBatch batch, long count, IReadOnlyList<bool> isNamed, string code, string detail)
    {
        if (count <= 0 || batch.Rows.All(row => row.Operation is DeliveryOperation.Remove))
        {
            return DeliveryOutcome.AllAccepted(batch);
        }

        var rejected = new RowOutcome(RowFate.Rejected, code, detail);
        var found = isNamed.Count(named => named);
        return count >= batch.Rows.Length ? rejected
            : found >= count ? new DeliveryOutcome.Settled([.. isNamed.Select(named => named ? rejected : RowOutcome.Accepted)])
            : count - found > MostSought ? new RowOutcome(RowFate.Uncertain, code, $"{count} of {batch.Rows.Length} members sent in one call were not taken; which ones is not said.")
            : new DeliveryOutcome.RefusedRows([.. Enumerable.Range(0, batch.Rows.Length).Select(row => row < isNamed.Count && isNamed[row] ? rejected : null)], code, detail);
    }

    /// <summary>What a status means for one row: the row's share of <see cref="ResponseRules"/>.</summary>
    public static RowOutcome FromStatus(int status, string? code = null, string? detail = null) => status switch
    {
        >= 200 and <= 299 => RowOutcome.Accepted,
        408 or 409 or 423 or 425 or 429 or >= 500 => new(RowFate.Retryable, code ?? $"http_{status}", detail),
        _ => new(RowFate.Rejected, code ?? $"http_{status}", detail),
    };
}
