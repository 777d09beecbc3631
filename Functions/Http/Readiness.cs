using System.Collections.Immutable;
using System.Reflection;

namespace AudienceSync.Http;

/// <param name="Status"><c>ready</c> or <c>notReady</c>.</param>
public sealed record ReadinessReport(string Status, string Version, ImmutableArray<ReadinessFinding> Checks);

/// <param name="Detail">What failed, without internals; null when it is ready.</param>
public sealed record ReadinessFinding(string Name, bool Ok, long Ms, string? Detail);

/// <summary>Asks every <see cref="IReadinessCheck"/> at once.</summary>
public sealed class Readiness(IEnumerable<IReadinessCheck> checks, TimeProvider time)
{
    public const string Ready = "ready";

    /// <summary>A check that takes longer has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly string Version =
        typeof(Readiness).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellationToken)
    {
        var findings = await Task.WhenAll(checks.Select(check => CheckAsync(check, cancellationToken)));
        return new(findings.All(finding => finding.Ok) ? Ready : "notReady", Version, [.. findings.OrderBy(finding => finding.Name, StringComparer.Ordinal)]);
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
