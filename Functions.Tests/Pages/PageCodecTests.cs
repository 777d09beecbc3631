using AudienceSync.Values;

namespace AudienceSync.Pages;

public sealed class PageCodecTests
{
    [Fact]
    public void Open_RandomRowsSealed_GivesEveryCellBack()
    {
        for (var seed = 0; seed < 1_500; seed++)
        {
            var rows = new RandomRows(seed).Make(new Random(seed).Next(1, seed % 50 == 0 ? 2_000 : 80));

            var (page, reader) = SealAndOpen(rows);

            page.Size.ShouldBeLessThanOrEqualTo(PackedPage.MaxBytes);
            page.RowCount.ShouldBe(rows.Count);
            page.Range.ShouldBe(new KeyRange(rows[0].Key, rows[^1].Key));
            reader.Keys.SequenceEqual(rows.Select(row => row.Key).ToArray()).ShouldBeTrue();
            reader.RowHashes.SequenceEqual(rows.Select(row => row.Hash).ToArray()).ShouldBeTrue();
            var names = rows.SelectMany(row => row.Row.Select(cell => cell.Key)).ToHashSet(StringComparer.Ordinal);
            for (var i = 0; i < rows.Count; i++)
            {
                ShouldBeSame(reader.ReadRow(i), rows[i].Row, $"seed {seed}, row {i}");
                foreach (var name in names)
                {
                    ShouldBeSame(reader.Find(name)!.ShouldNotBeNull()[i], rows[i].Row[name], $"seed {seed}, row {i}, {name}");
                }
            }
        }
    }

    [Fact]
    public void TryAppend_RandomRowsUntilFull_NeverPassesMaxBytesAndFillsMostOfIt()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new RandomRows(seed);
            var names = Enumerable.Range(0, random.Random.Next(1, 40)).Select(index => (Name: $"name-{index}", Type: random.Type())).ToList();
            var builder = new PageBuilder(int.MaxValue);
            var share = random.Random.NextDouble();
            var longest = random.Random.Next(2) == 0 ? 10 : 20_000;
            Row row;
            do
            {
                row = [];
                foreach (var (name, type) in names.Where(_ => random.Random.NextDouble() < share))
                {
                    row[name] = type is CellType.Text ? Cell.Of(new string((char)random.Random.Next('a', 0x3000), random.Random.Next(longest))) : random.Cell(type);
                }
            }
            while (builder.RowCount < 45_000 && builder.TryAppend(1, 2, row));

            var rowCount = builder.RowCount;
            var page = builder.Seal(0);

