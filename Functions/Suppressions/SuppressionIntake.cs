using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;

namespace AudienceSync.Suppressions;

/// <summary>Takes requests to put somebody on the list: one, or a batch of which a bad entry does not stop the rest.</summary>
public sealed class SuppressionIntake(SuppressionList list, SuppressionReader reader, SuppressionKeys keys)
{
    /// <summary>Most entries of a batch.</summary>
    public const int MaxEntries = 1_000;

    private static readonly ImmutableArray<string> BatchFields = ["entries", "suppressions"];

    /// <summary>Whether the body is a batch: a list, or an object with one.</summary>
    public static bool IsBatch(JsonElement body) =>
        body.ValueKind is JsonValueKind.Array || (body.ValueKind is JsonValueKind.Object && BatchFields.Any(name => body.TryGetProperty(name, out _)));

    /// <summary>One entry. Repeating it changes nothing.</summary>
    /// <returns>Whether it is new.</returns>
    public async Task<Result<(SuppressionEntry Entry, bool IsNew)>> AddAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        if (reader.Read(body, "", faults) is not { } wanted)
        {
            return Refusal.Invalid(faults);
        }

        var added = (await list.AddAsync([wanted], cancellationToken))[0];
        return (added.Entry, added.IsNew);
    }

    public async Task<Result<SuppressionBatchAnswer>> AddManyAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        if (Open(body, faults) is not { } batch)
        {
            return Refusal.Invalid(faults);
        }

        var read = batch.Entries.Select((json, index) =>
        {
            var own = new List<Fault>();
            return (Wanted: reader.Read(json, $"{batch.Pointer}/{index}", own), Faults: own);
        }).ToList();
        var added = new Queue<AddedSuppression>(await list.AddAsync([.. read.Select(item => item.Wanted).OfType<NewSuppression>()], cancellationToken));
        ImmutableArray<SuppressionBatchResult> results =
        [
            .. read.Select((item, index) => item.Wanted is null
                ? SuppressionBatchResult.Failed(index, item.Faults)
                : SuppressionBatchResult.Taken(index, added.Dequeue())),
        ];
        var failed = results.Count(result => result.Id is null);
        return new SuppressionBatchAnswer(results.Length - failed, failed, results);
    }

    /// <summary>The entry of a value or digest, which the list itself does not name.</summary>
    public async Task<Result<SuppressionEntry>> LookUpAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        if (reader.Read(body, "", faults, hasReason: false) is not { } wanted)
        {
            return Refusal.Invalid(faults);
        }

        return await list.FindAsync(keys.IdOf(wanted.Key), cancellationToken) is { } entry
            ? entry
            : new Refusal(RefusalKind.NotFound, "not_found", "Not found", $"No entry of the type {wanted.Type} is made from that value.");
    }

    private static (string Pointer, IReadOnlyList<JsonElement> Entries)? Open(JsonElement body, List<Fault> faults)
    {
        var pointer = "";
        if (body.ValueKind is JsonValueKind.Object)
        {
            var fields = JsonFields.Open(body, "", faults)!;
            var given = BatchFields.Where(fields.Has).ToList();
            var entries = fields.Any(given[0]);
            fields.RefuseUnknown("a batch of suppressions");
            (pointer, body) = ($"/{given[0]}", entries ?? default);
        }

        if (body.ValueKind is not JsonValueKind.Array)
        {
            faults.Add(new(pointer, JsonFields.WrongType, "A list of suppressions is wanted here."));
        }
        else if (body.GetArrayLength() > MaxEntries)
        {
            faults.Add(new(pointer, "too_many_entries", $"The batch has {body.GetArrayLength()} entries; at most {MaxEntries} are taken. Split it."));
        }

        return faults.Count > 0 ? null : (pointer, [.. body.EnumerateArray()]);
    }
}

/// <summary>What became of each entry of a batch: the body of a 207.</summary>
public sealed record SuppressionBatchAnswer(int Accepted, int Failed, ImmutableArray<SuppressionBatchResult> Results);

/// <param name="Status">201 for a new entry, 200 for one that was there, 422.</param>
/// <param name="Errors">All faults where there are several; the first stands in the members before.</param>
public sealed record SuppressionBatchResult(
    int Index, int Status, string? Id = null, string? Code = null, string? Pointer = null, string? Detail = null, IReadOnlyList<Fault>? Errors = null)
{
    internal static SuppressionBatchResult Taken(int index, AddedSuppression added) => new(index, added.IsNew ? 201 : 200, added.Entry.Id);

    internal static SuppressionBatchResult Failed(int index, IReadOnlyList<Fault> faults) =>
        new(index, 422, Code: faults[0].Code, Pointer: faults[0].Pointer, Detail: faults[0].Detail, Errors: faults.Count > 1 ? faults : null);
}
