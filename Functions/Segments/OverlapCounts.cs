using System.Numerics;
using AudienceSync.Pages;

namespace AudienceSync.Segments;

/// <summary>Counts, over pages, who is in exactly which of some segments. A combination is a number: bit i is segment i.</summary>
/// <param name="segments">At most <see cref="MaxSegments"/>.</param>
internal sealed class OverlapCounts(int segments)
{
    public const int MaxSegments = 5;

    private readonly long[] _exactly = new long[1 << segments];

    /// <summary>Combinations, the empty one included.</summary>
    public int Combinations => _exactly.Length;

    public long Total => _exactly.Sum();

    /// <summary>Counts the rows of a page.</summary>
    /// <param name="members">Of each segment.</param>
    public void Add(int rows, ReadOnlySpan<RowSet> members)
    {
        var all = RowSet.All(rows).Words;
        for (var word = 0; word < all.Length; word++)
        {
            for (var combination = 0; combination < _exactly.Length; combination++)
            {
                var bits = all[word];
                for (var segment = 0; segment < members.Length; segment++)
                {
                    var those = members[segment].Words[word];
                    bits &= (combination >> segment & 1) != 0 ? those : ~those;
                }

                _exactly[combination] += BitOperations.PopCount(bits);
            }
        }
    }

    /// <summary>Who is in these and in no other.</summary>
    public long Exactly(int combination) => _exactly[combination];

    /// <summary>Who is in all of these.</summary>
    public long InAll(int combination) => Sum(other => (other & combination) == combination);

    /// <summary>Who is in at least one of these.</summary>
    public long InAny(int combination) => Sum(other => (other & combination) != 0);

    private long Sum(Func<int, bool> counts) => Enumerable.Range(0, _exactly.Length).Where(counts).Sum(combination => _exactly[combination]);
}