            page.Size.ShouldBeInRange(rowCount == 45_000 ? 1 : PackedPage.MaxBytes * 6 / 10, PackedPage.MaxBytes, $"seed {seed}");
            PageReader.Open(page, "p").Count.ShouldBe(rowCount);
        }
    }

    [Fact]
    public void Find_NameWithSeveralTypes_GivesEachCellWithItsType()
    {
        var (_, reader) = SealAndOpen([
            (1, 1, new Row { ["a"] = Cell.Of("x") }),
            (2, 2, new Row { ["a"] = Cell.Of(5) }),
            (3, 3, new Row { ["b"] = Cell.Of(true) }),
            (4, 4, new Row { ["a"] = Cell.Of(1.50m) }),
        ]);

        var column = reader.Find("a").ShouldNotBeNull();

        column[0].ShouldBe(Cell.Of("x"));
        column[1].ShouldBe(Cell.Of(5));
        column[2].IsAbsent.ShouldBeTrue();
        column[3].ToString().ShouldBe("1.50");
        reader.Find("c").ShouldBeNull();
        reader.Columns.ShouldBe([("a", CellType.Text), ("a", CellType.Integer), ("b", CellType.Boolean), ("a", CellType.Decimal)]);
        new RowRef(reader, 3)["a"].ShouldBe(Cell.Of(1.5m));
        new RowRef(reader, 3)["c"].IsAbsent.ShouldBeTrue();
    }

    [Fact]
    public void Find_OneColumn_ReadsItsBytesOnly()
    {
        var rows = Enumerable.Range(0, 500).Select(i => ((ulong)i, 0UL, new Row { ["id"] = Cell.Of($"id-{i}"), ["n"] = Cell.Of(i), ["t"] = Cell.Of($"{i}") })).ToList();
        var (page, _) = SealAndOpen(rows);
        var body = page.Body.ToArray();
        var reader = PageReader.Open(page with { Body = body }, "p");
        var header = PageHeader.Read(page.Header.Span, "p");
        var wanted = header.Columns[1];
        wanted.Name.ShouldBe("n");
        body.AsSpan(0, wanted.Offset).Fill(0xFF);
        body.AsSpan(wanted.Offset + wanted.Length).Fill(0xFF);

        var column = reader.Find("n").ShouldNotBeNull();

        Enumerable.Range(0, 500).ShouldAllBe(i => column[i] == Cell.Of(i));
    }

    [Fact]
    public void Open_KeysAndHashesOnly_ReadsThemAndRefusesColumns()
    {
        var (page, _) = SealAndOpen([(7, 8, new Row { ["id"] = Cell.Of("a") })]);

        var reader = PageReader.Open(page with { Body = default }, "pg_1/0");

        (reader.Keys[0], reader.RowHashes[0], reader.Count).ShouldBe((7UL, 8UL, 1));
        Should.Throw<InvalidOperationException>(() => reader.Find("id")).Message.ShouldContain("pg_1/0");
        Should.Throw<InvalidOperationException>(() => reader.ReadRow(0));
    }

    [Fact]
    public void TryAppend_MaxRowsReached_IsFalseAndSealStartsAnew()
    {
        var builder = new PageBuilder(maxRows: 2);
        builder.TryAppend(5, 0, []).ShouldBeTrue();
        builder.TryAppend(5, 0, []).ShouldBeTrue();
        builder.TryAppend(6, 0, []).ShouldBeFalse();

        var page = builder.Seal(3);

        (page.Number, page.RowCount, page.Range).ShouldBe((3, 2, new KeyRange(5, 5)));
        builder.RowCount.ShouldBe(0);
        builder.TryAppend(1, 0, []).ShouldBeTrue();
    }

    [Fact]
    public void TryAppend_KeyBelowTheOneBefore_Throws()
    {
        var builder = new PageBuilder();
        builder.TryAppend(5, 0, []);

        Should.Throw<ArgumentException>(() => builder.TryAppend(4, 0, []));

        builder.RowCount.ShouldBe(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void TryAppend_RowLargerThanAPage_ThrowsAndKeepsTheRowsBefore(int rowsBefore)
    {
        var builder = new PageBuilder();
        for (var i = 0; i < rowsBefore; i++)
        {
            builder.TryAppend(1, 1, new Row { ["id"] = Cell.Of("a") });
        }

        Should.Throw<ArgumentException>(() => builder.TryAppend(1, 1, new Row { ["t"] = Cell.Of(new string('x', PageBuilder.MaxRowBytes)) }))
            .Message.ShouldContain("700000");

        builder.RowCount.ShouldBe(rowsBefore);
    }

    [Fact]
    public void TryAppend_LargestRow_FitsAPage()
    {
        var builder = new PageBuilder();

        builder.TryAppend(1, 1, new Row { ["t"] = Cell.Of(new string('x', PageBuilder.MaxRowBytes - 200)) }).ShouldBeTrue();

        builder.Seal(0).Size.ShouldBeInRange(PageBuilder.MaxRowBytes - 200, PackedPage.MaxBytes);
    }

    [Fact]
    public void TryAppend_NameTooLong_Throws() =>
        Should.Throw<ArgumentException>(() => new PageBuilder().TryAppend(1, 1, new Row { [new string('n', 70_000)] = Cell.Of(1) }));

    [Fact]
    public void Seal_NoRows_Throws() => Should.Throw<InvalidOperationException>(() => new PageBuilder().Seal(0));

    [Fact]
    public void Seal_RowsOfTypicalMembers_TakesFewBytesEach()
    {
        var random = new Random(1);
        var builder = new PageBuilder(10_000);
        for (var i = 0; i < 10_000; i++)
        {
            builder.TryAppend((ulong)i, (ulong)random.NextInt64(), new Row
            {
                ["id"] = Cell.Of($"c{random.Next():D10}"),
                ["plan"] = Cell.Of(i % 3 == 0 ? "gold" : "silver"),
                ["spent"] = Cell.Of(new decimal(random.Next(100_000), 0, 0, false, 2)),
                ["orders"] = Cell.Of(random.Next(50)),
                ["seen"] = Cell.Of(new DateOnly(2026, 1, 1).AddDays(random.Next(365))),
            }).ShouldBeTrue();
        }

        // 16 of key and hash, 11 of id and its length, 1 bit, 17, 6 and 9 bits: about 33.
        builder.Seal(0).Size.ShouldBeLessThan(10_000 * 34);
    }

    internal static (PackedPage Page, PageReader Reader) SealAndOpen(IEnumerable<(ulong Key, ulong Hash, Row Row)> rows)
    {
        var builder = new PageBuilder();
        foreach (var (key, hash, row) in rows)
        {
            builder.TryAppend(key, hash, row).ShouldBeTrue();
        }

        var page = builder.Seal(0);
        return (page, PageReader.Open(page, "pg_test/0"));
    }

    private static void ShouldBeSame(Row actual, Row expected, string where)
    {
        actual.Count.ShouldBe(expected.Count, where);
        foreach (var (name, cell) in expected)
        {
            ShouldBeSame(actual[name], cell, $"{where}, {name}");
        }
    }

    private static void ShouldBeSame(Cell actual, Cell expected, string where)
    {
        // Not by Shouldly alone: a message for each of a million comparisons would take most of the time.
        if (actual != expected || (expected.Type is CellType.Decimal && !SameBits(actual.AsDecimal(), expected.AsDecimal())))
        {
            throw new ShouldAssertException($"{where}: {expected.Type} '{expected}' came back as {actual.Type} '{actual}'.");
        }
    }

    private static bool SameBits(decimal left, decimal right) => decimal.GetBits(left).SequenceEqual(decimal.GetBits(right));
}
