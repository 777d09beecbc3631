using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit.Identifiers;

/// <summary>The identifiers of many rows as a platform wants them, in UTF-8 for a JSON writer: normalised one by one, hashed all together.</summary>
/// <remarks>Borrows its memory: dispose it. It is wiped then, for it holds people's identifiers.</remarks>
internal sealed class IdentifierTable : IDisposable
{
    /// <summary>Hex digits of the longest digest.</summary>
    public const int MaxDigestLength = 128;

    private const int Sha256Length = 64;

    private readonly int _columns;
    private readonly Value[] _values;
    private byte[] _text = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private byte[] _hex = [];
    private int _used;

    private IdentifierTable(int rows, int columns)
    {
        _columns = columns;
        _values = new Value[rows * columns];
    }

    /// <summary>The value of a row under a rule, by their positions; empty when there is none.</summary>
    public ReadOnlySpan<byte> this[int row, int rule] => _values[(row * _columns) + rule] is var value && value.IsHashed
        ? value.Range.In(_hex)
        : value.Range.In(_text);

    public static IdentifierTable Of(ImmutableArray<DeliveryRow> rows, ImmutableArray<IdentifierRule> rules)
    {
        var table = new IdentifierTable(rows.Length, rules.Length);
        var texts = new List<TextRange>(rows.Length);
        var owners = new List<int>(rows.Length);
        for (var row = 0; row < rows.Length; row++)
        {
            for (var rule = 0; rule < rules.Length; rule++)
            {
                table.Add((row * rules.Length) + rule, rules[rule], rows[row].Fields[rules[rule].Field], texts, owners);
            }
        }

        table.Hash(texts, owners);
        return table;
    }

    /// <summary>Whether a row has none of the identifiers.</summary>
    public bool IsEmpty(int row)
    {
        foreach (var value in _values.AsSpan(row * _columns, _columns))
        {
            if (value.Range.Length > 0)
            {
                return false;
            }
        }

        return true;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_text, clearArray: true);
        ArrayPool<byte>.Shared.Return(_hex, clearArray: true);
        (_text, _hex) = ([], []);
    }

    /// <summary>The digest of one text as lower-case hex.</summary>
    // MD5 is what some platforms match by; it protects nothing here.
#pragma warning disable CA5351
    internal static void Hex(IdentifierDigest digest, ReadOnlySpan<byte> text, Span<byte> hex)
    {
        Span<byte> bytes = stackalloc byte[SHA512.HashSizeInBytes];
        bytes = bytes[..(digest switch
        {
            IdentifierDigest.Sha256 => SHA256.HashData(text, bytes),
            IdentifierDigest.Sha512 => SHA512.HashData(text, bytes),
            _ => MD5.HashData(text, bytes),
        })];
        Convert.TryToHexStringLower(bytes, hex, out _);
    }
#pragma warning restore CA5351

    private void Add(int index, IdentifierRule rule, Cell cell, List<TextRange> texts, List<int> owners)
    {
        if (cell.IsAbsent)
        {
            return;
        }

        var value = cell.Type is CellType.Text ? cell.AsText() : cell.ToString();
        Reserve(IdentifierRule.SpaceFor(value.Length) + MaxDigestLength);
        var length = rule.Normalize(value, _text.AsSpan(_used), out var isDigest);
        if (length == 0)
        {
            return;
        }

        if (!isDigest && rule.Digest is IdentifierDigest.Sha256)
        {
            texts.Add(new(_used, length));
            owners.Add(index);
        }
        else if (!isDigest && rule.Digest is not IdentifierDigest.None)
        {
            Hex(rule.Digest, _text.AsSpan(_used, length), _text.AsSpan(_used + length));
            _used += length;
            length = rule.DigestLength;
        }

        _values[index] = new(new(_used, length), IsHashed: false);
        _used += length;
    }

    private void Hash(List<TextRange> texts, List<int> owners)
    {
        _hex = ArrayPool<byte>.Shared.Rent(texts.Count * Sha256Length);
        Sha256Lanes.Hash(_text, CollectionsMarshal.AsSpan(texts), _hex);
        for (var index = 0; index < owners.Count; index++)
        {
            _values[owners[index]] = new(new(index * Sha256Length, Sha256Length), IsHashed: true);
        }
    }

    private void Reserve(int bytes)
    {
        if (_text.Length - _used >= bytes)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_text.Length * 2, _used + bytes));
        _text.AsSpan(0, _used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_text, clearArray: true);
        _text = larger;
    }

    private readonly record struct Value(TextRange Range, bool IsHashed);
}
