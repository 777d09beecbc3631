using System.Text.Json.Nodes;

namespace AudienceSync.Local.Platforms.State;

/// <summary>Work that a platform takes and does later: at the poll after <see cref="PollsBefore"/> of them, or when <see cref="LongestWork"/> is over.</summary>
internal sealed class JobBook(TimeProvider time)
{
    public static readonly TimeSpan LongestWork = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Job> _jobs = new(StringComparer.Ordinal);

    /// <summary>How many polls a new job is still at work for.</summary>
    public int PollsBefore { get; set; } = 1;

    public int Count => _jobs.Count;

    public int Running => _jobs.Values.Count(job => !job.IsDone);

    /// <param name="work">Done once, at the end; what it gives is kept as the job's result.</param>
    public Job Start(string id, Func<JsonObject> work)
    {
        var job = new Job(id, work, PollsBefore, time.GetUtcNow() + LongestWork);
        _jobs.Add(id, job);
        return job;
    }

    public Job? Get(string id) => _jobs.GetValueOrDefault(id);

    /// <summary>The job after one more poll; null when there is none of that id.</summary>
    public Job? Poll(string id)
    {
        if (_jobs.TryGetValue(id, out var job) && !job.IsDone && (job.PollsLeft-- <= 0 || time.GetUtcNow() >= job.DoneAt))
        {
            job.Finish();
        }

        return job;
    }

    /// <summary>Ends jobs whose time is over, in the order they came: whoever does not poll sees their effect as well.</summary>
    public void FinishDue(bool all = false)
    {
        foreach (var job in _jobs.Values)
        {
            if (!job.IsDone && (all || time.GetUtcNow() >= job.DoneAt))
            {
                job.Finish();
            }
        }
    }

    internal sealed class Job(string id, Func<JsonObject> work, int polls, DateTimeOffset doneAt)
    {
        public string Id { get; } = id;

        public int PollsLeft { get; set; } = polls;

        public DateTimeOffset DoneAt { get; } = doneAt;

        /// <summary>Null while it works.</summary>
        public JsonObject? Result { get; private set; }

        public bool IsDone => Result is not null;

        public void Finish() => Result = work();
    }
}
