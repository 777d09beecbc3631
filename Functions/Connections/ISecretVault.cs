namespace AudienceSync.Connections;

/// <summary>Keeps the secrets of connections apart from the connections: Key Vault.</summary>
public interface ISecretVault
{
    /// <param name="name">Letters, digits and hyphens, 127 at most; never used before.</param>
    Task SetAsync(string name, string value, CancellationToken cancellationToken);

    /// <summary>Null when the vault has no such secret, or it is disabled.</summary>
    Task<string?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Deletes the secret if it can; what cannot be deleted is logged.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);
}
