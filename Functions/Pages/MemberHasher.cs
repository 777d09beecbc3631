using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Keyed 64-bit hashes of an installation: member keys (SipHash-2-4), row hashes, payload hashes. Never 0 for <see cref="Payload"/>.</summary>
/// <remarks>
/// The three have keys of their own, so that none tells anything about another. The hash of a row is the wyhash of the sum of its cells' hashes (wyhash, too),
/// each seeded by the SipHash of the cell's type and name: cells may be hashed column by column, and their order is of no matter. Thread-safe.
/// </remarks>
/// <param name="secret">16 bytes.</param>
public sealed class MemberHasher(ReadOnlyMemory<byte> secret)
{
    private const int SecretBytes = 16;

    /// <summary>Columns whose hashers are kept: those of some hundred attributes and mappings are asked for with every row.</summary>
    private const int MostKnown = 10_000;

    private readonly (ulong First, ulong Second) _key = Derive(secret.Span, "key");
    private readonly (ulong First, ulong Second) _row = Derive(secret.Span, "row");
    private readonly (ulong First, ulong Second) _payload = Derive(secret.Span, "payload");
    private readonly ConcurrentDictionary<(string Name, CellType Type), CellHasher> _rowCells = new();
    private readonly ConcurrentDictionary<(string Name, CellType Type), CellHasher> _payloadCells = new();

    public ReadOnlyMemory<byte> Secret => secret;

    /// <summary>The member key of a profile id: rows are sorted by it, shards are ranges of it. Two ids may share a key.</summary>
    public ulong Key(string profileId) => PageText.Use(profileId, this, static (id, hasher) => hasher.Key(id));

    /// <summary>As <see cref="Key(string)"/>.</summary>
    /// <param name="profileId">In UTF-8.</param>
    public ulong Key(ReadOnlySpan<byte> profileId) => SipHash.Of(_key.First, _key.Second, profileId);

    /// <summary>Hash over every cell (name, type and value) of a row; decimals by value, not scale.</summary>
    public ulong Row(Row row) => Finish(Sum(_row, _rowCells, row));

    /// <summary>As <see cref="Row"/>, never 0: 0 stands for "unknown" in ledgers.</summary>
    public ulong Payload(Row row) => Finish(_payload, Sum(_payload, _payloadCells, row)) is var hash and not 0 ? hash : 1;

    /// <summary>As <see cref="Row"/>, of rows of a page that have these columns alone; column by column.</summary>
    /// <param name="rows">Places in the page.</param>
    internal ulong[] Rows(CopiedColumn[] columns, ReadOnlySpan<int> rows)
    {
        var sums = new ulong[rows.Length];
        var rented = ArrayPool<ulong>.Shared.Rent(rows.Length);
        foreach (var column in columns)
        {
            AddHashes(OfCells(column.Name, column.Source.Type), column.Source, rows, sums, rented.AsSpan(0, rows.Length));
        }

        ArrayPool<ulong>.Shared.Return(rented);
        foreach (ref var sum in sums.AsSpan())
        {
            sum = Finish(_row, sum);
        }

        return sums;
    }

    /// <summary>Adds the hash of each row's cell of a column to the row's sum.</summary>
    private static void AddHashes(CellHasher hasher, StoredColumn column, ReadOnlySpan<int> rows, Span<ulong> sums, Span<ulong> hashes)
    {
        if (column.IsInEveryRow)
        {
            column.Values.Hash(hasher, rows, hashes);
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] += hashes[i];
            }

            return;
        }

        var rented = ArrayPool<int>.Shared.Rent(2 * rows.Length);
        Span<int> present = rented.AsSpan(0, rows.Length), indexes = rented.AsSpan(rows.Length, rows.Length);
        var count = column.Find(rows, present, indexes);
        column.Values.Hash(hasher, indexes[..count], hashes);
        for (var i = 0; i < count; i++)
        {
            sums[present[i]] += hashes[i];
        }

        ArrayPool<int>.Shared.Return(rented);
    }

    /// <summary>Hashes the cells of one column for row hashes.</summary>
    internal CellHasher OfCells(string name, CellType type) => OfCells(_row, name, type);

    /// <summary>The hash of a row whose cells' hashes have this sum.</summary>
    internal ulong Finish(ulong sum) => Finish(_row, sum);

    private static ulong Finish((ulong First, ulong Second) key, ulong sum) => WyHash.OfPrepared(key.First, sum);

    private static CellHasher OfCells((ulong First, ulong Second) key, string name, CellType type) =>
        PageText.Use(name, (key, type), static (bytes, state) =>
        {
            var hash = new SipHash(state.key.First, state.key.Second);
            hash.Add((byte)state.type);
            hash.Add(bytes);
            return new CellHasher(hash.Finish());
        });

    private static ulong Sum((ulong First, ulong Second) key, ConcurrentDictionary<(string Name, CellType Type), CellHasher> known, Row row)
    {
        var sum = 0UL;
        foreach (var (name, cell) in row)
        {
            if (!known.TryGetValue((name, cell.Type), out var hasher))
            {
                hasher = OfCells(key, name, cell.Type);
                if (known.Count < MostKnown)
                {
                    known[(name, cell.Type)] = hasher;
                }
            }

            sum += hasher.Of(cell);
        }

        return sum;
    }

    private static (ulong First, ulong Second) Derive(ReadOnlySpan<byte> secret, string purpose)
    {
        if (secret.Length != SecretBytes)
        {
            throw new ArgumentException($"The secret of the member hashes has {secret.Length} bytes; it must have {SecretBytes}.", nameof(secret));
        }

        var (first, second) = (BinaryPrimitives.ReadUInt64LittleEndian(secret), BinaryPrimitives.ReadUInt64LittleEndian(secret[sizeof(ulong)..]));
        return (SipHash.Of(first, second, Encoding.ASCII.GetBytes($"{purpose}/0")), SipHash.Of(first, second, Encoding.ASCII.GetBytes($"{purpose}/1")));
    }
}
