using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Postgres;

/// <summary>A table of random columns and rows, as SQL and as the cells that its values are.</summary>
/// <param name="Rows">By the key as text.</param>
internal sealed record RandomTable(string Name, IReadOnlyList<string> Columns, string CreateSql, string InsertSql, IReadOnlyDictionary<string, Row> Rows)
{
    private const string Letters = "abcXYZ019 _-'\"\\{},;äß漢𝄞\n\t";

    private static readonly ImmutableArray<(string Type, Func<Random, (string Sql, Cell Cell)> Value)> Types =
    [
        ("text", random => OfText(Text(random, 40))),
        ("varchar(60)", random => OfText(Text(random, 40))),
        ("uuid", random => new Guid([.. Enumerable.Range(0, 16).Select(_ => (byte)random.Next(256))]).ToString() is var id ? OfText(id) : default),
        ("smallint", random => OfInteger(random.Next(short.MinValue, short.MaxValue + 1))),
        ("integer", random => OfInteger(random.Next(int.MinValue, int.MaxValue))),
        ("bigint", random => OfInteger(random.NextInt64(long.MinValue, long.MaxValue))),
        ("numeric", random => Decimal(random) is var number ? (number.ToString(CultureInfo.InvariantCulture), Cell.Of(number)) : default),
        ("numeric(20,4)", random => Math.Round((decimal)(random.NextDouble() * 1e12), 4) is var number ? (number.ToString(CultureInfo.InvariantCulture), Cell.Of(number)) : default),
        ("double precision", random => Double(random) is var number
            ? (number.ToString("R", CultureInfo.InvariantCulture), Cell.Of(decimal.Parse(number.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture)))
            : default),
        ("boolean", random => random.Next(2) == 1 ? ("true", Cell.Of(true)) : ("false", Cell.Of(false))),
        ("date", random => DateOnly.FromDayNumber(random.Next(DateOnly.MaxValue.DayNumber + 1)) is var day ? ($"'{day:yyyy-MM-dd}'", Cell.Of(day)) : default),
        ("timestamptz", random => Moment(random) is var moment ? ($"'{moment.AddHours(5):yyyy-MM-ddTHH:mm:ss.ffffff}+05'", Cell.Of(moment)) : default),
        ("timestamp", random => Moment(random) is var moment ? ($"'{moment:yyyy-MM-ddTHH:mm:ss.ffffff}'", Cell.Of(moment)) : default),
        ("text[]", random => Enumerable.Range(0, random.Next(5)).Select(_ => Text(random, 10)).ToImmutableArray() is var items
            ? ($"ARRAY[{string.Join(", ", items.Select(Quote))}]::text[]", Cell.Of(items))
            : default),
    ];

    public static RandomTable Create(Random random, string name)
    {
        var columns = Enumerable.Range(0, random.Next(3, 12)).Select(number => (Name: string.Create(CultureInfo.InvariantCulture, $"c{number}"), Type: Types[random.Next(Types.Length)])).ToList();
        var isText = random.Next(2) == 1;
        var rows = new Dictionary<string, Row>(StringComparer.Ordinal);
        var values = new List<string>();
        for (var count = random.Next(1, 120); rows.Count < count;)
        {
            var key = isText ? $"k{Text(random, 8).Replace("\n", "", StringComparison.Ordinal).Replace("\t", "", StringComparison.Ordinal)}" : random.Next().ToString(CultureInfo.InvariantCulture);
            var (row, cells) = (new Row(), new List<string> { isText ? Quote(key) : key });
            foreach (var (column, type) in columns)
            {
                var (sql, cell) = random.Next(6) == 0 ? ("NULL", default) : type.Value(random);
                cells.Add(sql);
                row[column] = cell;
            }

            if (rows.TryAdd(key, row))
            {
                values.Add($"({string.Join(", ", cells)})");
            }
        }

        var definitions = string.Join(", ", columns.Select(column => $"{column.Name} {column.Type.Type}"));
        return new(
            name, [.. columns.Select(column => column.Name)], $"CREATE TABLE {name} (key {(isText ? "text" : "bigint")} PRIMARY KEY, {definitions})",
            $"INSERT INTO {name} VALUES {string.Join(", ", values)}", rows);
    }

    private static (string, Cell) OfText(string text) => (Quote(text), Cell.Of(text));

    private static (string, Cell) OfInteger(long number) => (number == long.MinValue ? "(-9223372036854775808)" : number.ToString(CultureInfo.InvariantCulture), Cell.Of(number));

    private static string Text(Random random, int most)
    {
        var text = new StringBuilder();
        var runes = Letters.EnumerateRunes().ToArray();
        for (var length = random.Next(most); text.Length < length;)
        {
            text.Append(runes[random.Next(runes.Length)].ToString());
        }

        return text.ToString();
    }

    private static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static decimal Decimal(Random random) => new(random.Next(), random.Next(), random.Next(3) == 0 ? random.Next(100_000) : 0, random.Next(2) == 1, (byte)random.Next(12));

    private static double Double(Random random) => (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-8, 15));

    private static DateTimeOffset Moment(Random random) =>
        new(new DateTime(random.NextInt64(DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks - (10 * TimeSpan.TicksPerHour)) / 10 * 10, DateTimeKind.Utc));
}
