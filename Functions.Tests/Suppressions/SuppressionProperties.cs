using System.Globalization;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Suppressions;

/// <summary>The list against a naive one, over random lives of both.</summary>
public sealed class SuppressionProperties
{
    private const int Seeds = 1_200;
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly string[] Types = [SuppressionType.ProfileId, .. ProfileColumns.Identifiers];

    [Fact]
    public async Task List_RandomLife_IsTheNaiveList()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            await LiveAsync(new(seed), seed);
        }
    }

    private static async Task LiveAsync(Random random, int seed)
    {
        var world = new SuppressionWorld();
        var naive = new Dictionary<(string Type, string Value), SuppressionOrigin>();
        for (var step = random.Next(1, 12); step > 0; step--)
        {
            world.Time.Advance(TimeSpan.FromSeconds(1));
            if (naive.Count > 0 && random.Next(4) == 0)
            {
                var (type, value) = naive.Keys.ElementAt(random.Next(naive.Count));
                (await world.List.RemoveAsync(world.Keys.IdOf(world.Keys.OfValue(type, value)), null, mayLift: true, default)).ShouldBeNull();
                naive.Remove((type, value));
                continue;
            }

            var erasure = random.Next(3) == 0 ? $"ers_{step}" : null;
            List<NewSuppression> wanted = [];
            for (var count = random.Next(1, 8); count > 0; count--)
            {
                var type = Types[random.Next(Types.Length)];
                var value = SuppressionType.Fold(type, Value(random, type));
                wanted.Add(new(world.Keys.OfValue(type, value), type, "test", erasure));
                naive[(type, value)] = erasure is not null || naive.GetValueOrDefault((type, value)) is SuppressionOrigin.Erasure
                    ? SuppressionOrigin.Erasure
                    : SuppressionOrigin.Request;
            }

            await world.List.AddAsync(wanted, default);
        }

        var all = await world.AllAsync(limit: random.Next(1, 9));
        all.Select(entry => (entry.Id, entry.Type, entry.Origin)).Order().ShouldBe(
            naive.Select(pair => (world.Keys.IdOf(world.Keys.OfValue(pair.Key.Type, pair.Key.Value)), pair.Key.Type, pair.Value)).Order(), $"seed {seed}");
        await CompareGateAsync(world, naive, random, seed);
    }

    private static async Task CompareGateAsync(
        SuppressionWorld world, Dictionary<(string Type, string Value), SuppressionOrigin> naive, Random random, int seed)
    {
        var profiles = Enumerable.Range(0, random.Next(1, 40)).Select(number => Profile(random, number)).DistinctBy(profile => profile.Id).ToDictionary(profile => profile.Id);
        var page = world.Page([.. profiles.Values.Select(profile => profile.ToRow())]);
        var among = RowSet.All(page.Count).Where(_ => random.Next(5) > 0);
        var gate = await world.GateAsync();
        var found = gate.Select(page, among);
        for (var row = 0; row < page.Count; row++)
        {
            var profile = page.ReadRow(row);
            var state = profiles[profile[ProfileColumns.Id].AsText()];
            var isListed = naive.ContainsKey((SuppressionType.ProfileId, state.Id))
                || ProfileColumns.Identifiers.Any(type => state.Seen(type).Any(seen => naive.ContainsKey((type, SuppressionType.Fold(type, seen.Value)))));
            found[row].ShouldBe(among[row] && isListed, $"seed {seed}, row {row}");
            (gate.Find(profile) is not null).ShouldBe(isListed, $"seed {seed}, row {row}");
        }
    }

    /// <summary>With no value, one, or several seen one after the other, of each identifier.</summary>
    private static ProfileState Profile(Random random, int number)
    {
        var id = Value(random, SuppressionType.ProfileId);
        var operations = Enumerable.Range(0, random.Next(1, 4)).Select(step => new ProfileOperation(OperationKind.Identify, id, Start.AddDays(step))
        {
            Values =
            [
                .. ProfileColumns.Identifiers.Where(_ => random.Next(2) == 0).Select(type => KeyValuePair.Create(type, Identifier(random, type))),
                KeyValuePair.Create("number", Cell.Of(number)),
            ],
        });
        return ProfileState.Merge(null, operations, out _)!;
    }

    private static Cell Identifier(Random random, string type) => random.Next(6) switch
    {
        0 => default,
        1 => Cell.Of([Value(random, type), Value(random, type)]),
        _ => Cell.Of(Value(random, type)),
    };

    /// <summary>One of a few, so that profiles meet entries; spelt in this way or that.</summary>
    private static string Value(Random random, string type)
    {
        var number = random.Next(30).ToString(CultureInfo.InvariantCulture);
        return type switch
        {
            ProfileColumns.Email => (random.Next(4), number) switch
            {
                (0, _) => $"Mail{number}@Example.COM",
                (1, _) => $"ÄRGER{number}@exämple.de",
                (2, _) => $"ärger{number}@EXÄMPLE.de",
                _ => $"mail{number}@example.com",
            },
            ProfileColumns.Phone => $"+4915100000{number.PadLeft(2, '0')}",
            ProfileColumns.Idfa or ProfileColumns.Gaid => $"{(random.Next(2) == 0 ? "ABCDEF00" : "abcdef00")}-0000-4000-8000-0000000000{number.PadLeft(2, '0')}",
            _ => $"{(random.Next(2) == 0 ? "c" : "C")}-{number}",
        };
    }
}
