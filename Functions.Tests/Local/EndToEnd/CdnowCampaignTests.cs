using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Twelve weeks of real purchases in a campaign by recency, with a control that is held back; each week is counted again from the purchases alone.</summary>
public sealed class CdnowCampaignTests(RunningApp app) : IClassFixture<RunningApp>
{
    private const int Weeks = 12;
    private const string Salt = "cdnow-spring";

    private static readonly DateOnly FirstDay = new(1997, 4, 1);

    /// <summary>In the order that decides; each as the app reads it, and as days since the last purchase.</summary>
    private static readonly (string Name, string? Rules, int Below)[] SubAudiences =
    [
        ("active", """{"attr":"lastOrderAt","op":"withinLast","value":{"days":30}}""", 30),
        ("cooling down", """{"attr":"lastOrderAt","op":"withinLast","value":{"days":75}}""", 75),
        ("at risk", null, int.MaxValue),
    ];

    [CdnowFact]
    public async Task Campaign_TwelveWeeks_EveryWeekIsWhatAnIndependentCountSays()
    {
        var purchases = Sample();
        var lists = new List<Receiver>();
        foreach (var _ in SubAudiences)
        {
            lists.Add(await Receiver.StartAsync());
        }

        var (campaign, destinations) = await CreateAsync(lists);
        Dictionary<string, Customer> known = [];
        var before = SubAudiences.Select(_ => new HashSet<string>(StringComparer.Ordinal)).ToList();
        var (moves, controls) = (0, new Dictionary<string, bool>(StringComparer.Ordinal));
        for (var week = 0; week < Weeks; week++)
        {
            var end = FirstDay.AddDays(7 * week);
            var customers = purchases.Where(purchase => purchase.Day < end).GroupBy(purchase => purchase.Customer).Select(Customer.Of).ToDictionary(customer => customer.Id);
            await ImportAsync([.. customers.Values.Where(customer => known.GetValueOrDefault(customer.Id) != customer)]);
            known = customers;
            var asOf = $"{end:yyyy-MM-dd}T00:00:00Z";

            var expected = SubAudiences.Select((_, index) => customers.Values.Where(customer => customer.IsStaff is false && IndexOf(customer, end) == index).ToList()).ToList();
            var allocation = (await app.Api.GetAsync($"campaigns/{campaign}/allocation?asOf={asOf}")).ShouldBe(200).Json;
            Number(allocation, "audience").ShouldBe(customers.Count, asOf);
            Number(allocation, "excluded").ShouldBe(customers.Values.Count(customer => customer.IsStaff), asOf);
            (Number(allocation, "unmatched"), Number(allocation, "movedSinceLast")).ShouldBe((0, 0), asOf);
            var runs = await Task.WhenAll(destinations.Select(destination => app.Api.RunAsync(destination, $$"""{"asOf":"{{asOf}}"}""")));
            foreach (var (index, members) in expected.Index())
            {
                var treated = members.Where(customer => Bucket(customer.Id) < 9_000).ToDictionary(customer => customer.Id);
                var counted = allocation["subAudiences"]![index]!;
                Number(counted, "allocated").ShouldBe(members.Count, $"{SubAudiences[index].Name} {asOf}");
                counted["groups"]!.AsArray().Select(group => Number(group!, "count")).ShouldBe([treated.Count, members.Count - treated.Count], $"{SubAudiences[index].Name} {asOf}");

                var run = runs[index];
                run["status"]!.GetValue<string>().ShouldBe("succeeded", run.ToJsonString());
                RunNumbers.Number(run["funnel"]!, "members").ShouldBe(treated.Count, asOf);
                RunNumbers.Number(run["delivered"]!, "add").ShouldBe(treated.Keys.Count(id => !before[index].Contains(id)), asOf);
                RunNumbers.Number(run["delivered"]!, "remove").ShouldBe(before[index].Count(id => !treated.ContainsKey(id)), asOf);
                ListComparison.ShouldEqual(lists[index].Members, treated.ToDictionary(pair => pair.Key, pair => pair.Value.ToMember()), $"{SubAudiences[index].Name} {asOf}");
                moves += before[index].Count(id => !treated.ContainsKey(id));
                before[index] = [.. treated.Keys];
                foreach (var customer in members)
                {
                    // Whatever sub-audience a customer moves through: once in the control, always in the control.
                    (controls.TryAdd(customer.Id, !treated.ContainsKey(customer.Id)) || controls[customer.Id] == !treated.ContainsKey(customer.Id)).ShouldBeTrue(customer.Id);
                }
            }
        }

        moves.ShouldBeGreaterThan(500, "hardly anyone moved between the sub-audiences: the test shows nothing");
        controls.Values.Count(isControl => isControl).ShouldBeInRange(controls.Count / 13, controls.Count / 8);
        foreach (var list in lists)
        {
            list.Surprises.ShouldBeEmpty();
            await list.DisposeAsync();
        }
    }

