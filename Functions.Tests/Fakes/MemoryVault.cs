using AudienceSync.Connections;

namespace AudienceSync.Fakes;

/// <summary>A vault in memory. A name is used once, as a real vault holds deleted names back.</summary>
internal sealed class MemoryVault : ISecretVault
{
    private readonly HashSet<string> _deleted = new(StringComparer.Ordinal);

    public SortedDictionary<string, string> Secrets { get; } = new(StringComparer.Ordinal);

    public Task SetAsync(string name, string value, CancellationToken cancellationToken)
    {
        name.ShouldMatch("^[0-9a-zA-Z-]{1,127}$");
        Secrets.ContainsKey(name).ShouldBeFalse(name);
        _deleted.ShouldNotContain(name);
        Secrets[name] = value;
        return Task.CompletedTask;
    }

    public Task<string?> FindAsync(string name, CancellationToken cancellationToken) => Task.FromResult(Secrets.GetValueOrDefault(name));

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        Secrets.Remove(name);
        _deleted.Add(name);
        return Task.CompletedTask;
    }
}
