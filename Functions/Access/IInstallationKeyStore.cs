namespace AudienceSync.Access;

/// <summary>Keeps the one root secret of an installation.</summary>
public interface IInstallationKeyStore
{
    /// <summary>The stored secret; stores <paramref name="candidate"/> when there is none.</summary>
    /// <returns>What is stored now. Of several instances that start together the first writer wins, and all get its secret.</returns>
    Task<byte[]> GetOrAddAsync(byte[] candidate, CancellationToken cancellationToken);
}
