using System.Collections.Immutable;
using System.Text;
using AudienceSync.Fakes;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Snapshots;

public sealed class GenerationBuilderTests
{
    private static readonly MemberHasher Hasher = new(new byte[16]);
    private static readonly ImmutableArray<(string Name, CellType Type)> Columns =
        [("id", CellType.Text), ("name", CellType.Text), ("orders", CellType.Integer), ("revenue", CellType.Decimal), ("seen", CellType.Date), ("vip", CellType.Boolean)];

    private readonly MemoryPageStore _pages = new();
    private readonly ManualTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(0, 1, false)]
    [InlineData(1, 1, false)]
    [InlineData(500, 1, false)]
    [InlineData(500, 2, false)]
    [InlineData(3_000, 1, true)]
    [InlineData(3_000, 3, true)]
    public async Task CompleteAsync_RowsInAnyOrder_GivesEachOnceInOrderOfKeysWithItsCellsAndHash(int count, int parts, bool setsAside)
    {
        var rows = Enumerable.Range(0, count).Select(Row).ToDictionary(row => row["id"].AsText(), StringComparer.Ordinal);
        var builder = new GenerationBuilder(_pages, Hasher, _time, Columns, bucketBits: 3);
        await using (builder)
        {
            var readers = Enumerable.Range(0, parts).Select(_ => builder.Part()).ToList();
            foreach (var (index, row) in rows.Values.Index())
            {
                var part = readers[index % parts];
                Take(part, row);
                if (setsAside && index % 700 == 650)
                {
                    await part.SetAsideAsync(CancellationToken.None);
                }
            }

            var built = await builder.CompleteAsync(degree: 2, CancellationToken.None);

            built.Rows.ShouldBe(count);
            var (found, last) = (0, 0UL);
            foreach (var chain in built.Shards.OfType<string>())
            {
                await foreach (var page in _pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, CancellationToken.None))
                {
                    for (var i = 0; i < page.Count; i++)
                    {
                        var read = page.ReadRow(i);
                        var expected = rows[read["id"].AsText()];
                        page.Keys[i].ShouldBe(Hasher.Key(read["id"].AsText()));
                        page.Keys[i].ShouldBeGreaterThanOrEqualTo(last);
                        page.RowHashes[i].ShouldBe(Hasher.Row(expected));
                        read.OrderBy(cell => cell.Key).ShouldBe(expected.OrderBy(cell => cell.Key));
                        (found, last) = (found + 1, page.Keys[i]);
                    }
                }
            }

            found.ShouldBe(count);
            built.Shards.Length.ShouldBe(1 << built.ShardBits);
        }

        // Only the generation is left.
        _pages.Chains.Count.ShouldBe(count == 0 ? 0 : 1);
    }

    [Fact]
    public async Task CompleteAsync_AnIdTwice_Throws()
    {
        await using var builder = new GenerationBuilder(_pages, Hasher, _time, Columns);
        var part = builder.Part();
        Take(part, Row(1));
        Take(part, Row(1));

        (await Should.ThrowAsync<ArgumentException>(() => builder.CompleteAsync(1, CancellationToken.None))).Message.ShouldContain("twice");
    }

    [Fact]
    public async Task End_TooFewValues_Throws()
    {
        await using var builder = new GenerationBuilder(_pages, Hasher, _time, Columns);
        var part = builder.Part();
        part.Begin("c-1"u8).AddText("Ana"u8);

        Should.Throw<InvalidOperationException>(part.End).Message.ShouldContain("2 values for 6 columns");
    }

    [Fact]
    public async Task SetAsideAsync_RowsOfManyPages_KeepsThemAll()
    {
        await using var builder = new GenerationBuilder(_pages, Hasher, _time, [("id", CellType.Text), ("t", CellType.Text)], bucketBits: 0);
        var part = builder.Part();
        var text = new byte[5_000];
        for (var i = 0; i < 400; i++)
        {
            text.AsSpan().Fill((byte)('a' + (i % 26)));
            part.Begin(Encoding.UTF8.GetBytes($"c-{i}")).AddText(text);
            part.End();
        }

        await part.SetAsideAsync(CancellationToken.None);
        var built = await builder.CompleteAsync(1, CancellationToken.None);

        var ids = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var page in _pages.ReadAsync(built.Shards.ShouldHaveSingleItem()!, KeyRange.All, PageParts.Whole, CancellationToken.None))
        {
            for (var i = 0; i < page.Count; i++)
            {
                var row = page.ReadRow(i);
                row["t"].AsText().ShouldBe(new string((char)('a' + (int.Parse(row["id"].AsText()[2..], null) % 26)), 5_000));
                ids.Add(row["id"].AsText());
            }
        }

        ids.Count.ShouldBe(400);
    }

    private static Row Row(int number) => new()
    {
        ["id"] = Cell.Of($"c-{number}"),
        ["name"] = number % 5 == 0 ? default : Cell.Of($"Näme {number % 40}"),
        ["orders"] = number % 3 == 0 ? default : Cell.Of(number - 50),
        ["revenue"] = Cell.Of(number / 7m),
        ["seen"] = Cell.Of(new DateOnly(2026, 1, 1).AddDays(number % 400)),
        ["vip"] = number % 11 == 0 ? default : Cell.Of(number % 2 == 0),
    };

    private static void Take(GenerationPart part, Row row)
    {
        var buffer = part.Begin(Encoding.UTF8.GetBytes(row["id"].AsText()));
        Add("name", cell => buffer.AddText(Encoding.UTF8.GetBytes(cell.AsText())));
        Add("orders", cell => buffer.AddInteger(cell.AsInteger()));
        Add("revenue", cell => buffer.AddDecimal(cell.AsDecimal()));
        Add("seen", cell => buffer.AddInteger(cell.AsDate().DayNumber));
        Add("vip", cell => buffer.AddInteger(cell.AsBoolean() ? 1 : 0));
        part.End();

        void Add(string name, Action<Cell> add)
        {
            if (row.Has(name))
            {
                add(row[name]);
            }
            else
            {
                buffer.AddNothing();
            }
        }
    }
}
