using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Thirteen weeks of real purchases, replayed week by week into three lists; each list is counted again from the purchases alone.</summary>
public sealed class CdnowReplayTests(RunningApp app) : IClassFixture<RunningApp>
{
    private const string BucketSalt = "cdnow";

    private static readonly DateOnly FirstDay = new(1997, 4, 1);
    private static readonly DateOnly LastDay = new(1997, 6, 30);
    private static readonly string[] Fields = ["email", "external_id", "orders", "units", "revenue", "firstOrderAt", "lastOrderAt"];

    /// <summary>Each rule twice: as the app reads it, and as a plain condition on a customer and the week's end.</summary>
    private static readonly (string Name, string Rules, Func<Customer, DateOnly, bool> IsMember)[] Segments =
    [
        (
            "Lapsed loyal",
            """{"all":[{"attr":"orders","op":"gte","value":3},{"attr":"lastOrderAt","op":"notWithinLast","value":{"days":60}}]}""",
            static (customer, end) => customer.Orders >= 3 && customer.LastDay.DayNumber <= end.DayNumber - 60),
        (
            "Spenders",
            """{"any":[{"attr":"revenue","op":"gte","value":150.5},{"all":[{"attr":"orders","op":"gte","value":4},{"attr":"units","op":"lte","value":6}]}]}""",
            static (customer, _) => customer.Revenue >= 150.50m || (customer.Orders >= 4 && customer.Units <= 6)),
        (
            "Early and active, or in the middle",
            $$$"""
            {"all":[
              {"bucket":{"salt":"{{{BucketSalt}}}","from":2500,"to":10000}},
              {"any":[
                {"all":[{"attr":"firstOrderAt","op":"before","value":"1997-02-01"},{"attr":"lastOrderAt","op":"withinLast","value":{"weeks":2}}]},
                {"attr":"units","op":"between","value":[10,20]}]},
              {"not":{"attr":"email","op":"endsWith","value":"7@example.com"}}]}
            """,
            static (customer, end) => Bucket(customer.Id) >= 2500
                && ((customer.FirstDay < new DateOnly(1997, 2, 1) && customer.LastDay.DayNumber > end.DayNumber - 14) || customer.Units is >= 10 and <= 20)
                && !customer.Id.EndsWith('7')),
    ];

    [CdnowFact]
    public async Task Replay_WeekByWeek_EveryListIsWhatAnIndependentCountSays()
    {
        var purchases = Cdnow.ReadPurchases();
        var lists = new List<List>();
        foreach (var (name, rules, isMember) in Segments)
        {
            lists.Add(await CreateListAsync(name, rules, isMember));
        }

        Dictionary<string, Customer> known = [];
        foreach (var end in WeekEnds())
        {
            var customers = purchases.Where(purchase => purchase.Day < end).GroupBy(purchase => purchase.Customer).Select(Customer.Of).ToDictionary(customer => customer.Id);
            await ImportAsync([.. customers.Values.Where(customer => known.GetValueOrDefault(customer.Id) != customer)], asCsv: end.DayNumber % 2 == 0);
            known = customers;
            await Task.WhenAll(lists.Select(list => SyncAsync(list, [.. customers.Values], end)));
        }

        foreach (var list in lists)
        {
            list.Receiver.Surprises.ShouldBeEmpty();
            list.Changes.ShouldBeGreaterThan(100, $"'{list.Name}' hardly changed: the test shows nothing");
            await list.Receiver.DisposeAsync();
        }
    }

    /// <summary>The day before the first week, then the day after each week.</summary>
    private static IEnumerable<DateOnly> WeekEnds()
    {
        for (var end = FirstDay; end <= LastDay.AddDays(1); end = end.AddDays(7))
        {
            yield return end;
        }
    }

    private async Task<List> CreateListAsync(string name, string rules, Func<Customer, DateOnly, bool> isMember)
    {
        var receiver = await Receiver.StartAsync();
        var segment = await app.Api.CreateSegmentAsync(name, rules);
        var connection = await app.Api.CreateWebhookAsync(receiver, "\"batchSize\":1000");
        return new(name, receiver, await app.Api.CreateDestinationAsync(name, segment, connection, Fields), isMember);
    }

