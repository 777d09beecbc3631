using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AudienceSync.Observability;

namespace AudienceSync.Fakes;

/// <param name="Tags">In the order of their names.</param>
internal sealed record Measurement(string Instrument, double Value, IReadOnlyDictionary<string, object?> Tags);

/// <summary>Listens to the instruments of one host.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Measurement> _all = [];

    public Measurements(Instruments instruments)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == instruments.Meter)
            {
                Instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.Start();
    }

    public List<Instrument> Instruments { get; } = [];

    public IEnumerable<Measurement> All => _all;

    public IEnumerable<Measurement> Of(string instrument) => _all.Where(each => each.Instrument == instrument);

    public double Sum(string instrument, string tag, string value) => Of(instrument).Where(each => (string?)each.Tags[tag] == value).Sum(each => each.Value);

    public void Dispose() => _listener.Dispose();

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _all.Enqueue(new(instrument.Name, value, new SortedDictionary<string, object?>(tags.ToArray().ToDictionary(), StringComparer.Ordinal)));
}
