using System.Security.Cryptography;
using AudienceSync.Connections;

namespace AudienceSync.Fakes;

/// <summary>Seals by a mark that a test can look for. Another key, owner or name does not open it.</summary>
internal sealed class ReversibleSealer : ISecretSealer
{
    public string Key { get; set; } = "k1";

    public string Seal(string plain, string owner, string name) => $"{Key}|{owner}|{name}|{new string([.. plain.Reverse()])}";

    public string Open(string @sealed, string owner, string name)
    {
        var head = $"{Key}|{owner}|{name}|";
        return @sealed.StartsWith(head, StringComparison.Ordinal)
            ? new string([.. @sealed[head.Length..].Reverse()])
            : throw new CryptographicException("Sealed with something else.");
    }
}
