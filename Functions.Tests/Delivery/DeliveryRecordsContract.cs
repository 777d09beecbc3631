using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Delivery;

/// <summary>What every store of delivery records does: run on the fake and on the real tables.</summary>
public abstract class DeliveryRecordsContract
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, 123, TimeSpan.Zero);

    private protected abstract Task<IDeliveryRecords> OpenAsync();

    [Fact]
    public async Task Write_Record_IsFoundAsItWas()
    {
        var store = await OpenAsync();
        var record = Record("dst_1", Now) with
        {
            Batch = 3,
            MessageId = "msg_1",
            Attempt = 2,
            Adds = 1,
            Updates = 2,
            Removes = 3,
            Outcome = DeliveryVerdict.Partial,
            Code = "bad",
            Detail = "détail",
            Accepted = 4,
            Rejected = 1,
            Retryable = 1,
            Uncertain = 1,
            Reasons = [new("bad", 2), new("worse", 1)],
            Fields = ["user_id", "email"],
            Status = 207,
            Ms = 12,
            Requests = 2,
            Exchanges = [Exchange(new('x', 200_000)), Exchange("b") with { Status = 0, Failure = "timeout", ResponseBody = null }],
        };

        (await store.TryWriteAsync(record, default)).ShouldBeTrue();

        var found = (await store.FindAsync(record.Id, default)).ShouldNotBeNull();
        Show(found).ShouldBe(Show(record));
        found.Exchanges.Select(Show).ShouldBe(record.Exchanges.Select(Show));
        var listed = (await store.ListAsync(new(), new(10, null), withExchanges: false, default)).Items.ShouldHaveSingleItem();
        Show(listed).ShouldBe(Show(record));
        listed.Exchanges.ShouldBeEmpty();
    }

    [Fact]
    public async Task Forget_OneBatch_KeepsTheRecordWithoutWhatWasSaid()
    {
        var store = await OpenAsync();
        var records = new[]
        {
            Record("dst_1", Now) with { RunId = "run_1", Batch = 3, Detail = "words", Exchanges = [Exchange("a")] },
            Record("dst_1", Now.AddSeconds(1)) with { RunId = "run_1", Batch = 4, Detail = "words", Exchanges = [Exchange("b")] },
            Record("dst_1", Now.AddSeconds(2)) with { RunId = "run_2", Batch = 3, Detail = "words", Exchanges = [Exchange("c")] },
        };
        foreach (var record in records)
        {
            await store.TryWriteAsync(record, default);
        }

        await store.ForgetAsync("dst_1", "run_1", 3, default);
        await store.ForgetAsync("dst_1", "run_1", 3, default);

        var forgotten = (await store.FindAsync(records[0].Id, default)).ShouldNotBeNull();
        (forgotten.Detail, forgotten.Exchanges.Length, forgotten.Batch, forgotten.Status).ShouldBe((null, 0, 3, records[0].Status));
        foreach (var other in records[1..])
        {
            var found = (await store.FindAsync(other.Id, default)).ShouldNotBeNull();
            (found.Detail, found.Exchanges.Length).ShouldBe(("words", 1));
        }
    }

    [Fact]
    public async Task ForgetPeople_CallsAboutOnePerson_KeepNothingOfWhatWasSaid()
    {
        var store = await OpenAsync();
        var ana = Record("dst_1", Now) with { RunId = "test_1", Person = "ana", Detail = "words", Exchanges = [Exchange("a")] };
        var bo = Record("dst_2", Now) with { RunId = "test_2", Person = "bo", Exchanges = [Exchange("b")] };
        await store.TryWriteAsync(ana, default);
        await store.TryWriteAsync(bo, default);

        (await store.ForgetPeopleAsync(["ana", "nobody"], default)).ShouldBe(1);
        (await store.ForgetPeopleAsync(["ana", "nobody"], default)).ShouldBe(0);

        (await store.FindAsync(ana.Id, default)).ShouldNotBeNull().ShouldSatisfyAllConditions(
            found => found.Exchanges.ShouldBeEmpty(), found => found.Person.ShouldBeNull(), found => found.Detail.ShouldBeNull());
        (await store.FindAsync(bo.Id, default)).ShouldNotBeNull().Exchanges.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task FindPeople_CallsThatPlatformsTook_AreTheLatestOfEachDestination()
    {
        var store = await OpenAsync();
        foreach (var (person, destination, seconds, accepted, outcome) in ((string?, string, int, int, DeliveryVerdict)[])[
            ("ana", "dst_1", 1, 1, DeliveryVerdict.Delivered), ("ana", "dst_1", 2, 1, DeliveryVerdict.Delivered), ("ana", "dst_1", 3, 0, DeliveryVerdict.Rejected),
            ("ana", "dst_2", 4, 0, DeliveryVerdict.Pending), ("ana", "dst_3", 5, 0, DeliveryVerdict.Unauthorized), ("bo", "dst_1", 6, 1, DeliveryVerdict.Delivered),
            (null, "dst_1", 7, 1, DeliveryVerdict.Delivered)])
        {
            await store.TryWriteAsync(Record(destination, Now.AddSeconds(seconds)) with { Person = person, Accepted = accepted, Outcome = outcome }, default);
        }

        (await store.FindPeopleAsync(["ana", "nobody"], default)).ShouldBe(
            [new("ana", "dst_1", Now.AddSeconds(2)), new("ana", "dst_2", Now.AddSeconds(4))], ignoreOrder: true);
        (await store.FindPeopleAsync(["nobody"], default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Find_NoSuchId_IsNull()
    {
        var store = await OpenAsync();
        await store.TryWriteAsync(Record("dst_1", Now), default);

        foreach (var id in (string[])["", "evt_", "evt_zzz", DeliveryRecord.CreateId("dst_1", Now), "evt_x01ARZ3NDEKTSV4RRFFQ69G5FAV", "run_01ARZ3NDEKTSV4RRFFQ69G5FAVX", "evt_0'or 1 eq 1 or RowKey gt 'xyz"])
        {
            (await store.FindAsync(id, default)).ShouldBeNull(id);
        }
    }

    [Fact]
    public async Task List_ManyDestinations_IsNewestFirstInPages()
    {
        var store = await OpenAsync();
        var records = Enumerable.Range(0, 45).Select(number => Record($"dst_{number % 7}", Now.AddMilliseconds(number * 31 % 45))).ToList();
        foreach (var record in records)
        {
            await store.TryWriteAsync(record, default);
        }

        var read = new List<DeliveryRecord>();
        string? after = null;
        var pages = 0;
        do
        {
            var page = await store.ListAsync(new(), new(10, after), withExchanges: pages % 2 == 0, default);
            read.AddRange(page.Items);
            after = page.Next;
            pages++;
        }
        while (after is not null);

        pages.ShouldBe(5);
        read.Select(record => record.Id).ShouldBe(records.OrderByDescending(record => record.At).Select(record => record.Id));
    }

    [Fact]
    public async Task List_SameMillisecond_LosesNothingBetweenPages()
    {
        var store = await OpenAsync();
        for (var number = 0; number < 9; number++)
        {
            await store.TryWriteAsync(Record($"dst_{number}", Now), default);
        }

        var first = await store.ListAsync(new(), new(4, null), withExchanges: false, default);
        var second = await store.ListAsync(new(), new(4, first.Next), withExchanges: false, default);
        var third = await store.ListAsync(new(), new(4, second.Next), withExchanges: false, default);

        first.Items.Concat(second.Items).Concat(third.Items).Select(record => record.DestinationId).Distinct().Count().ShouldBe(9);
        third.Next.ShouldBeNull();
    }

    [Fact]
    public async Task List_Filters_TakeTheirPart()
    {
        var store = await OpenAsync();
        var records = new[]
        {
            Record("dst_1", Now) with { RunId = "run_1" },
            Record("dst_1", Now.AddSeconds(1)) with { RunId = "run_2", Outcome = DeliveryVerdict.Failed, Code = "http_500" },
            Record("dst_2", Now.AddSeconds(2)) with { RunId = "run_3", Outcome = DeliveryVerdict.Partial, Code = "bad", Reasons = [new("bad", 2), new("worse", 1)] },
        };
        foreach (var record in records)
        {
            await store.TryWriteAsync(record, default);
        }

        await ShouldListAsync(new(DestinationId: "dst_1"), 1, 0);
        await ShouldListAsync(new(DestinationId: "dst_' or true"));
        await ShouldListAsync(new(RunId: "run_3"), 2);
        await ShouldListAsync(new(DestinationId: "dst_1", RunId: "run_3"));
        await ShouldListAsync(new(Outcomes: [DeliveryVerdict.Failed, DeliveryVerdict.Partial]), 2, 1);
        await ShouldListAsync(new(Outcomes: []), 2, 1, 0);
        await ShouldListAsync(new(Code: "worse"), 2);
        await ShouldListAsync(new(From: Now.AddSeconds(1)), 2, 1);
        await ShouldListAsync(new(To: Now.AddSeconds(1)), 0);
        await ShouldListAsync(new(From: Now.AddSeconds(1), To: Now.AddSeconds(2)), 1);

        async Task ShouldListAsync(DeliveryRecordFilter filter, params int[] expected) =>
            (await store.ListAsync(filter, new(10, null), withExchanges: false, default)).Items.Select(record => record.Id)
                .ShouldBe(expected.Select(index => records[index].Id), filter.ToString());
    }

    [Fact]
    public async Task Trim_DropsWhatIsOldAndWhatIsBeyondTheRing()
    {
        var store = await OpenAsync();
        for (var number = 0; number < 5; number++)
        {
            await store.TryWriteAsync(Record("dst_1", Now.AddMinutes(number)), default);
            await store.TryWriteAsync(Record("dst_2", Now.AddMinutes(number)) with { Exchanges = [Exchange(Noise(40_000))] }, default);
        }

        (await store.TrimAsync(Now.AddMinutes(1), maxRecords: 1_000, maxBytes: 1_000_000, default)).ShouldBe(2);
        (await CountsAsync()).ShouldBe([("dst_1", 4), ("dst_2", 4)]);
        (await store.TrimAsync(Now, maxRecords: 3, maxBytes: 1_000_000, default)).ShouldBe(2);
        (await CountsAsync()).ShouldBe([("dst_1", 3), ("dst_2", 3)]);
        (await store.TrimAsync(Now, maxRecords: 3, maxBytes: 90_000, default)).ShouldBeGreaterThan(0);
        var left = await CountsAsync();
        left[0].ShouldBe(("dst_1", 3));
        left[1].Item2.ShouldBeInRange(1, 2);
        (await store.ListAsync(new(DestinationId: "dst_2"), new(1, null), withExchanges: false, default)).Items[0].At.ShouldBe(Now.AddMinutes(4));

        async Task<List<(string, int)>> CountsAsync() =>
            [.. (await store.ListAsync(new(), new(100, null), withExchanges: false, default)).Items.CountBy(record => record.DestinationId).Select(pair => (pair.Key, pair.Value)).Order()];
    }

    private static DeliveryRecord Record(string destinationId, DateTimeOffset at) => new()
    {
        Id = DeliveryRecord.CreateId(destinationId, at),
        At = at,
        DestinationId = destinationId,
        RunId = "run_1",
        ConnectionId = "con_1",
        Connector = "webhook",
        Call = DeliveryCall.Batch,
        Attempt = 1,
        Outcome = DeliveryVerdict.Delivered,
    };

    private static Exchange Exchange(string body) => new(
        "POST", "https://hooks.example/a", [KeyValuePair.Create("content-type", "application/json")], body, 200, [KeyValuePair.Create("x-id", "1")], "{}",
        TimeSpan.FromMilliseconds(12), null);

    /// <summary>What compresses badly.</summary>
    private static string Noise(int length)
    {
        var random = new Random(5);
        return string.Concat(Enumerable.Range(0, length).Select(_ => (char)random.Next(33, 126)));
    }

    private static string Show(DeliveryRecord record) => System.Text.Json.JsonSerializer.Serialize(record, DeliveryJson.Default.DeliveryRecord);

    private static string Show(Exchange exchange) => System.Text.Json.JsonSerializer.Serialize([exchange], DeliveryJson.Default.ImmutableArrayExchange);
}

public sealed class MemoryDeliveryRecordsTests : DeliveryRecordsContract
{
    private protected override Task<IDeliveryRecords> OpenAsync() => Task.FromResult<IDeliveryRecords>(new MemoryDeliveryRecords());
}
