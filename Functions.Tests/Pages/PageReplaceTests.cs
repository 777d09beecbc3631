using System.Globalization;
using AudienceSync.Values;

namespace AudienceSync.Pages;

public sealed class PageReplaceTests
{
    [Fact]
    public void Replace_RandomRows_AreOthersAndTheRestIsCellByCellTheSame()
    {
        for (var seed = 0; seed < 1_000; seed++)
        {
            var random = new Random(seed);
            var rows = Enumerable.Range(0, random.Next(1, 60)).Select(number => Row(random, number)).ToList();
            var builder = new PageBuilder();
            foreach (var (index, row) in rows.Index())
            {
                builder.TryAppend((ulong)index * 3, (ulong)index + 100, row).ShouldBeTrue();
            }

            var source = PageReader.Open(builder.Seal(4).ShouldHaveSingleItem(), "source");
            var replaced = Enumerable.Range(0, rows.Count).Where(_ => random.Next(4) == 0).ToHashSet();
            var page = PageReader.Open(
                PageBuilder.Replace(source, replaced.ToDictionary(index => index, _ => new Row { ["op"] = Cell.Of(1) })).ShouldNotBeNull(), "replaced");

            page.Number.ShouldBe(4);
            page.Keys.ToArray().ShouldBe(source.Keys.ToArray());
            for (var index = 0; index < rows.Count; index++)
            {
                page.RowHashes[index].ShouldBe(replaced.Contains(index) ? 0 : source.RowHashes[index]);
                var expected = replaced.Contains(index) ? new Row { ["op"] = Cell.Of(1) } : rows[index];
                page.ReadRow(index).OrderBy(cell => cell.Key, StringComparer.Ordinal).ShouldBe(expected.OrderBy(cell => cell.Key, StringComparer.Ordinal), $"seed {seed}, row {index}");
            }
        }
    }

    [Fact]
    public void Replace_FullPage_StaysOnePage()
    {
        var builder = new PageBuilder();
        var random = new Random(1);
        var rows = 0;
        while (builder.TryAppend((ulong)rows, 1, new() { ["id"] = Cell.Of(string.Create(CultureInfo.InvariantCulture, $"c-{rows:D8}")), ["t"] = Cell.Of(Convert.ToHexString(BytesOf(random, 200))) }))
        {
            rows++;
        }

        var source = PageReader.Open(builder.Seal(0).ShouldHaveSingleItem(), "source");
        PageBuilder.Replace(source, Enumerable.Range(0, source.Count).Where(row => row % 50 == 0).ToDictionary(row => row, _ => new Row())).ShouldNotBeNull()
            .Size.ShouldBeLessThanOrEqualTo(PackedPage.MaxBytes);
    }

    private static byte[] BytesOf(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static Row Row(Random random, int number)
    {
        var row = new Row { ["id"] = Cell.Of(string.Create(CultureInfo.InvariantCulture, $"c-{number:D4}")) };
        if (random.Next(2) == 0)
        {
            row["name"] = Cell.Of(random.Next(3) == 0 ? "Ana" : $"Bo {random.Next(100)}");
        }

        if (random.Next(2) == 0)
        {
            row["orders"] = random.Next(3) == 0 ? Cell.Of(random.Next(9) / 4m) : Cell.Of(random.Next(1_000));
        }

        if (random.Next(3) == 0)
        {
            row["tags"] = Cell.Of(["vip", $"t{random.Next(5)}"]);
        }

        if (random.Next(3) == 0)
        {
            row["at"] = Cell.Of(new DateTimeOffset(2026, 1, 1, 0, 0, random.Next(60), TimeSpan.Zero));
        }

        return row;
    }
}
