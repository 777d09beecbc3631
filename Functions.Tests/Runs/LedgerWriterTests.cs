using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Runs;

public sealed class LedgerWriterTests
{
    private const int MappingVersion = 7;
    private static readonly ImmutableArray<string> Identifiers = ["email", "phone"];

    /// <summary>Copied by columns or decoded and written anew: the ledger is the same.</summary>
    [Fact]
    public async Task Rows_TakenKeptAndAppended_AreThoseOfTheTransition()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var pages = new MemoryPageStore();
            var (ledger, plan) = (new ChainWriter(pages, "pg_ledger", random.Next(1, 12)), new ChainWriter(pages, "pg_plan", random.Next(1, 12)));
            var count = random.Next(1, 60);
            var fromLedger = Enumerable.Range(0, count).Select(_ => random.Next(2) == 0).ToArray();
            for (var key = 0; key < count; key++)
            {
                var row = fromLedger[key] ? Member(random, key).Write() : BatchRows.Write(Sent(random, key));
                await (fromLedger[key] ? ledger : plan).AppendAsync((ulong)key, (ulong)random.NextInt64(), row, default);
            }

            var rows = new Queue<RowRef>[] { await ReadAsync(ledger), await ReadAsync(plan) };
            var written = new ChainWriter(pages, "pg_written", random.Next(1, 20));
            using var writer = new LedgerWriter(written, Identifiers, MappingVersion);
            var expected = new List<(ulong Key, ulong Hash, LedgerRow Member)>();
            for (var key = 0; key < count; key++)
            {
                var row = rows[fromLedger[key] ? 0 : 1].Dequeue();
                var member = fromLedger[key]
                    ? LedgerRow.Read(row)
                    : LedgerTransition.Apply(null, BatchRows.Read(row), RowOutcome.Accepted, isDoubted: false, DestinationMode.Mirror, MappingVersion, Identifiers)!;
                if (random.Next(5) == 0)
                {
                    await writer.AppendAsync(row.Key, row.RowHash, member, default);
                }
                else
                {
                    await (fromLedger[key] ? writer.KeepAsync(row, default) : writer.TakeAsync(row, default));
                }

                expected.Add((row.Key, row.RowHash, member));
            }

            (await writer.CompleteAsync(default)).ShouldBe("pg_written");

            var found = await pages.ReadAsync("pg_written", KeyRange.All, PageParts.Whole, default)
                .SelectMany(page => Enumerable.Range(0, page.Count).Select(row => new RowRef(page, row)).ToAsyncEnumerable()).ToListAsync();
            found.Select(row => (row.Key, row.RowHash)).ShouldBe(expected.Select(row => (row.Key, row.Hash)), $"seed {seed}");
            foreach (var (row, (_, _, member)) in found.Zip(expected))
            {
                var read = LedgerRow.Read(row);
                (read with { Keys = member.Keys }).ShouldBe(member, $"seed {seed}");
                read.Keys.ToList().ShouldBe(member.Keys.ToList(), ignoreOrder: true, $"seed {seed}");
            }

            async Task<Queue<RowRef>> ReadAsync(ChainWriter chain) => await chain.CompleteAsync(default) is not { } id ? [] : new(await pages
                .ReadAsync(id, KeyRange.All, PageParts.Whole, default)
                .SelectMany(page => Enumerable.Range(0, page.Count).Select(row => new RowRef(page, row)).ToAsyncEnumerable()).ToListAsync());
        }
    }

    [Fact]
    public async Task CompleteAsync_NoRows_IsNull()
    {
        using var writer = new LedgerWriter(new ChainWriter(new MemoryPageStore(), "pg_1"), Identifiers, MappingVersion);

        (await writer.CompleteAsync(default)).ShouldBeNull();
    }

    private static LedgerRow Member(Random random, int key) => new()
    {
        Id = $"m{key}",
        Status = random.GetItems<LedgerStatus>([LedgerStatus.Accepted, LedgerStatus.Quarantined, LedgerStatus.Uncertain, LedgerStatus.Ignored], 1)[0],
        Payload = unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)),
        OnList = random.Next(2) == 0,
        Attempts = random.Next(3),
        Code = random.Next(2) == 0 ? null : "code",
        Detail = random.Next(2) == 0 ? null : "détail",
        MappingVersion = random.Next(1, 9),
        Cycle = random.Next(9),
        Operation = random.GetItems<DeliveryOperation>([DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove], 1)[0],
        RemoteId = random.Next(2) == 0 ? null : $"remote-{key}",
        Keys = Fields(random),
    };

    private static BatchRow Sent(Random random, int key)
    {
        var fields = Fields(random);
        fields["orders"] = Cell.Of(random.Next());
        return new()
        {
            Id = $"m{key}",
            Operation = DeliveryOperation.Add,
            OperationId = $"op-{random.Next()}",
            Payload = unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)),
            Cycle = random.Next(9),
            RemoteId = random.Next(3) == 0 ? $"remote-{key}" : null,
            Fields = fields,
        };
    }

    /// <summary>Identifiers of several types, some of them missing.</summary>
    private static Row Fields(Random random)
    {
        var fields = new Row();
        foreach (var name in Identifiers.Where(_ => random.Next(3) > 0))
        {
            fields[name] = random.Next(4) == 0 ? Cell.Of(random.Next(5)) : Cell.Of($"{name}-{random.Next(5)}");
        }

        return fields;
    }
}
