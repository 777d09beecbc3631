using AudienceSync.Access;

namespace AudienceSync.Fakes;

internal sealed class MemoryInstallationKeyStore : IInstallationKeyStore
{
    private byte[]? _root;

    public Task<byte[]> GetOrAddAsync(byte[] candidate, CancellationToken cancellationToken) => Task.FromResult(_root ??= candidate);

    /// <summary>Keys that are loaded, from a root secret of their own.</summary>
    public static InstallationKeys LoadedKeys(byte seed = 1)
    {
        var keys = new InstallationKeys(new MemoryInstallationKeyStore { _root = [.. Enumerable.Repeat(seed, 32)] });
        keys.LoadAsync(CancellationToken.None).IsCompletedSuccessfully.ShouldBeTrue();
        return keys;
    }
}
