using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Runs;

namespace AudienceSync.Connectors.Postgres;

/// <summary>The connector under the real engine, with workers that die, against a real server: in the end the table is the segment.</summary>
public sealed class PostgresLifeTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [PostgresTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Life_WorkersDie_TableFollowsTheSegment(int seed)
    {
        var random = new Random(seed);
        var engine = await StartAsync(seed, $"life_{seed}");
        for (var round = 0; round < 6; round++)
        {
            engine.KillChance = round < 5 ? 0.1 : 0;
            for (var changes = random.Next(1, 25); changes > 0; changes--)
            {
                engine.Put(EngineHarness.Id(random.Next(40)), vip: random.Next(3) > 0, orders: random.Next(5));
            }

            EngineHarness.ShouldAddUp(await engine.RunAsync(round == 3 ? RunMode.Full : RunMode.Incremental));
        }

        // What was uncertain when a worker died is sent by the run after.
        await engine.RunAsync();
        engine.Errors.ShouldBeEmpty();
        var expected = engine.Profiles.Where(profile => profile.Value["vip"].AsBoolean())
            .Select(profile => $"{profile.Key}|{profile.Value["email"]}|{profile.Value["orders"]}");
        (await postgres.QueryAsync($"SELECT user_id, email, orders FROM life_{seed} WHERE user_id <> 'stranger' ORDER BY user_id")).ShouldBe(expected);
        (await postgres.QueryAsync($"SELECT count(*) FROM life_{seed} WHERE user_id = 'stranger'")).ShouldBe(["1"]);
    }

    private async Task<EngineHarness> StartAsync(int seed, string table)
    {
        var connector = ConnectorList.All.Find("postgres")!;
        var engine = new EngineHarness(seed, connector: connector, calls: time =>
        {
            time.PassesDelays = true;
            return new ConnectorClient(new ScriptedOutbound([]), time, transports: [new PostgresTransport(PostgresFixture.Access())]);
        });
        await postgres.ExecuteAsync($"CREATE TABLE {table} (user_id text PRIMARY KEY, email text, orders bigint); INSERT INTO {table} VALUES ('stranger', 'x', 1)");
        var settings = postgres.Settings();
        var sealer = new ReversibleSealer();
        (await engine.ConnectionStore.TryReplaceAsync(
            (await engine.ConnectionStore.GetAsync(EngineHarness.ConnectionId, default))! with
            {
                Settings = settings.Values,
                Secrets = settings.Secrets.ToImmutableDictionary(secret => secret.Key, secret => new SealedSecret(sealer.Seal(secret.Value, EngineHarness.ConnectionId, secret.Key), default)),
            },
            default)).ShouldNotBeNull();
        await engine.ChangeAsync(destination => destination with { Audience = new DestinationAudience("VIPs", table) });
        return engine;
    }
}
