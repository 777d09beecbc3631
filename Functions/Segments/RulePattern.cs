using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AudienceSync.Segments;

/// <summary>Regular expressions of rules: matched in time linear in the text, whatever the pattern.</summary>
internal static class RulePattern
{
    /// <summary>Characters of a pattern.</summary>
    public const int MaxLength = 512;

    /// <summary>Most atoms that counted repeats may unroll to: <c>(ab){20}</c> is 40.</summary>
    /// <remarks>Ours. Linear time still has a factor, the matcher's states: <c>(.*a.{400}){5}b</c> took 75 s on 8,000 characters (.NET 10).</remarks>
    public const int MaxUnrolled = 200;

    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    /// <exception cref="ArgumentException">The pattern is not acceptable: see <see cref="TryCreate"/>.</exception>
    public static Regex Create(string pattern) =>
        TryCreate(pattern, out var regex, out var reason) ? regex : throw new ArgumentException(reason, nameof(pattern));

    /// <returns>False, with the reason, for a pattern that is too long, malformed, repeats too often, or uses what cannot be matched in linear time.</returns>
    public static bool TryCreate(string pattern, [NotNullWhen(true)] out Regex? regex, [NotNullWhen(false)] out string? reason)
    {
        (regex, reason) = (null, null);
        if (pattern.Length > MaxLength)
        {
            reason = $"The pattern has {pattern.Length} characters; at most {MaxLength} are taken. Shorten it or split it over several rules.";
            return false;
        }

        if (Unrolled(pattern) > MaxUnrolled)
        {
            reason = $"The pattern's counted repeats unroll to more than {MaxUnrolled} steps. Use smaller counts, or * and +.";
            return false;
        }

        try
        {
            regex = new(pattern, Options);
            return true;
        }
        catch (RegexParseException fault)
        {
            reason = $"The pattern cannot be read: {fault.Error} at character {fault.Offset}.";
        }
        catch (NotSupportedException)
        {
            reason = "The pattern uses a back reference, look-around, conditional or atomic group, which are not taken: they can take exponential time. Write it without.";
        }

        return false;
    }

    /// <summary>How many atoms the counted repeats <c>{n}</c>, <c>{n,}</c>, <c>{n,m}</c> stand for, nested ones multiplied.</summary>
    private static long Unrolled(string pattern)
    {
        // Of each open group: the atoms in it so far, and what its repeats unroll to.
        var outer = new Stack<(long Atoms, long Repeated)>();
        var (group, last) = ((Atoms: 0L, Repeated: 0L), (Atoms: 0L, Repeated: 0L));
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '(':
                    outer.Push(group);
                    (group, last) = (default, default);
                    continue;
                case ')' when outer.Count > 0:
                    last = group;
                    group = outer.Pop();
                    break;
                case '{' when ReadCount(pattern, ref i) is { } count:
                    // The atom was counted once already; its repeats replace what it held.
                    var unrolled = Math.Min(count * Math.Max(last.Atoms, last.Repeated), MaxUnrolled + 1);
                    group.Repeated = Math.Min(group.Repeated - last.Repeated + unrolled, MaxUnrolled + 1);
                    last.Repeated = unrolled;
                    continue;
                case '[':
                    i = EndOfClass(pattern, i);
                    last = (1, 0);
                    break;
                case '\\':
                    i++;
                    last = (1, 0);
                    break;
                default:
                    last = (1, 0);
                    break;
            }

            group = (group.Atoms + last.Atoms, Math.Min(group.Repeated + last.Repeated, MaxUnrolled + 1));
        }

        return group.Repeated;
    }

    /// <summary>The larger bound of a counted repeat, when one stands at <paramref name="at"/>; then moves to its brace.</summary>
    private static long? ReadCount(string pattern, ref int at)
    {
        var close = pattern.IndexOf('}', at);
        if (close < 0)
        {
            return null;
        }

        long largest = 0;
        foreach (var (index, bound) in pattern[(at + 1)..close].Split(',').Index())
        {
            if (long.TryParse(bound, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                largest = Math.Max(largest, Math.Min(count, MaxUnrolled + 1));
            }
            else if (bound.Length > 0 || index != 1)
            {
                return null; // a brace that stands for itself
            }
        }

        at = close;
        return largest;
    }

    private static int EndOfClass(string pattern, int open)
    {
        for (var i = open + 1; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
            {
                i++;
            }
            else if (pattern[i] == ']' && i > open + 1 && !(i == open + 2 && pattern[open + 1] == '^'))
            {
                return i;
            }
        }

        return pattern.Length;
    }
}
