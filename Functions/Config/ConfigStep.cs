using AudienceSync.Faults;

namespace AudienceSync.Config;

/// <summary>The writing of one entry: takes the answers of services, and gathers what they refuse.</summary>
/// <param name="before">Null when it is new.</param>
internal sealed class ConfigStep(ConfigRun run, ConfigEntry entry, ConfigResource? before)
{
    public ConfigRun Run => run;

    public ConfigEntry Entry => entry;

    public ConfigResource? Before => before;

    public ConfigRequest Request { get; } = new(run.Ids, run.Document, entry.Pointer);

    public List<Fault> Faults { get; } = [];

    /// <summary>The first refusal; null when everything was written.</summary>
    public Refusal? Cause { get; private set; }

    /// <summary>Nothing more is to be written. A rehearsal goes on: it is there to find everything.</summary>
    public bool IsStopped => Cause is not null && !run.IsRehearsal;

    /// <summary>The value; null when it was refused.</summary>
    /// <param name="place">Where the request's body stands in the entry, where it is not the entry itself.</param>
    public T? Take<T>(Result<T> result, string place = "")
        where T : class => result.Match<T?>(
            value => value,
            refusal =>
            {
                Refuse(refusal, place);
                return null;
            });

    public void Refuse(Refusal refusal, string place = "")
    {
        Cause ??= refusal;
        var told = Faults.Select(fault => fault.Pointer).ToHashSet(StringComparer.Ordinal);
        Faults.AddRange(Request.Locate(refusal, place).Where(fault => !told.Contains(fault.Pointer)));
    }
}
