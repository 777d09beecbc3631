namespace AudienceSync.Local.Platforms;

/// <summary>How a platform was told to fail.</summary>
internal sealed class Failures
{
    private readonly List<Planned> _planned = [];

    /// <summary>Identifiers the platform refuses, as they are sent.</summary>
    public HashSet<string> BadRows { get; } = new(StringComparer.OrdinalIgnoreCase);

    public bool IsPlanned => _planned.Count > 0;

    /// <param name="on">Kind of call it is for; null for any but those for tokens.</param>
    /// <param name="skip">Calls that pass before.</param>
    public void Plan(FailureKind kind, int times, string? on = null, int skip = 0, int? retryAfter = null) => _planned.Add(new(kind, on) { Left = times, Skip = skip, RetryAfter = retryAfter });

    public Planned? Take(string kind, bool isOpen)
    {
        foreach (var planned in _planned.Where(planned => planned.On is { } on ? on == kind : !isOpen).ToList())
        {
            if (planned.Skip-- > 0)
            {
                continue;
            }

            if (--planned.Left <= 0)
            {
                _planned.Remove(planned);
            }

            return planned;
        }

        return null;
    }

    public void Clear()
    {
        _planned.Clear();
        BadRows.Clear();
    }

    internal sealed record Planned(FailureKind Kind, string? On)
    {
        public int Left { get; set; }

        public int Skip { get; set; }

        /// <summary>Seconds; null for the platform's own choice.</summary>
        public int? RetryAfter { get; init; }
    }
}

internal enum FailureKind
{
    Throttle,
    Outage,
    Unauthorized,

    /// <summary>The connection is cut before anything was done.</summary>
    DropConnection,

    /// <summary>The connection is cut after it was done: the answer is lost.</summary>
    DropAnswer,
}
