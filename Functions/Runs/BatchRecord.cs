using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Runs;

/// <summary>What became of the rows of one batch, so far. Rows that no group names are open.</summary>
/// <param name="Page">Number of the batch's page in its chain.</param>
/// <param name="Receipt">What the last step of a file connector must know of it.</param>
/// <param name="Attempts">Tries the batch took.</param>
public sealed record BatchRecord(RunPhase Phase, int Shard, int Page, ImmutableArray<OutcomeGroup> Groups, string? Receipt, int Attempts)
{
    /// <summary>Longest detail that is kept, in characters.</summary>
    public const int MaxDetail = 300;

    /// <summary>Longest code that is kept, in characters.</summary>
    public const int MaxCode = 64;

    /// <summary>Outcomes of a batch that keep their own detail; of as many more the code is kept, so that a record stays well within a table row.</summary>
    public const int MaxDetails = 64;

    /// <summary>Rows that were sent by a try whose fate is unknown, before the one that decided on them.</summary>
    public ImmutableArray<RowRange>? Doubted { get; init; }

    /// <summary>Ids of the platform that answers brought, by row; null for none.</summary>
    public ImmutableArray<RemoteId>? RemoteIds { get; init; }

    [JsonIgnore]
    public string ETag { get; init; } = "";

    /// <summary>The record with these outcomes in the place of its own.</summary>
    public BatchRecord With(RowOutcome?[] rows)
    {
        // Of two calls for a row one was taken: what is refused may be there all the same.
        var partial = Enumerable.Range(0, rows.Length).Where(row => rows[row] is { IsPartial: true }).ToArray();
        var ids = RemoteId.Of(rows);
        return this with
        {
            Groups = Group(rows),
            RemoteIds = ids.IsEmpty ? null : ids,
            Doubted = partial.Length == 0 ? Doubted : Ranges(Enumerable.Range(0, rows.Length).Where(row => IsDoubted(row) || partial.Contains(row))),
        };
    }

    /// <summary>The record with nothing of these rows but their fates and codes; null when it holds nothing more of them.</summary>
    public BatchRecord? Forget(IReadOnlyCollection<int> rows)
    {
        var groups = Groups.ToList();
        var ids = RemoteIds?.RemoveAll(id => rows.Contains(id.Row));
        foreach (var group in Groups.Where(group => group.Detail is not null))
        {
            var places = group.Rows.SelectMany(range => Enumerable.Range(range.First, range.Count)).ToList();
            if (places.Where(rows.Contains).ToList() is { Count: > 0 } theirs)
            {
                groups.Remove(group);
                groups.Add(group with { Detail = null, Rows = Ranges(theirs) });
                if (theirs.Count < places.Count)
                {
                    groups.Add(group with { Rows = Ranges(places.Except(theirs)) });
                }
            }
        }

        return groups.SequenceEqual(Groups) && (ids is null || ids.Value.Length == RemoteIds!.Value.Length)
            ? null
            : this with { Groups = [.. groups], RemoteIds = ids is { IsEmpty: true } ? null : ids };
    }

    /// <summary>Outcomes by row, null where a row is open.</summary>
    public RowOutcome?[] Expand(int rows)
    {
        var outcomes = new RowOutcome?[rows];
        foreach (var group in Groups)
        {
            var outcome = new RowOutcome(group.Fate, group.Code, group.Detail);
            foreach (var range in group.Rows)
            {
                Array.Fill(outcomes, outcome, range.First, range.Count);
            }
        }

        foreach (var (row, id) in RemoteIds ?? [])
        {
            outcomes[row] = outcomes[row]! with { RemoteId = id };
        }

        return outcomes;
    }

    /// <summary>Whether an earlier try may have done what the deciding one was asked to do.</summary>
    public bool IsDoubted(int row) => Doubted?.Any(range => row >= range.First && row < range.First + range.Count) is true;

    /// <summary>Groups equal outcomes and neighbouring rows, so that a batch of one fate is one line.</summary>
    public static ImmutableArray<OutcomeGroup> Group(ReadOnlySpan<RowOutcome?> outcomes)
    {
        var groups = new OrderedDictionary<RowOutcome, List<RowRange>>();
        for (var row = 0; row < outcomes.Length; row++)
        {
            if (outcomes[row] is not { } outcome)
            {
                continue;
            }

            outcome = new(outcome.Fate, Shorten(outcome.Code, MaxCode), Shorten(outcome.Detail, MaxDetail));
            if (!groups.ContainsKey(outcome) && groups.Count >= MaxDetails)
            {
                outcome = outcome with { Code = groups.Count < 2 * MaxDetails ? outcome.Code : null, Detail = null };
            }

            if (!groups.TryGetValue(outcome, out var ranges))
            {
                groups[outcome] = ranges = [];
            }

            Extend(ranges, row);
        }

        return [.. groups.Select(group => new OutcomeGroup(group.Key.Fate, group.Key.Code, group.Key.Detail, [.. group.Value]))];
    }

    /// <summary>Ascending places as ranges.</summary>
    public static ImmutableArray<RowRange> Ranges(IEnumerable<int> rows)
    {
        var ranges = new List<RowRange>();
        foreach (var row in rows)
        {
            Extend(ranges, row);
        }

        return [.. ranges];
    }

    private static void Extend(List<RowRange> ranges, int row)
    {
        if (ranges.Count > 0 && ranges[^1] is var last && last.First + last.Count == row)
        {
            ranges[^1] = last with { Count = last.Count + 1 };
        }
        else
        {
            ranges.Add(new(row, 1));
        }
    }

    /// <summary>Cuts before half of a surrogate pair, which no JSON can hold.</summary>
    private static string? Shorten(string? text, int max) => text is null || text.Length <= max ? text
        : char.IsHighSurrogate(text[max - 1]) ? text[..(max - 1)]
        : text[..max];
}

public sealed record OutcomeGroup(RowFate Fate, string? Code, string? Detail, ImmutableArray<RowRange> Rows);

public readonly record struct RowRange(int First, int Count);

/// <summary>The platform's own id of the person in one row; empty where the id it had is none any more.</summary>
public readonly record struct RemoteId(int Row, string Id)
{
    /// <summary>Longest id that is kept, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>Characters of ids that one batch keeps: its record must fit into a table row. What is beyond is looked up again.</summary>
    public const int MaxPerBatch = 300_000;

    internal static ImmutableArray<RemoteId> Of(RowOutcome?[] rows)
    {
        var ids = ImmutableArray.CreateBuilder<RemoteId>();
        var length = 0;
        foreach (var (row, outcome) in rows.Index())
        {
            if (outcome?.RemoteId is { Length: <= MaxLength } id && (length += id.Length + 16) <= MaxPerBatch)
            {
                ids.Add(new(row, id));
            }
        }

        return ids.ToImmutable();
    }
}
