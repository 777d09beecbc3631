using System.Globalization;

namespace AudienceSync.Local.Platforms.State;

/// <summary>Access tokens issued, and until when they hold.</summary>
internal sealed class TokenBook(TimeProvider time)
{
    private readonly Dictionary<string, DateTimeOffset> _until = new(StringComparer.Ordinal);

    /// <summary>Takes the place of the platform's own span, when a test asks for it.</summary>
    public TimeSpan? Life { get; set; }

    public int Issued { get; private set; }

    public (string Token, int Seconds) Issue(TimeSpan life)
    {
        var span = Life ?? life;
        var token = $"token-{(++Issued).ToString(CultureInfo.InvariantCulture)}";
        _until[token] = time.GetUtcNow() + span;
        return (token, (int)span.TotalSeconds);
    }

    public bool Holds(string? token) => token is not null && _until.TryGetValue(token, out var until) && time.GetUtcNow() < until;

    public void ExpireAll()
    {
        foreach (var token in _until.Keys.ToList())
        {
            _until[token] = DateTimeOffset.MinValue;
        }
    }
}
