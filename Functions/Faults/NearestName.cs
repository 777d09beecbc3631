namespace AudienceSync.Faults;

/// <summary>"Did you mean …": the candidate with the smallest edit distance, if it is near enough to be a slip.</summary>
public static class NearestName
{
    /// <summary>The nearest candidate, or null when none is within a third of the name's length (at least 2 edits).</summary>
    public static string? Of(string name, IEnumerable<string> candidates)
    {
        var best = (Name: (string?)null, Distance: Math.Max(2, name.Length / 3) + 1);
        foreach (var candidate in candidates)
        {
            var distance = Distance(name, candidate, best.Distance);
            if (distance < best.Distance)
            {
                best = (candidate, distance);
            }
        }

        return best.Name;
    }

    /// <summary>" Did you mean 'x'?" or nothing: to end a sentence of a fault with.</summary>
    public static string Suggestion(string name, IEnumerable<string> candidates) =>
        Of(name, candidates) is { } nearest ? $" Did you mean '{nearest}'?" : "";

    /// <summary>Optimal string alignment distance, ignoring case; a swap of neighbours is one edit.</summary>
    private static int Distance(string left, string right, int limit)
    {
        if (Math.Abs(left.Length - right.Length) >= limit)
        {
            return limit;
        }

        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            rows[i, 0] = i;
        }

        for (var j = 0; j <= right.Length; j++)
        {
            rows[0, j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var same = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]);
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1), rows[i - 1, j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1
                    && char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 2])
                    && char.ToUpperInvariant(left[i - 2]) == char.ToUpperInvariant(right[j - 1]))
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[left.Length, right.Length];
    }
}
