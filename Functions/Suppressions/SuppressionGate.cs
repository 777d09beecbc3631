using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using AudienceSync.Connectors.Kit.Identifiers;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Suppressions;

/// <summary>Tells who is on a frozen list: by profile id, or by any value of an identifier.</summary>
/// <remarks>Only columns of types that have entries are looked at; their digests are made many at a time. Thread-safe.</remarks>
public sealed class SuppressionGate
{
    private const int HexDigits = 64;
    private readonly SuppressionSet _set;
    private readonly SuppressionKeys _keys;

    internal SuppressionGate(SuppressionSet set, SuppressionKeys keys) => (_set, _keys) = (set, keys);

    /// <summary>Nobody is on the list.</summary>
    public bool IsEmpty => _set.Count == 0;

    /// <summary>Rows of a page whose profile is on the list.</summary>
    /// <param name="among">Rows to look at; others are left out.</param>
    public RowSet Select(PageReader page, RowSet among)
    {
        var found = new RowSet(page.Count);
        if (!IsEmpty && !among.IsEmpty)
        {
            var rows = among.ToArray();
            foreach (var type in _set.Types)
            {
                Mark(found, type is SuppressionType.ProfileId ? Profiles(page, rows) : Identifiers(page, type, rows));
            }
        }

        return found;
    }

    /// <summary>Why the profile is on the list: its entry's type and whether that is the tombstone of an erasure. Null when it is not.</summary>
    /// <param name="profile">A row of a profile page.</param>
    internal SuppressionHit? Find(Row profile)
    {
        foreach (var (type, key) in KeysOf(profile))
        {
            if (_set.Contains(key.First))
            {
                return new(type, _set.IsErased(key.First));
            }
        }

        return null;
    }

    /// <summary>Whether there are tombstones.</summary>
    internal bool HoldsErased => _set.HoldsErased;

    /// <summary>Whether a tombstone keeps the profile of that member key out.</summary>
    internal bool IsErased(ulong memberKey) => _set.IsErased(memberKey);

    /// <summary>Every key that an entry about the profile may have.</summary>
    private IEnumerable<(string Type, SuppressionKey Key)> KeysOf(Row profile)
    {
        if (profile[ProfileColumns.Id] is { Type: CellType.Text } id)
        {
            yield return (SuppressionType.ProfileId, _keys.OfProfile(id.AsText()));
        }

        foreach (var type in ProfileColumns.Identifiers)
        {
            foreach (var value in SeenIdentifiers.ValuesOf(profile, type).SelectMany(value => Forms(type, value)))
            {
                yield return (type, _keys.OfValue(type, value));
            }
        }
    }

    /// <summary>What digests of others may be made of: the value in its one form, a phone number without its plus, anything else as the profile spells it.</summary>
    private static IEnumerable<string> Forms(string type, string value) => SuppressionType.Fold(type, value) is var folded && type is ProfileColumns.Phone
        ? folded.StartsWith('+') ? [folded, folded[1..]] : [folded]
        : folded == value ? [folded] : [folded, value];

    private static void Mark(RowSet found, IEnumerable<int> rows)
    {
        foreach (var row in rows)
        {
            found.Words[row / RowSet.WordRows] |= 1UL << (row % RowSet.WordRows);
        }
    }

    private List<int> Profiles(PageReader page, int[] rows)
    {
        var found = new List<int>();
        var keys = page.Keys;
        foreach (var row in rows)
        {
            if (_set.Contains(keys[row]))
            {
                found.Add(row);
            }
        }

        return found;
    }

    private List<int> Identifiers(PageReader page, string type, int[] rows)
    {
        if (page.Find(type) is not { } column)
        {
            return [];
        }

        var others = page.Find(ProfileColumns.Seen);
        using var values = new ValueBuffer(rows.Length);
        foreach (var row in rows)
        {
            if (!column.TextAt(row, out var text))
            {
                continue;
            }

            values.Add(row, type, text);
            if (others?[row] is { IsAbsent: false } seen)
            {
                foreach (var value in SeenIdentifiers.OthersOf(seen, type))
                {
                    values.Add(row, type, Encoding.UTF8.GetBytes(value));
                }
            }
        }

        return values.Find(_keys.SeedOf(type), _set);
    }

    /// <summary>Values in the form that their digests are made of, one behind the other.</summary>
    private sealed class ValueBuffer(int rows) : IDisposable
    {
        private readonly PooledList<byte> _text = new();
        private readonly List<TextRange> _ranges = new(rows);
        private readonly List<int> _rows = new(rows);

        /// <summary>Adds the forms of a value that <see cref="Forms"/> names.</summary>
        public void Add(int row, string type, ReadOnlySpan<byte> value)
        {
            var start = _text.Count;
            var spelt = value;
            if (type is ProfileColumns.ExternalId or ProfileColumns.Phone)
            {
                value.CopyTo(_text.Reserve(value.Length));
            }
            else if (Ascii.IsValid(value))
            {
                value = value[Ascii.Trim(value)];
                Ascii.ToLower(value, _text.Reserve(value.Length), out _);
            }
            else
            {
                var folded = Encoding.UTF8.GetBytes(SuppressionType.Fold(type, Encoding.UTF8.GetString(value)));
                folded.CopyTo(_text.Reserve(folded.Length));
            }

            Note(row, start);
            if (type is ProfileColumns.Phone && value is [(byte)'+', ..])
            {
                _ranges.Add(new(start + 1, _text.Count - start - 1));
                _rows.Add(row);
            }
            else if (!_text.Span[start..].SequenceEqual(spelt))
            {
                start = _text.Count;
                spelt.CopyTo(_text.Reserve(spelt.Length));
                Note(row, start);
            }
        }

        public List<int> Find(SuppressionKeys.Seed seed, SuppressionSet set)
        {
            var found = new List<int>();
            var hex = ArrayPool<byte>.Shared.Rent(Math.Max(1, _ranges.Count * HexDigits));
            Sha256Lanes.Hash(_text.Span, CollectionsMarshal.AsSpan(_ranges), hex);
            for (var index = 0; index < _ranges.Count; index++)
            {
                if (set.Contains(seed.First(hex.AsSpan(index * HexDigits, HexDigits))))
                {
                    found.Add(_rows[index]);
                }
            }

            ArrayPool<byte>.Shared.Return(hex, clearArray: true);
            return found;
        }

        public void Dispose() => _text.Dispose();

        private void Note(int row, int start)
        {
            _ranges.Add(new(start, _text.Count - start));
            _rows.Add(row);
        }
    }
}

/// <param name="Type">Of the entry.</param>
/// <param name="IsErasure">It is the tombstone of an erasure.</param>
internal readonly record struct SuppressionHit(string Type, bool IsErasure);
