using System.Numerics;

namespace AudienceSync.Benchmarks.Scale;

/// <summary>A run to model.</summary>
/// <param name="Members">Of the segment.</param>
/// <param name="Delivered">Members that differ from what the destination has.</param>
/// <param name="Instances">Most instances of each function.</param>
/// <param name="Lanes">Batches in flight to the platform at a time; it is the platform that sets it, so it stands apart from the engine's own limits.</param>
/// <param name="Shards">Null: as many as the engine cuts, which doubles them as a segment grows.</param>
internal sealed record ModelledRun(long Members, long Delivered, int Instances, int Lanes, int? Shards = null);

/// <param name="Busiest">What was busy for the largest part of the time, and how large a part.</param>
internal sealed record RunForecast(
    int Shards, double SnapshotSeconds, double PlanSeconds, double DeliverySeconds, double Dollars, double TableRequests, int MostInstances, (string Name, double Share) Busiest)
{
    public double Seconds => SnapshotSeconds + PlanSeconds + DeliverySeconds;
}

/// <summary>A run as events: a message a shard for snapshot and plan, each stage after all of the one before; then batches, in lanes; then each shard's ledger.</summary>
internal static class RunModel
{
    /// <summary>Seconds a platform takes for a call.</summary>
    public const double PlatformSeconds = 0.2;

    private const int BatchMembers = 1_000;
    private const int MaxShardMembers = 250_000;

    /// <summary>Bytes a member that a plan reads: keys and row hashes, of generation and ledger.</summary>
    private const double KeyBytes = 2 * 2 * sizeof(ulong);

    public static RunForecast Run(ModelledRun run, StageTimes times, AzureLimits limits, AzurePrices prices)
    {
        var simulation = new Simulation();
        var storage = new StorageAccountModel(simulation, limits);
        var (snapshots, plans, deliveries) = (Pool(), Pool(), Pool());
        var shards = run.Shards ?? (int)BitOperations.RoundUpToPowerOf2((uint)Math.Ceiling(run.Members / (double)MaxShardMembers));
        var (perShard, deliveredPerShard) = (run.Members / (double)shards, run.Delivered / (double)shards);
        var bytes = perShard * times.BytesPerMember;
        var (snapshotEnd, planEnd) = (0d, 0d);
        var end = 0d;

        Stage(snapshots, shards, new(bytes, perShard * times.SnapshotCpu, bytes, 0), () =>
        {
            snapshotEnd = simulation.Now;
            var reads = (perShard * KeyBytes) + (deliveredPerShard * times.BytesPerMember);
            Stage(plans, shards, new(reads, perShard * times.PlanCpu, deliveredPerShard * times.BytesPerMember, 0), () =>
            {
                planEnd = simulation.Now;
                Deliver();
            });
        });
        simulation.Run();

        var active = snapshots.ActiveSeconds + plans.ActiveSeconds + deliveries.ActiveSeconds;
        var executions = snapshots.Executions + plans.Executions + deliveries.Executions;
        var dollars = (active * limits.InstanceGigabytes * prices.GigabyteSecond) + (executions * prices.Execution)
            + (storage.Tables.Units * prices.TableRequest) + (storage.QueueRequests * prices.QueueRequest);
        return new(
            shards, snapshotEnd, planEnd - snapshotEnd, end - planEnd, dollars, storage.Tables.Units,
            new[] { snapshots, plans, deliveries }.Max(pool => pool.Instances), Busiest());

        InstancePool Pool() => new(simulation, limits, storage, run.Instances);

        void Stage(InstancePool pool, int messages, Work work, Action done)
        {
            var open = messages;
            for (var i = 0; i < messages; i++)
            {
                pool.Send(work, () =>
                {
                    if (--open == 0)
                    {
                        done();
                    }
                });
            }
        }

        void Deliver()
        {
            var batches = (long)Math.Ceiling(run.Delivered / (double)BatchMembers);
            var batch = BatchMembers * times.BytesPerMember;
            var open = Math.Min(run.Lanes, batches);
            if (open == 0)
            {
                end = simulation.Now;
                return;
            }

            // Lane i takes every n-th batch: its next message is sent when the one before is settled.
            for (var lane = 0; lane < Math.Min(run.Lanes, batches); lane++)
            {
                Next((batches - lane + run.Lanes - 1) / run.Lanes);
            }

            void Next(long left)
            {
                if (left > 0)
                {
                    deliveries.Send(new(batch, BatchMembers * times.DeliverCpu, 0, PlatformSeconds), () => Next(left - 1));
                }
                else if (--open == 0)
                {
                    Stage(deliveries, shards, new(bytes, 0, bytes, 0), () => end = simulation.Now);
                }
            }
        }

        (string, double) Busiest()
        {
            var seconds = Math.Max(simulation.Now, 1e-9);
            var lanes = run.Delivered / (double)BatchMembers * PlatformSeconds / run.Lanes;
            return new[]
            {
                (storage.Tables.Name, storage.Tables.BusySeconds / seconds),
                (storage.Bandwidth.Name, storage.Bandwidth.BusySeconds / seconds),
                (storage.Queues.Name, storage.Queues.BusySeconds / seconds),
                ("cores", (snapshots.CpuSeconds / run.Instances / seconds) + (plans.CpuSeconds / run.Instances / seconds) + (deliveries.CpuSeconds / Math.Min(run.Instances, Math.Ceiling(run.Lanes / (double)limits.MessagesPerInstance)) / seconds)),
                ("the platform's lanes", lanes / seconds),
            }.MaxBy(resource => resource.Item2);
        }
    }
}
