using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Runs;

public sealed class LedgerTransitionTests
{
    private static readonly ImmutableArray<string> Identifiers = ["email", "phone"];

    [Fact]
    public void Apply_AnyStep_KeepsItsPromises()
    {
        for (var seed = 0; seed < 5_000; seed++)
        {
            var random = new Random(seed);
            var mode = Pick<DestinationMode>(random);
            var before = random.Next(3) == 0 ? null : Row(random);
            var sent = Sent(random, before?.Id ?? "m");
            var outcome = random.Next(5) == 0 ? null : new RowOutcome(Pick<RowFate>(random), "code", "detail");

            var isDoubted = random.Next(2) == 0;
            var after = LedgerTransition.Apply(before, sent, outcome, isDoubted, mode, 7, Identifiers);

            var isRemoval = sent.Operation is DeliveryOperation.Remove;
            var context = $"seed {seed}: {mode} {before} {sent.Operation} {outcome}";
            switch (outcome?.Fate)
            {
                case null or RowFate.Retryable:
                    after.ShouldBeSameAs(before, context);
                    continue;
                case RowFate.Accepted when isRemoval && mode is not DestinationMode.RemoveOnly:
                    after.ShouldBeNull(context);
                    continue;
            }

            after.ShouldNotBeNull(context);
            (after.Id, after.MappingVersion, after.Cycle, after.Operation).ShouldBe((sent.Id, 7, sent.Cycle, sent.Operation!.Value), context);
            after.Status.ShouldBe(outcome.Fate switch { RowFate.Accepted => LedgerStatus.Accepted, RowFate.Rejected => LedgerStatus.Quarantined, _ => LedgerStatus.Uncertain }, context);
            after.Keys.Select(cell => cell.Key).ShouldAllBe(name => Identifiers.Contains(name));

            // Nobody is ours but by an add; and who may be there stays so until a removal was taken.
            var mayBeAdded = sent.Operation is DeliveryOperation.Add && (outcome.Fate is not RowFate.Rejected || isDoubted);
            var isGone = isRemoval && outcome.Fate is RowFate.Accepted;
            after.OnList.ShouldBe(mayBeAdded || ((before?.OnList ?? false) && !isGone), context);
            after.Attempts.ShouldBe(outcome.Fate is RowFate.Accepted ? 0 : (before?.Attempts ?? 0) + 1, context);
        }
    }

    [Fact]
    public async Task Rows_WrittenAndRead_AreTheSame()
    {
        var hasher = new MemberHasher("sixteen bytes it"u8.ToArray());
        for (var seed = 0; seed < 1_000; seed++)
        {
            var random = new Random(seed);
            var (ledger, batch) = (Row(random), Sent(random, "m"));
            var note = new BatchRow { Id = "n", Note = (LedgerStatus)random.Next(5), Payload = (ulong)random.NextInt64(), Fields = Keys(random) };

            var read = LedgerRow.Read(await StoreAsync(hasher, ledger.Write()));
            (read with { Keys = ledger.Keys }).ShouldBe(ledger);
            hasher.Row(read.Keys).ShouldBe(hasher.Row(ledger.Keys));

            foreach (var row in (BatchRow[])[batch, note])
            {
                var stored = BatchRows.Read(await StoreAsync(hasher, BatchRows.Write(row)));
                (stored with { Fields = row.Fields }).ShouldBe(row);
                hasher.Row(stored.Fields).ShouldBe(hasher.Row(row.Fields));
            }
        }
    }

    [Theory]
    [InlineData(DestinationMode.Mirror, true)]
    [InlineData(DestinationMode.UpdateOnly, false)]
    [InlineData(DestinationMode.RemoveOnly, false)]
    internal void Note_OfABaseline_OwnsWhomTheModeAdds(DestinationMode mode, bool onList)
    {
        var note = new BatchRow { Id = "m", Note = LedgerStatus.Accepted, Payload = 5, Fields = new() };

        LedgerTransition.Note(null, note, mode, 3).ShouldNotBeNull().OnList.ShouldBe(onList);
        LedgerTransition.Note(Row(new(1)), note with { Note = 0 }, mode, 3).ShouldBeNull();
    }

    private static async Task<RowRef> StoreAsync(MemberHasher hasher, Row row)
    {
        var pages = new MemoryPageStore();
        var writer = new ChainWriter(pages, "pg_1");
        await writer.AppendAsync(1, hasher.Row(row), row, default);
        await writer.CompleteAsync(default);
        return new(await pages.ReadPageAsync("pg_1", 0, default), 0);
    }

    private static LedgerRow Row(Random random) => new()
    {
        Id = "m",
        Status = Pick<LedgerStatus>(random),
        Payload = unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)),
        OnList = random.Next(2) == 0,
        Attempts = random.Next(9),
        Code = random.Next(2) == 0 ? null : "code",
        Detail = random.Next(2) == 0 ? null : "détail",
        MappingVersion = random.Next(1, 9),
        Cycle = random.Next(9),
        Operation = Pick<DeliveryOperation>(random),
        Keys = Keys(random),
    };

    private static BatchRow Sent(Random random, string id)
    {
        var operation = Pick<DeliveryOperation>(random);
        var fields = Keys(random);
        if (operation is not DeliveryOperation.Remove)
        {
            fields["orders"] = Cell.Of(random.Next());
        }

        return new()
        {
            Id = id,
            Operation = operation,
            OperationId = $"op-{random.Next()}",
            Payload = unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)),
            Cycle = random.Next(9),
            Rekey = operation is DeliveryOperation.Remove && random.Next(2) == 0,
            Fields = fields,
        };
    }

    private static Row Keys(Random random)
    {
        var keys = new Row();
        foreach (var name in Identifiers.Where(_ => random.Next(3) > 0))
        {
            keys[name] = Cell.Of($"{name}-{random.Next(5)}");
        }

        return keys;
    }

    private static T Pick<T>(Random random)
        where T : struct, Enum => random.GetItems(Enum.GetValues<T>(), 1)[0];
}
