using System.Text;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Random rows that reach for the edges: extreme numbers, odd text, sparse columns, one name with several types.</summary>
internal sealed class RandomRows(int seed)
{
    private static readonly CellType[] Types = [.. Enum.GetValues<CellType>().Where(type => type is not CellType.Absent)];
    private static readonly string[] OddTexts = ["", " ", "\0", "ß", "é", "e\u0301", "😀", "\ud83d", "\ude00", "\ud83dx\ude00", "a\ud800", "\uffff", "日本語", new('x', 300)];

    public Random Random { get; } = new(seed);

    /// <summary>Rows in order of their keys, each with an id.</summary>
    public List<(ulong Key, ulong Hash, Row Row)> Make(int count)
    {
        var schema = Enumerable.Range(0, Random.Next(0, 8))
            .Select(index => (Name: $"c{index / 2}{(Random.Next(9) == 0 ? Text() : "")}", Type: Type(), Share: Random.NextDouble(), Spread: Random.Next(1, 50)))
            .ToList();
        var pools = schema.ConvertAll(column => Enumerable.Range(0, column.Spread).Select(_ => Cell(column.Type)).ToArray());
        var rows = new List<(ulong, ulong, Row)>();
        foreach (var key in Enumerable.Range(0, count).Select(_ => Key()).Order())
        {
            var row = new Row { [MergeJoin.IdColumn] = Values.Cell.Of($"id-{rows.Count:D6}") };
            foreach (var (column, pool) in schema.Zip(pools))
            {
                if (Random.NextDouble() <= column.Share)
                {
                    row[column.Name] = column.Spread < 40 ? pool[Random.Next(pool.Length)] : Cell(column.Type);
                }
            }

            rows.Add((key, (ulong)Random.NextInt64(long.MinValue, long.MaxValue), row));
        }

        return rows;
    }

    public Cell Cell(CellType type) => type switch
    {
        CellType.Text => Values.Cell.Of(Text()),
        CellType.Integer => Values.Cell.Of(Long()),
        CellType.Decimal => Values.Cell.Of(Decimal()),
        CellType.DateTime => Values.Cell.Of(new DateTimeOffset(Random.Next(4) switch
        {
            0 => 0,
            1 => DateTimeOffset.MaxValue.Ticks,
            _ => Random.NextInt64(0, DateTimeOffset.MaxValue.Ticks),
        }, TimeSpan.Zero)),
        CellType.Boolean => Values.Cell.Of(Random.Next(2) == 0),
        CellType.TextList => Values.Cell.Of([.. Enumerable.Range(0, Random.Next(5)).Select(_ => Text())]),
        CellType.Bytes => Values.Cell.Of(Bytes()),
        CellType.Date => Values.Cell.Of(DateOnly.FromDayNumber(Random.Next(DateOnly.MaxValue.DayNumber + 1))),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    public CellType Type() => Types[Random.Next(Types.Length)];

    public string Text()
    {
        if (Random.Next(3) == 0)
        {
            return OddTexts[Random.Next(OddTexts.Length)];
        }

        var text = new StringBuilder();
        for (var length = Random.Next(20); length > 0; length--)
        {
            text.Append((char)(Random.Next(4) == 0 ? Random.Next(0x10000) : Random.Next('a', 'z' + 1)));
        }

        return text.ToString();
    }

    private ulong Key() => Random.Next(4) switch
    {
        0 => (ulong)Random.Next(10),
        1 => ulong.MaxValue - (ulong)Random.Next(3),
        _ => (ulong)Random.NextInt64(long.MinValue, long.MaxValue),
    };

    private long Long() => Random.Next(5) switch
    {
        0 => long.MinValue,
        1 => long.MaxValue,
        2 => Random.Next(-100, 100),
        _ => Random.NextInt64() >> Random.Next(63),
    };

    private decimal Decimal() => Random.Next(7) switch
    {
        0 => decimal.MaxValue,
        1 => decimal.MinValue,
        2 => new decimal(0, 0, 0, isNegative: true, 2),
        3 => new decimal(Random.Next(), Random.Next(), Random.Next(), Random.Next(2) == 0, (byte)Random.Next(29)),
        4 => Long(),
        _ => new decimal(Random.Next(100_000), 0, 0, Random.Next(2) == 0, 2),
    };

    private ReadOnlyMemory<byte> Bytes()
    {
        var bytes = new byte[Random.Next(30)];
        Random.NextBytes(bytes);
        return bytes;
    }
}
