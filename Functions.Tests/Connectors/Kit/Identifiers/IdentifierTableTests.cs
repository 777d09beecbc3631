using System.Collections.Immutable;
using System.Text;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit.Identifiers;

public sealed class IdentifierTableTests
{
    private static readonly ImmutableArray<IdentifierRule> Rules =
    [
        Identifier.Email.As("email").TrimmedLowercase().Sha256Hex(),
        Identifier.Phone.As("phone").DigitsOnly().Sha256Hex(),
        Identifier.ExternalId.As("id"),
        Identifier.Gaid.As("gaid").TrimmedLowercase().Md5Hex(),
    ];

    [Fact]
    public void Of_ManyRows_GivesForEachCellWhatItsRuleGives()
    {
        var random = new Random(11);
        var rows = Enumerable.Range(0, 3_000).Select(_ => RandomRow(random)).ToImmutableArray();

        using var table = IdentifierTable.Of(rows, Rules);

        for (var row = 0; row < rows.Length; row++)
        {
            for (var rule = 0; rule < Rules.Length; rule++)
            {
                Encoding.UTF8.GetString(table[row, rule]).ShouldBe(Rules[rule].Of(rows[row].Fields));
                Rules[rule].IsFilled(rows[row].Fields).ShouldBe(table[row, rule].Length > 0);
            }

            table.IsEmpty(row).ShouldBe(Rules.All(rule => rule.Of(rows[row].Fields).Length == 0));
        }
    }

    [Fact]
    public void Of_NoRows_IsEmpty()
    {
        using var table = IdentifierTable.Of([], Rules);

        Should.Throw<IndexOutOfRangeException>(() => table[0, 0].Length);
    }

    private static DeliveryRow RandomRow(Random random)
    {
        var row = new Row();
        foreach (var rule in Rules.Where(_ => random.Next(4) > 0))
        {
            row[rule.Field] = random.Next(6) switch
            {
                0 => Cell.Of(random.NextInt64()),
                1 => Cell.Of(Convert.ToHexString(RandomBytes(random, random.Next(2) == 0 ? 32 : 16))),
                2 => Cell.Of("  "),
                3 => Cell.Of($" {new string('Ä', random.Next(0, 90))}@Exämple.com\u00a0"),
                _ => Cell.Of($"User{random.Next()}@Example.COM "),
            };
        }

        return new("op", "p", DeliveryOperation.Add, row);
    }

    private static byte[] RandomBytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
