using AudienceSync.Values;

namespace AudienceSync.Pages;

public sealed class MemberHasherTests
{
    private static readonly MemberHasher Hasher = new(Enumerable.Range(0, 16).Select(i => (byte)i).ToArray());

    [Fact]
    public void Key_Row_Payload_OfOneSecret_AreIndependent()
    {
        var other = new MemberHasher(Enumerable.Range(1, 16).Select(i => (byte)i).ToArray());
        Row row = new() { ["id"] = Cell.Of("a") };

        ulong[] hashes = [Hasher.Key("a"), Hasher.Row(row), Hasher.Payload(row), other.Key("a"), other.Row(row), other.Payload(row)];

        hashes.Distinct().Count().ShouldBe(hashes.Length);
    }

    /// <summary>Stored pages are sorted and compared by these: none may ever change. The values were computed apart from this code.</summary>
    [Fact]
    public void Key_Row_Payload_OfKnownInput_NeverChange()
    {
        Row row = new()
        {
            ["text"] = Cell.Of("é"),
            ["integer"] = Cell.Of(-5),
            ["decimal"] = Cell.Of(120.50m),
            ["time"] = Cell.Of(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)),
            ["date"] = Cell.Of(new DateOnly(2026, 1, 2)),
            ["flag"] = Cell.Of(true),
            ["list"] = Cell.Of(["a", "b"]),
            ["bytes"] = Cell.Of((ReadOnlyMemory<byte>)new byte[] { 1, 2, 3 }),
        };

        $"{Hasher.Key("customer-1"):x16} {Hasher.Row(row):x16} {Hasher.Payload(row):x16}".ShouldBe("ddd6ae0cc8dde290 6b57da19b38d2f70 40405b2b737bdc83");
    }

    [Fact]
    public void Row_NamesInAnotherOrder_IsTheSame() =>
        Hasher.Row(new() { ["a"] = Cell.Of(1), ["b"] = Cell.Of(2) }).ShouldBe(Hasher.Row(new() { ["b"] = Cell.Of(2), ["a"] = Cell.Of(1) }));

    [Fact]
    public void Row_DecimalsOfOneValue_AreTheSame()
    {
        foreach (decimal[] same in (decimal[][])[[1.5m, 1.50m, 1.500000m], [0m, 0.00m, -0.0m], [100m, 100.0m], [-2m, -2.000m], [79228162514264337593543950335m]])
        {
            same.Select(value => Hasher.Row(new() { ["d"] = Cell.Of(value) })).Distinct().Count().ShouldBe(1);
        }
    }

    [Fact]
    public void Row_AnyDifference_ChangesTheHash()
    {
        Row[] rows =
        [
            [],
            new() { ["a"] = Cell.Of("") },
            new() { ["a"] = Cell.Of("1") },
            new() { ["b"] = Cell.Of("1") },
            new() { ["a1"] = Cell.Of("") },
            new() { ["a"] = Cell.Of(1) },
            new() { ["a"] = Cell.Of(1m) },
            new() { ["a"] = Cell.Of(-1m) },
            new() { ["a"] = Cell.Of(10m) },
            new() { ["a"] = Cell.Of(0.1m) },
            new() { ["a"] = Cell.Of(true) },
            new() { ["a"] = Cell.Of(["1"]) },
            new() { ["a"] = Cell.Of(["1", ""]) },
            new() { ["a"] = Cell.Of(["", "1"]) },
            new() { ["a"] = Cell.Of([""]) },
            new() { ["a"] = Cell.Of([]) },
            new() { ["a"] = Cell.Of((ReadOnlyMemory<byte>)"1"u8.ToArray()) },
            new() { ["a"] = Cell.Of(new DateTimeOffset(1, TimeSpan.Zero)) },
            new() { ["a"] = Cell.Of(DateOnly.FromDayNumber(1)) },
            new() { ["a"] = Cell.Of("1"), ["b"] = Cell.Of("") },
            new() { ["a"] = Cell.Of(""), ["b"] = Cell.Of("1") },
            new() { ["a"] = Cell.Of("\ud800") },
            new() { ["a"] = Cell.Of("\ud801") },
            new() { ["a"] = Cell.Of("\ufffd") },
        ];

        rows.Select(Hasher.Row).Distinct().Count().ShouldBe(rows.Length);
    }

    [Fact]
    public void Row_RandomRows_EqualExactlyWhenTheRowsAre()
    {
        var seen = new Dictionary<ulong, Row>();
        for (var seed = 0; seed < 1_000; seed++)
        {
            foreach (var (_, _, row) in new RandomRows(seed).Make(3))
            {
                var hash = Hasher.Row(row);
                Hasher.Row(new(row.Reverse())).ShouldBe(hash);
                if (!seen.TryAdd(hash, row))
                {
                    row.ToDictionary().ShouldBe(seen[hash].ToDictionary(), ignoreOrder: true);
                }
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("customer-123456")]
    [InlineData("😀😀😀")]
    public void Key_IdOfUpTo256Characters_AllocatesNothing(string id)
    {
        var longest = new string('é', 256);
        Hasher.Key(id);
        Hasher.Key(longest);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var sum = 0UL;
        for (var i = 0; i < 100; i++)
        {
            sum += Hasher.Key(id) + Hasher.Key(longest);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        sum.ShouldNotBe(0UL);
    }

    [Fact]
    public void Key_ManyIds_SpreadOverShards()
    {
        var counts = new int[16];
        for (var i = 0; i < 16_000; i++)
        {
            counts[Hasher.Key($"customer-{i}") >> 60]++;
        }

        counts.ShouldAllBe(count => count > 850 && count < 1_150);
    }

    [Fact]
    public void Key_LongId_IsHashedWhole() => Hasher.Key(new string('x', 5_000)).ShouldNotBe(Hasher.Key(new string('x', 4_999) + "y"));

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(32)]
    public void New_SecretOfAnotherLength_Throws(int length) =>
        Should.Throw<ArgumentException>(() => new MemberHasher(new byte[length])).Message.ShouldContain("16");
}
