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
    public void Seal_RandomRowsUntilFull_NeverPassesMaxBytesAndFillsMostOfItOnceItKnowsTheRows()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new RandomRows(seed);
            var names = Enumerable.Range(0, random.Random.Next(1, 40)).Select(index => (Name: $"name-{index}", Type: random.Type())).ToList();
            var builder = new PageBuilder(int.MaxValue);
            var share = random.Random.NextDouble();
            var longest = random.Random.Next(2) == 0 ? 10 : 20_000;
            for (var round = 0; round < 3; round++)
            {
                do
                {
                }
                while (builder.RowCount < 45_000 && builder.TryAppend(1, 2, NextRow()));

                var rowCount = builder.RowCount;
                var pages = builder.Seal(7);

                pages.ShouldAllBe(page => page.Size <= PackedPage.MaxBytes, $"seed {seed}, round {round}");
                pages.Select(page => page.Number).ShouldBe(Enumerable.Range(7, pages.Length));
                pages.Sum(page => PageReader.Open(page, "p").Count).ShouldBe(rowCount);
                var isSmall = rowCount == 45_000 || round == 0;
                pages.Average(page => page.Size).ShouldBeGreaterThan(isSmall ? 1 : PackedPage.MaxBytes * 4 / 10, $"seed {seed}, round {round}");
            }

            Row NextRow()
            {
                Row row = [];
                foreach (var (name, type) in names.Where(_ => random.Random.NextDouble() < share))
                {
                    row[name] = type is CellType.Text ? Cell.Of(new string((char)random.Random.Next('a', 0x3000), random.Random.Next(longest))) : random.Cell(type);
                }

                return row;
            }
        }
    }

    [Fact]
    public void Seal_RowsThatPackWorseThanThePageBefore_GivesThemInOrderOverSeveralPages()
    {
        var random = new Random(1);
        var builder = new PageBuilder(int.MaxValue);
        for (var i = 0; i < 10_000; i++)
        {
            builder.TryAppend((ulong)i, 0, new Row { ["id"] = Cell.Of($"{i}"), ["t"] = Cell.Of("the same long text in every row of the page") });
        }

        builder.Seal(0);
        var count = 0UL;
        while (builder.TryAppend(count, 0, new Row { ["id"] = Cell.Of($"{count}"), ["t"] = Cell.Of(Convert.ToHexString(Bytes())) }))
        {
            count++;
        }

        var pages = builder.Seal(1);

        pages.Length.ShouldBeGreaterThan(1);
        pages.ShouldAllBe(page => page.Size <= PackedPage.MaxBytes);
        var readers = pages.Select(page => PageReader.Open(page, "p")).ToList();
        readers.SelectMany(page => page.Keys.ToArray()).ShouldBe(Enumerable.Range(0, (int)count).Select(key => (ulong)key));
        readers.SelectMany(page => Enumerable.Range(0, page.Count).Select(i => page.ReadRow(i)["id"].AsText())).ShouldBe(Enumerable.Range(0, (int)count).Select(key => $"{key}"));

        byte[] Bytes()
        {
            var bytes = new byte[30];
            random.NextBytes(bytes);
            return bytes;
        }
    }

    [Fact]
    public void Seal_TextsOfEveryShape_GivesEachBackInFewBytes()
    {
        var random = new Random(5);
        var shapes = new (Func<int, string> Text, int MostBytesPerRow)[]
        {
            (_ => $"cust-{random.Next(100_000_000):D8}", 4),
            (i => $"c-{i}", 3),
            (_ => $"+49{random.NextInt64(1_000_000_000, 9_999_999_999)}", 5),
            (_ => random.NextInt64(0, 999_999_999_999_999_999).ToString("D18", null), 8),
            (_ => random.Next(2) == 0 ? "gold" : "", 1),
            (i => $"{(char)('a' + (i % 26))}{Convert.ToHexString(BitConverter.GetBytes(random.Next()))}@{(i % 3 == 0 ? "example.com" : "mail.example.org")}", 12),
            (i => $"user{i}@example.com", 3),
            (i => i % 2 == 0 ? "007" : "7", 1),
            (i => $"{i}@", 3),
        };
        foreach (var (shape, (text, most)) in shapes.Index())
        {
            var rows = Enumerable.Range(0, 4_000).Select(i => ((ulong)i, 0UL, new Row { ["t"] = Cell.Of(text(i)) })).ToList();

            var (page, reader) = SealAndOpen(rows);

            page.Body.Length.ShouldBeLessThan((4_000 * most) + 200, $"shape {shape}");
            for (var i = 0; i < rows.Count; i++)
            {
                ShouldBeSame(reader.ReadRow(i), rows[i].Item3, $"shape {shape}, row {i}");
            }
        }
    }

    [Fact]
    public void Append_RowsOfRandomPages_AreTheRowsThemselves()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var rows = new RandomRows(seed).Make(new Random(seed).Next(1, 120));
            var (_, source) = SealAndOpen(rows);
            var builder = new PageBuilder();
            var columns = source.ToCopy();
            var chosen = Enumerable.Range(0, rows.Count).Where(i => (i * 7) % 3 != 0 || i == 0).ToArray();
            builder.Append(columns, chosen, source.Keys, [.. chosen.Select(i => rows[i].Hash)]).ShouldBe(chosen.Length);

            var copy = PageReader.Open(builder.Seal(0).Single(), "copy");

            for (var i = 0; i < chosen.Length; i++)
            {
                ShouldBeSame(copy.ReadRow(i), rows[chosen[i]].Row, $"seed {seed}, row {i}");
            }
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

        var page = builder.Seal(3).Single();

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

        builder.Seal(0).Single().Size.ShouldBeInRange(PageBuilder.MaxRowBytes - 200, PackedPage.MaxBytes);
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
        builder.Seal(0).Single().Size.ShouldBeLessThan(10_000 * 34);
    }

    internal static (PackedPage Page, PageReader Reader) SealAndOpen(IEnumerable<(ulong Key, ulong Hash, Row Row)> rows)
    {
        var builder = new PageBuilder();
        foreach (var (key, hash, row) in rows)
        {
            builder.TryAppend(key, hash, row).ShouldBeTrue();
        }

        var page = builder.Seal(0).Single();
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