    /// <summary>Every tenth customer: the sample that the literature on these data uses.</summary>
    private static IReadOnlyList<Purchase> Sample() =>
        [.. Cdnow.ReadPurchases().Where(purchase => int.Parse(purchase.Customer, CultureInfo.InvariantCulture) % 10 == 4)];

    private static int IndexOf(Customer customer, DateOnly end) =>
        SubAudiences.ToList().FindIndex(sub => customer.LastDay.DayNumber > end.DayNumber - (long)sub.Below);

    private static int Bucket(string id) =>
        (int)(BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{Salt}:{id}"))) % 10_000);

    private static int Number(JsonNode node, string name) => node[name]!.GetValue<int>();

    private async Task<(string Campaign, IReadOnlyList<string> Destinations)> CreateAsync(IReadOnlyList<Receiver> lists)
    {
        var everyone = await app.Api.CreateSegmentAsync("Customers", """{"attr":"orders","op":"gte","value":1}""");
        var staff = await app.Api.CreateSegmentAsync("Staff", """{"attr":"staff","op":"eq","value":true}""");
        var subAudiences = new JsonArray();
        foreach (var ((name, rules, _), list) in SubAudiences.Zip(lists))
        {
            subAudiences.Add(new JsonObject
            {
                ["name"] = name,
                ["rules"] = rules is null ? null : JsonNode.Parse(rules),
                ["groups"] = new JsonArray(
                    new JsonObject
                    {
                        ["name"] = "Mail",
                        ["share"] = 90,
                        ["destinations"] = new JsonArray(new JsonObject
                        {
                            ["connectionId"] = await app.Api.CreateWebhookAsync(list, "\"batchSize\":1000"),
                            ["autoSync"] = false,
                            ["mapping"] = JsonNode.Parse("""[{"from":"id","to":"user_id","identifier":true},{"from":"orders","to":"orders"},{"from":"lastOrderAt","to":"lastOrderAt"}]"""),
                            ["guards"] = JsonNode.Parse("""{"maxRemovePercent":null,"maxRemoveCount":null,"maxAddPercent":null,"maxInvalidPercent":null}"""),
                        }),
                    },
                    new JsonObject { ["name"] = "Control", ["role"] = "control", ["share"] = 10 }),
            });
        }

        var created = (await app.Api.PostAsync(
            "campaigns",
            new JsonObject
            {
                ["name"] = "By recency",
                ["segmentId"] = everyone,
                ["exclusions"] = new JsonArray(staff),
                ["salt"] = Salt,
                ["enabled"] = true,
                ["subAudiences"] = subAudiences,
            }.ToJsonString())).ShouldBe(201);
        return (created.Id, [.. created.Json["subAudiences"]!.AsArray().Select(sub => sub!["groups"]![0]!["destinations"]![0]!["id"]!.GetValue<string>())]);
    }

    private async Task ImportAsync(IReadOnlyCollection<Customer> customers)
    {
        var file = string.Join('\n', customers.Select(customer => customer.ToProfile().ToJsonString()));
        var import = (await app.Api.SendAsync(HttpMethod.Post, "imports", file, "application/x-ndjson")).ShouldBe(202).Json;
        import["accepted"]!.GetValue<int>().ShouldBe(customers.Count, import.ToJsonString());
    }

    /// <summary>A customer as the purchases so far make it.</summary>
    private sealed record Customer(string Id, int Orders, DateOnly LastDay)
    {
        /// <summary>Some must be, for the exclusions.</summary>
        public bool IsStaff => Id.EndsWith("04", StringComparison.Ordinal);

        public static Customer Of(IGrouping<string, Purchase> purchases) => new(purchases.Key, purchases.Count(), purchases.Max(purchase => purchase.Day));

        public JsonObject ToProfile() => new() { ["id"] = Id, ["orders"] = Orders, ["lastOrderAt"] = LastOrderAt, ["staff"] = IsStaff };

        public JsonObject ToMember() => new() { ["user_id"] = Id, ["orders"] = Orders, ["lastOrderAt"] = LastOrderAt };

        private string LastOrderAt => $"{LastDay.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}T00:00:00Z";
    }
}
