using System.Collections.Immutable;

namespace AudienceSync.Profiles;

/// <summary>One value of an identifier, with when it was seen; times in UTC ticks.</summary>
internal readonly record struct Sighting(string Value, long First, long Last);

/// <summary>The values that a profile had for one identifier: all of them up to <see cref="Most"/>, beyond that the first and the nine seen last. Immutable.</summary>
/// <remarks>
/// Whatever the order in which sightings arrive, the same values are left, each with the same last time. So are the first times, but for two cases in which what
/// they were is forgotten: a value that was dropped for others and comes again, and a clear that arrives after a later sighting of a value it clears: then the
/// value is taken as first seen when it was cleared.
/// </remarks>
internal sealed class SeenValues
{
    /// <summary>Most values of an identifier. Ours.</summary>
    public const int Most = 10;

    private SeenValues(ImmutableArray<Sighting> values, long clearedAt) => (Values, ClearedAt) = (values, clearedAt);

    public static SeenValues None { get; } = new([], 0);

    /// <summary>In the order of first sight; of equal times in the order of arrival.</summary>
    public ImmutableArray<Sighting> Values { get; }

    /// <summary>Sightings before this are not taken; 0 when the identifier was never cleared.</summary>
    public long ClearedAt { get; }

    /// <summary>Values as they were kept.</summary>
    public static SeenValues Of(ImmutableArray<Sighting> values, long clearedAt) => new(values, clearedAt);

    /// <summary>With a sighting more: it arrives after all others, whatever its time.</summary>
    /// <param name="name">Of the identifier: spellings of one value are one value.</param>
    public SeenValues See(string name, string value, long ticks)
    {
        if (ticks < ClearedAt)
        {
            return this;
        }

        var values = Values.ToList();
        var seen = new Sighting(value, ticks, ticks);
        var at = values.FindIndex(known => IdentifierForms.AreOne(name, known.Value, value));
        if (at >= 0)
        {
            var known = values[at];
            seen = new(ticks >= known.Last ? value : known.Value, Math.Min(known.First, ticks), Math.Max(known.Last, ticks));
        }

        if (at >= 0 && values[at].First == seen.First)
        {
            values[at] = seen;
        }
        else
        {
            if (at >= 0)
            {
                values.RemoveAt(at);
            }

            Insert(values, seen);
        }

        return new(values.Count < Most ? [.. values] : Bounded(values, seen), ClearedAt);
    }

    /// <summary>Without what was last seen up to then.</summary>
    public SeenValues Clear(long ticks)
    {
        if (ticks < ClearedAt)
        {
            return this;
        }

        var values = new List<Sighting>();
        foreach (var seen in Values.Where(seen => seen.Last > ticks))
        {
            Insert(values, seen with { First = Math.Max(seen.First, ticks) });
        }

        return new([.. values], ticks);
    }

    private static void Insert(List<Sighting> values, Sighting seen)
    {
        var at = values.Count;
        while (at > 0 && values[at - 1].First > seen.First)
        {
            at--;
        }

        values.Insert(at, seen);
    }

    /// <param name="arrived">Came last, and so comes last of those seen at its time.</param>
    private static ImmutableArray<Sighting> Bounded(List<Sighting> values, Sighting arrived)
    {
        // Of values last seen at one time the first gives way first: it is kept for another reason.
        var latest = values.Index()
            .OrderByDescending(seen => seen.Item.Last).ThenByDescending(seen => seen.Item == arrived).ThenByDescending(seen => seen.Index)
            .Take(Most - 1).Select(seen => seen.Index).ToHashSet();
        return [.. values.Where((_, index) => index == 0 || latest.Contains(index))];
    }
}
