using System.Text.Json.Nodes;

namespace AudienceSync.Benchmarks.Scale;

/// <summary>What a member costs in each stage, on one core.</summary>
/// <param name="Source">Where the figures are from.</param>
/// <param name="SnapshotCpu">Seconds of CPU a member, rule and packing.</param>
/// <param name="PlanCpu">Seconds a member of the generation, whether or not it differs.</param>
/// <param name="DeliverCpu">Seconds a member delivered: rendering, sending, settling.</param>
/// <param name="BytesPerMember">Packed.</param>
internal sealed record StageTimes(string Source, double SnapshotCpu, double PlanCpu, double DeliverCpu, double BytesPerMember)
{
    /// <summary>Taken where nothing was measured.</summary>
    public static StageTimes Defaults { get; } = new("defaults", 2e-6, 0.5e-6, 15e-6, 66);

    /// <summary>Of a quiet run's CPU time so much is the snapshot's; the rest is the plan's.</summary>
    private const double SnapshotShare = 0.75;

    /// <summary>The whole app as <c>pipeline</c> measured it: a quiet run is snapshot and plan alone, what a first sync costs more is delivery.</summary>
    /// <param name="folder">Of results.</param>
    public static StageTimes Read(string folder)
    {
        var times = Defaults;
        if (Open("pipeline") is { } pipeline && (double?)pipeline["quietRunCpuSeconds"] is { } quiet && (double?)pipeline["firstSyncCpuSeconds"] is { } first)
        {
            var members = (double)pipeline["members"]!;
            times = times with
            {
                Source = $"pipeline of {members:N0} members, commit {(string?)pipeline["machine"]?["commit"]}",
                SnapshotCpu = quiet * SnapshotShare / members,
                PlanCpu = quiet * (1 - SnapshotShare) / members,
                DeliverCpu = Math.Max(first - quiet, 0) / members,
            };
        }

        return Open("diff") is { } diff ? times with { BytesPerMember = (double)diff["packedBytesPerMember"]! } : times;

        JsonNode? Open(string name) => Path.Combine(folder, $"{name}.json") is var file && File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file)) : null;
    }
}
