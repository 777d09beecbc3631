using System.Collections.Immutable;
using System.Reflection;

namespace AudienceSync.Http;

/// <param name="Status"><c>ready</c> or <c>notReady</c>.</param>
/// <param name="Notices">What waits for somebody though all is ready.</param>
public sealed record ReadinessReport(string Status, string Version, ImmutableArray<ReadinessFinding> Checks, ImmutableArray<ReadinessNotice> Notices);

/// <param name="Detail">What failed, without internals; null when it is ready.</param>
public sealed record ReadinessFinding(string Name, bool Ok, long Ms, string? Detail);

public sealed record ReadinessNotice(string Name, string Detail);

/// <summary>Asks every <see cref="IReadinessCheck"/> at once.</summary>
public sealed class Readiness(IEnumerable<IReadinessCheck> checks, IEnumerable<IReadinessNotice> notices, TimeProvider time)
{
    public const string Ready = "ready";

    /// <summary>A check that takes longer has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly string Version =
        typeof(Readiness).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellationToken)
    {
        var findings = await Task.WhenAll(checks.Select(check => CheckAsync(check, cancellationToken)));
        var waiting = await Task.WhenAll(notices.Select(notice => FindAsync(notice, cancellationToken)));
        return new(
            findings.All(finding => finding.Ok) ? Ready : "notReady", Version, [.. findings.OrderBy(finding => finding.Name, StringComparer.Ordinal)],
            [.. waiting.OfType<ReadinessNotice>().OrderBy(notice => notice.Name, StringComparer.Ordinal)]);
    }

    private async Task<ReadinessNotice?> FindAsync(IReadinessNotice notice, CancellationToken cancellationToken)
    {
        try
        {
            return await notice.FindAsync(cancellationToken).WaitAsync(Patience, time, cancellationToken) is { } detail ? new(notice.Name, detail) : null;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whether what it asks can be asked is for the checks to say.
            return null;
        }
    }

    private async Task<ReadinessFinding> CheckAsync(IReadinessCheck check, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        try
        {
            await check.CheckAsync(cancellationToken).WaitAsync(Patience, time, cancellationToken);
            return new(check.Name, Ok: true, Elapsed(), Detail: null);
        }
        catch (TimeoutException)
        {
            return new(check.Name, Ok: false, Elapsed(), $"No answer within {Patience.TotalSeconds:0} seconds.");
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The type says enough to look further; messages may hold addresses and keys.
            return new(check.Name, Ok: false, Elapsed(), $"Failed with {e.GetType().Name}.");
        }

        long Elapsed() => (long)time.GetElapsedTime(start).TotalMilliseconds;
    }
}
