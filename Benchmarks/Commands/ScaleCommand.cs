using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Reports;
using AudienceSync.Benchmarks.Scale;

namespace AudienceSync.Benchmarks.Commands;

/// <summary><c>scale</c>: a discrete-event model of the deployed app, from measured stage times and the services' limits.</summary>
internal static class ScaleCommand
{
    private static readonly long[] Sizes = [1_000_000, 10_000_000, 100_000_000, 1_000_000_000];
    private static readonly int[] Instances = [1, 10, 40, 100, 400];

    /// <summary>Of the members of a segment, on a usual day: 1 % entered, 1 % left, 2 % changed.</summary>
    private const double DailyShare = 0.04;

    private const int LanesByDefault = 32; // the most that a webhook connection may be set to

    /// <summary>Shards of a segment that was cut once, when it was small.</summary>
    private const int FixedShards = 16;

    public static Command Create()
    {
        var largest = new Option<long>("--largest") { Description = "The largest segment to model", DefaultValueFactory = _ => Sizes[^1] };
        var lanes = new Option<int>("--lanes") { Description = "Batches in flight to the platform at a time", DefaultValueFactory = _ => LanesByDefault };
        var save = BenchmarkOptions.Save();
        var command = new Command("scale", "Time and cost of 1 M to 1 B members on 1 to 400 instances: a discrete-event model") { largest, lanes, save };
        command.SetAction((arguments, _) => RunAsync(arguments.GetValue(largest), arguments.GetValue(lanes), arguments.GetValue(save)));
        return command;
    }

    private static Task<int> RunAsync(long largest, int lanes, bool save)
    {
        var (outcome, times, limits, prices) = (new Outcome("scale"), StageTimes.Read(Repository.Results()), new AzureLimits(), new AzurePrices());
        var table = new Table(
            "members, most instances", "shards", "snapshot s", "plan s", "first delivery s", "first sync s", "$", "its busiest", "day-two sync s", "$", "its busiest", "with 16 shards for good, s");
        var runs = new JsonArray();
        foreach (var members in Sizes.Where(size => size <= largest))
        {
            foreach (var instances in Instances)
            {
                var first = Forecast(new(members, members, instances, lanes));
                var daily = Forecast(new(members, (long)(members * DailyShare), instances, lanes));
                var fixedShards = Forecast(new(members, (long)(members * DailyShare), instances, lanes, FixedShards));
                table.Add(
                    string.Create(CultureInfo.InvariantCulture, $"{members:N0}, {instances}"),
                    Table.Number(daily.Shards),
                    Table.Number(daily.SnapshotSeconds),
                    Table.Number(daily.PlanSeconds),
                    Table.Number(first.DeliverySeconds),
                    Table.Number(first.Seconds),
                    Table.Number(first.Dollars),
                    Busiest(first),
                    Table.Number(daily.Seconds),
                    Table.Number(daily.Dollars),
                    Busiest(daily),
                    Table.Number(fixedShards.Seconds));
                runs.Add((JsonNode)new JsonObject
                {
                    ["members"] = members,
                    ["instances"] = instances,
                    ["firstSync"] = ToJson(first),
                    ["daySync"] = ToJson(daily),
                    ["daySyncWithFixedShardsSeconds"] = Math.Round(fixedShards.Seconds, 1),
                });

                // A model that says otherwise is wrong.
                outcome.Check(first.Seconds >= daily.Seconds, $"{members:N0} members on {instances}: a first sync of {first.Seconds:N0} s is shorter than a daily one of {daily.Seconds:N0} s");
            }
        }

        var json = outcome.Json;
        json["stageTimes"] = new JsonObject
        {
            ["source"] = times.Source,
            ["snapshotMicrosecondsPerMember"] = Math.Round(times.SnapshotCpu * 1e6, 3),
            ["planMicrosecondsPerMember"] = Math.Round(times.PlanCpu * 1e6, 3),
            ["deliverMicrosecondsPerMember"] = Math.Round(times.DeliverCpu * 1e6, 3),
            ["bytesPerMember"] = times.BytesPerMember,
        };
        json["lanes"] = lanes;
        json["platformSeconds"] = RunModel.PlatformSeconds;
        json["runs"] = runs;
        return outcome.EndAsync([table], save);

        RunForecast Forecast(ModelledRun run) => RunModel.Run(run, times, limits, prices);
    }

    private static string Busiest(RunForecast run) => string.Create(CultureInfo.InvariantCulture, $"{run.Busiest.Name} {run.Busiest.Share:P0}");

    private static JsonObject ToJson(RunForecast run) => new()
    {
        ["seconds"] = Math.Round(run.Seconds, 1),
        ["snapshotSeconds"] = Math.Round(run.SnapshotSeconds, 1),
        ["planSeconds"] = Math.Round(run.PlanSeconds, 1),
        ["deliverySeconds"] = Math.Round(run.DeliverySeconds, 1),
        ["dollars"] = Math.Round(run.Dollars, 4),
        ["shards"] = run.Shards,
        ["tableRequests"] = Math.Round(run.TableRequests),
        ["instances"] = run.MostInstances,
        ["saturatesFirst"] = run.Busiest.Name,
        ["busyShare"] = Math.Round(run.Busiest.Share, 3),
    };
}
