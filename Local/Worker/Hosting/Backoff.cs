namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>
/// RandomizedExponentialBackoffStrategy of the WebJobs SDK: the minimum, then minimum + minimum × 2^(n−1) × 0.8 to 1.2 for the n-th
/// further failure, at most the maximum.
/// </summary>
internal sealed class Backoff(TimeSpan minimum, TimeSpan maximum, Random random)
{
    private TimeSpan _current;
    private int _exponent;

    /// <summary>The wait after a success: the minimum.</summary>
    public TimeSpan Reset()
    {
        _exponent = 1;
        return _current = minimum;
    }

    /// <summary>The wait after one more failure or empty poll.</summary>
    public TimeSpan Grow()
    {
        if (_current == maximum)
        {
            return _current;
        }

        var growth = _exponent == 0 ? TimeSpan.Zero : minimum * Math.Pow(2, _exponent - 1) * (0.8 + (0.4 * random.NextDouble()));
        if (minimum + growth < maximum)
        {
            _exponent++;
            return _current = minimum + growth;
        }

        return _current = maximum;
    }
}
