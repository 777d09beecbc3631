using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AudienceSync.Observability;

/// <summary>What the app measures. Names, units and meanings are those of docs/observability.md; tags are names of ours, never a person's.</summary>
public sealed class Instruments
{
    public const string MeterName = "AudienceSync";

    private static readonly InstrumentAdvice<double> Calls = new() { HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] };
    private static readonly InstrumentAdvice<double> Runs = new() { HistogramBucketBoundaries = [1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400] };
    private static readonly InstrumentAdvice<long> Rows = new() { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000] };

    private readonly Counter<long> _planned;
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _carriedOver;
    private readonly Counter<long> _finished;
    private readonly Counter<long> _held;
    private readonly Histogram<double> _runDuration;
    private readonly Gauge<long> _queueDepth;
    private readonly Gauge<long> _poisonDepth;
    private readonly Gauge<double> _queueAge;
    private readonly Histogram<double> _latency;
    private readonly Histogram<long> _batchSize;
    private readonly Counter<long> _throttles;
    private readonly Counter<long> _storageRequests;
    private readonly Counter<long> _ticks;
    private readonly Gauge<double> _lag;
    private readonly Gauge<long> _erasures;
    private readonly Gauge<long> _lateErasures;

    public Instruments(IMeterFactory meters)
    {
        Meter = meters.Create(MeterName);
        _planned = Meter.CreateCounter<long>(InstrumentNames.RowsPlanned, "{row}", "Rows that finished runs had planned");
        _delivered = Meter.CreateCounter<long>(InstrumentNames.RowsDelivered, "{row}", "Rows that the platform accepted");
        _rejected = Meter.CreateCounter<long>(InstrumentNames.RowsRejected, "{row}", "Rows that the platform refused for good");
        _carriedOver = Meter.CreateCounter<long>(InstrumentNames.RowsCarriedOver, "{row}", "Rows left to the next run");
        _finished = Meter.CreateCounter<long>(InstrumentNames.RunsFinished, "{run}", "Runs that ended");
        _held = Meter.CreateCounter<long>(InstrumentNames.RunsHeld, "{run}", "Runs that a guard stopped");
        _runDuration = Meter.CreateHistogram(InstrumentNames.RunDuration, "s", "From the start of a run to its end", tags: null, Runs);
        _queueDepth = Meter.CreateGauge<long>(InstrumentNames.QueueDepth, "{message}", "Messages in a queue, visible or not");
        _poisonDepth = Meter.CreateGauge<long>(InstrumentNames.PoisonDepth, "{message}", "Messages in the poison queue of a queue");
        _queueAge = Meter.CreateGauge<double>(InstrumentNames.QueueAge, "s", "How long the oldest visible message has been due");
        _latency = Meter.CreateHistogram(InstrumentNames.DestinationLatency, "s", "How long a call to a platform took, all its requests together", tags: null, Calls);
        _batchSize = Meter.CreateHistogram(InstrumentNames.BatchSize, "{row}", "Rows of a batch that was sent", tags: null, Rows);
        _throttles = Meter.CreateCounter<long>(InstrumentNames.Throttles, "{answer}", "Answers by which a platform asked to wait");
        _storageRequests = Meter.CreateCounter<long>(InstrumentNames.StorageRequests, "{request}", "Requests to tables and queues, each try counted");
        _ticks = Meter.CreateCounter<long>(InstrumentNames.ScheduleTicks, "{tick}", "Times the minute timer came to its end: the sign of life of the schedule");
        _lag = Meter.CreateGauge<double>(InstrumentNames.ScheduleLag, "s", "How far beyond its time the latest destination was at a tick");
        _erasures = Meter.CreateGauge<long>(InstrumentNames.ErasuresOpen, "{erasure}", "Erasures that are not completed");
        _lateErasures = Meter.CreateGauge<long>(InstrumentNames.ErasuresAttention, "{erasure}", "Of them, those that somebody should look at");
    }

    /// <summary>Of this host: a listener that looks at it sees no other's measurements.</summary>
    internal Meter Meter { get; }

    /// <param name="operation"><c>add</c>, <c>update</c> or <c>remove</c>.</param>
    public void CountRows(string connector, string operation, long planned, long delivered, long rejected, long carriedOver)
    {
        TagList tags = [new("connector", connector), new("operation", operation)];
        Add(_planned, planned, tags);
        Add(_delivered, delivered, tags);
        Add(_rejected, rejected, tags);
        Add(_carriedOver, carriedOver, tags);
    }

    public void FinishRun(string connector, string status, string trigger, TimeSpan duration)
    {
        TagList tags = [new("connector", connector), new("status", status), new("trigger", trigger)];
        _finished.Add(1, tags);
        _runDuration.Record(duration.TotalSeconds, tags);
    }

    public void HoldRun(string connector) => _held.Add(1, [new("connector", connector)]);

    /// <param name="age">Null when no message is visible.</param>
    public void MeasureQueue(string queue, long depth, long poison, TimeSpan? age)
    {
        TagList tags = [new("queue", queue)];
        _queueDepth.Record(depth, tags);
        _poisonDepth.Record(poison, tags);
        _queueAge.Record(Math.Max(0, age?.TotalSeconds ?? 0), tags);
    }

    /// <param name="call">What was asked: <c>deliver</c>, <c>poll</c>, <c>complete</c>, <c>audience</c>, <c>check</c>.</param>
    /// <param name="outcome">In one word.</param>
    public void MeasureCall(string connector, string call, string outcome, TimeSpan duration) =>
        _latency.Record(duration.TotalSeconds, [new("connector", connector), new("call", call), new("outcome", outcome)]);

    public void MeasureBatch(string connector, int rows) => _batchSize.Record(rows, [new("connector", connector)]);

    public void CountThrottle(string connector, string code) => _throttles.Add(1, [new("connector", connector), new("code", code)]);

    /// <param name="service"><c>table</c> or <c>queue</c>.</param>
    /// <param name="status">Of HTTP; 0 when no answer came.</param>
    public void CountStorageRequest(string service, int status) => _storageRequests.Add(1, [new("service", service), new("status", status)]);

    /// <param name="lag">Zero when no destination waited.</param>
    public void Tick(TimeSpan lag)
    {
        _ticks.Add(1);
        _lag.Record(Math.Max(0, lag.TotalSeconds));
    }

    /// <param name="attention">Of those that are open.</param>
    public void MeasureErasures(long open, long attention)
    {
        _erasures.Record(open);
        _lateErasures.Record(attention);
    }

    private static void Add(Counter<long> counter, long rows, in TagList tags)
    {
        if (rows > 0)
        {
            counter.Add(rows, tags);
        }
    }
}
