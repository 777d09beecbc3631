namespace AudienceSync.Connections;

/// <summary>Seals secrets for storage. What is sealed for one owner and name opens for these alone.</summary>
public interface ISecretSealer
{
    /// <param name="owner">Id of the connection.</param>
    string Seal(string plain, string owner, string name);

    /// <exception cref="System.Security.Cryptography.CryptographicException">It was sealed for another owner or name, with another key, or is damaged.</exception>
    string Open(string @sealed, string owner, string name);
}