    /// <summary>Sends whole profiles as a file, in turns as CSV and as NDJSON.</summary>
    private async Task ImportAsync(IReadOnlyCollection<Customer> customers, bool asCsv)
    {
        var file = asCsv
            ? string.Join('\n', customers.Select(customer => customer.ToCsv()).Prepend($"id,{string.Join(',', Fields)}"))
            : string.Join('\n', customers.Select(customer => customer.ToProfile().ToJsonString()));
        var import = (await app.Api.SendAsync(HttpMethod.Post, "imports", file, asCsv ? "text/csv" : "application/x-ndjson")).ShouldBe(202).Json;
        import["status"]!.GetValue<string>().ShouldBe("succeeded", import.ToJsonString());
        import["accepted"]!.GetValue<int>().ShouldBe(customers.Count, import.ToJsonString());
    }

    private async Task SyncAsync(List list, IReadOnlyList<Customer> customers, DateOnly end)
    {
        var when = $"'{list.Name}' at {end:yyyy-MM-dd}";
        var members = customers.Where(customer => list.IsMember(customer, end)).ToDictionary(customer => customer.Id);
        var added = members.Keys.Count(id => !list.Members.ContainsKey(id));
        var updated = members.Values.Count(customer => list.Members.TryGetValue(customer.Id, out var before) && before != customer);
        var removed = list.Members.Keys.Count(id => !members.ContainsKey(id));
        list.Members = members;
        list.Changes += added + updated + removed;

        var run = await app.Api.RunAsync(list.DestinationId, $$"""{"asOf":"{{end:yyyy-MM-dd}}T00:00:00Z"}""");

        run["status"]!.GetValue<string>().ShouldBe("succeeded", $"{when}: {run.ToJsonString()}");
        RunNumbers.Of(run, "delivered").ShouldBe($"{added}/{updated}/{removed}", when);
        RunNumbers.Number(run["funnel"]!, "members").ShouldBe(members.Count, when);
        ListComparison.ShouldEqual(list.Receiver.Members, members.ToDictionary(pair => pair.Key, pair => pair.Value.ToMember()), when);

        var calls = list.Receiver.Calls.Count;
        var again = await app.Api.RunAsync(list.DestinationId, $$"""{"asOf":"{{end:yyyy-MM-dd}}T00:00:00Z"}""");
        RunNumbers.Of(again, "planned").ShouldBe("0/0/0", when);
        again["requests"]!.GetValue<int>().ShouldBe(0, when);
        list.Receiver.Calls.Count.ShouldBe(calls, when);
    }

    /// <summary>The documented split, made anew: the first eight bytes of SHA-256 over <c>salt:id</c>, modulo 10,000.</summary>
    private static int Bucket(string id) =>
        (int)(BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{BucketSalt}:{id}"))) % 10_000);

    /// <summary>A customer as the purchases so far make it.</summary>
    private sealed record Customer(string Id, int Orders, int Units, decimal Revenue, DateOnly FirstDay, DateOnly LastDay)
    {
        private string Email => $"c{Id}@example.com";

        private string FirstOrderAt => FirstDay.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

        private string LastOrderAt => $"{LastDay.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}T00:00:00Z";

        public static Customer Of(IGrouping<string, Purchase> purchases) => new(
            purchases.Key,
            purchases.Count(),
            purchases.Sum(purchase => purchase.Units),
            purchases.Sum(purchase => purchase.Amount),
            purchases.Min(purchase => purchase.Day),
            purchases.Max(purchase => purchase.Day));

        public string ToCsv() => string.Create(CultureInfo.InvariantCulture, $"{Id},{Email},{Id},{Orders},{Units},{Revenue},{FirstOrderAt},{LastOrderAt}");

        public JsonObject ToProfile() => Write("id");

        public JsonObject ToMember() => Write("user_id");

        private JsonObject Write(string id) => new()
        {
            [id] = Id,
            ["email"] = Email,
            ["external_id"] = Id,
            ["orders"] = Orders,
            ["units"] = Units,
            ["revenue"] = Revenue,
            ["firstOrderAt"] = FirstOrderAt,
            ["lastOrderAt"] = LastOrderAt,
        };
    }

    /// <summary>A segment, its destination, its receiver, and who must be on it.</summary>
    private sealed record List(string Name, Receiver Receiver, string DestinationId, Func<Customer, DateOnly, bool> IsMember)
    {
        public Dictionary<string, Customer> Members { get; set; } = [];

        /// <summary>Adds, updates and removals so far.</summary>
        public int Changes { get; set; }
    }
}
