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
        [("id", CellType.Text), ("name", CellType.Text), ("orders", CellType.Integer), ("revenue", CellType.Decimal), ("seen", CellType.Date), ("vip", CellType.Boolean), ("tags", CellType.TextList)];

    private readonly MemoryPageStore _pages = new();
    private readonly ManualTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(0, 1, 1 << 20, 0)]
    [InlineData(1, 1, 1 << 20, 0)]
    [InlineData(500, 1, 1 << 20, 10_000_000)]
    [InlineData(500, 2, 1 << 20, 1)]
    [InlineData(3_000, 1, 1 << 16, 2_000_000)]
    [InlineData(3_000, 3, 1 << 15, 0)]
    [InlineData(3_000, 2, 1 << 14, 600_000)]
    [InlineData(300, 2, 1 << 8, 2_000_000)]
    public async Task CompleteAsync_RowsInAnyOrder_GivesEachOnceInOrderOfKeysWithItsCellsAndHash(int count, int parts, int partBytes, long expectedRows)
    {
        var rows = Enumerable.Range(0, count).Select(Row).ToDictionary(row => row["id"].AsText(), StringComparer.Ordinal);
        using var builder = new GenerationBuilder(_pages, Hasher, _time, Columns, expectedRows, partBytes);
        var readers = Enumerable.Range(0, parts).Select(_ => builder.Part()).ToList();
        foreach (var (index, row) in rows.Values.Index())
        {
            await TakeAsync(readers[index % parts], row);
        }

        var built = await builder.CompleteAsync(degree: 2, CancellationToken.None);

        built.Rows.ShouldBe(count);
        built.Shards.Length.ShouldBe(1 << built.ShardBits);
        built.IsInOrder.ShouldBe(partBytes == 1 << 20);
        await ShouldBeAsync(built, rows);

        var inOrder = await builder.PutInOrderAsync(built, degree: 2, CancellationToken.None);

        inOrder.IsInOrder.ShouldBeTrue();
        inOrder.Shards.ShouldAllBe(chains => chains.Length <= 1);
        await ShouldBeAsync(inOrder, rows);

        // Only the generation is left.
        _pages.Chains.ShouldBe(inOrder.Shards.SelectMany(chains => chains), ignoreOrder: true);
    }

    private async Task ShouldBeAsync(BuiltGeneration built, Dictionary<string, Row> rows)
    {
        var (found, last) = (0, 0UL);
        foreach (var (shard, chains) in built.Shards.Index())
        {
            await foreach (var sorted in ReadAsync(chains, built.IsInOrder))
            {
                for (var i = 0; i < sorted.Count; i++)
                {
                    var (page, place) = sorted[i];
                    var read = page.ReadRow(place);
                    var expected = rows[read["id"].AsText()];
                    sorted.Keys[i].ShouldBe(Hasher.Key(read["id"].AsText()));
                    sorted.Keys[i].ShouldBeGreaterThanOrEqualTo(last);
                    KeyRange.OfShard(shard, built.ShardBits).Contains(sorted.Keys[i]).ShouldBeTrue();
                    sorted.RowHashes[i].ShouldBe(Hasher.Row(expected));
                    read.OrderBy(cell => cell.Key).ShouldBe(expected.OrderBy(cell => cell.Key));
                    (found, last) = (found + 1, sorted.Keys[i]);
                }
            }
        }

        found.ShouldBe(rows.Count);
    }

    [Fact]
    public async Task CompleteAsync_AnIdTwiceInMemory_Throws()
    {
        using var builder = new GenerationBuilder(_pages, Hasher, _time, Columns, expectedRows: 2);
        var part = builder.Part();
        await TakeAsync(part, Row(1));
        await TakeAsync(part, Row(1));

        (await Should.ThrowAsync<RepeatedIdException>(() => builder.CompleteAsync(1, CancellationToken.None))).Message.ShouldContain("twice");
    }

    [Fact]
    public async Task CompleteAsync_AnIdTwiceInPagesFarApart_IsToldWhenTheyAreMerged()
    {
        using var builder = new GenerationBuilder(_pages, Hasher, _time, Columns, expectedRows: 1, partBytes: 1 << 14);
        var part = builder.Part();
        foreach (var number in Enumerable.Range(0, 1_000).Append(1))
        {
            await TakeAsync(part, Row(number));
        }

        var built = await builder.CompleteAsync(1, CancellationToken.None);

        await Should.ThrowAsync<RepeatedIdException>(async () => await ReadAsync(built.Shards.ShouldHaveSingleItem(), built.IsInOrder).CountAsync());
        await Should.ThrowAsync<RepeatedIdException>(() => builder.PutInOrderAsync(built, 1, CancellationToken.None));
    }

    [Fact]
    public void End_TooFewValues_Throws()
    {
        using var builder = new GenerationBuilder(_pages, Hasher, _time, Columns, expectedRows: 1);
        var part = builder.Part();
        part.Begin("c-1"u8).AddText("Ana"u8);

        Should.Throw<InvalidOperationException>(part.End).Message.ShouldContain("2 values for 7 columns");
    }

    [Fact]
    public void End_RowLargerThanAPage_Throws()
    {
        using var builder = new GenerationBuilder(_pages, Hasher, _time, [("id", CellType.Text), ("t", CellType.Text)], expectedRows: 1);
        var part = builder.Part();
        part.Begin("c-1"u8).AddText(new byte[PageBuilder.MaxRowBytes]);

        Should.Throw<ArgumentException>(part.End).Message.ShouldContain("700000");
    }

    [Fact]
    public void Begin_LastRowWaitsForRoom_Throws()
    {
        using var builder = new GenerationBuilder(_pages, Hasher, _time, [("id", CellType.Text), ("t", CellType.Text)], expectedRows: 1, partBytes: 64);
        var part = builder.Part();
        part.Begin("c-1"u8).AddText(new byte[2_000]);
        part.End();

        part.IsFull.ShouldBeTrue();
        Should.Throw<InvalidOperationException>(() => part.Begin("c-2"u8));
    }

    [Theory]
    [InlineData(1 << 22)]
    [InlineData(1 << 16)]
    [InlineData(1 << 12)]
    public async Task PackAsync_LongRows_KeepsThemAll(int partBytes)
    {
        using var builder = new GenerationBuilder(_pages, Hasher, _time, [("id", CellType.Text), ("t", CellType.Text)], expectedRows: 400, partBytes);
        var part = builder.Part();
        var text = new byte[5_000];
        for (var i = 0; i < 400; i++)
        {
            text.AsSpan().Fill((byte)('a' + (i % 26)));
            part.Begin(Encoding.UTF8.GetBytes($"c-{i}")).AddText(text);
            part.End();
            if (part.IsFull)
            {
                await part.PackAsync(CancellationToken.None);
            }
        }

        var built = await builder.CompleteAsync(1, CancellationToken.None);

        var ids = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var sorted in ReadAsync(built.Shards.ShouldHaveSingleItem(), built.IsInOrder))
        {
            for (var i = 0; i < sorted.Count; i++)
            {
                var row = sorted[i];
                row["t"].AsText().ShouldBe(new string((char)('a' + (int.Parse(row["id"].AsText()[2..], null) % 26)), 5_000));
                ids.Add(row["id"].AsText());
            }
        }

        ids.Count.ShouldBe(400);
    }

    private IAsyncEnumerable<ISortedRows> ReadAsync(ImmutableArray<string> chains, bool isInOrder)
    {
        var pages = chains.ToAsyncEnumerable().SelectMany(chain => _pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, CancellationToken.None));
        return isInOrder ? pages : MergedRows.ReadAsync(pages, CancellationToken.None);
    }

    private static Row Row(int number) => new()
    {
        ["id"] = Cell.Of($"c-{number}"),
        ["name"] = number % 5 == 0 ? default : Cell.Of($"Näme {number % 40}"),
        ["orders"] = number % 3 == 0 ? default : Cell.Of(number - 50),
        ["revenue"] = Cell.Of(number / 7m),
        ["seen"] = Cell.Of(new DateOnly(2026, 1, 1).AddDays(number % 400)),
        ["vip"] = number % 11 == 0 ? default : Cell.Of(number % 2 == 0),
        ["tags"] = number % 7 == 0 ? default : Cell.Of([.. Enumerable.Range(0, number % 4).Select(tag => $"täg {tag}")]),
    };

    private static async Task TakeAsync(GenerationPart part, Row row)
    {
        var buffer = part.Begin(Encoding.UTF8.GetBytes(row["id"].AsText()));
        Add("name", cell => buffer.AddText(Encoding.UTF8.GetBytes(cell.AsText())));
        Add("orders", cell => buffer.AddInteger(cell.AsInteger()));
        Add("revenue", cell => buffer.AddDecimal(cell.AsDecimal()));
        Add("seen", cell => buffer.AddInteger(cell.AsDate().DayNumber));
        Add("vip", cell => buffer.AddInteger(cell.AsBoolean() ? 1 : 0));
        Add("tags", cell => buffer.AddTexts(cell.AsTextList()));
        part.End();
        if (part.IsFull)
        {
            await part.PackAsync(CancellationToken.None);
        }

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
