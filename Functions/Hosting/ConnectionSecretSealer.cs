using System.Security.Cryptography;
using AudienceSync.Access;
using AudienceSync.Connections;

namespace AudienceSync.Hosting;

/// <summary>Seals the secrets of connections under the keys of the installation.</summary>
internal sealed class ConnectionSecretSealer(SecretSealer sealer) : ISecretSealer
{
    public string Seal(string plain, string owner, string name) => sealer.Seal(plain, owner, name);

    public string Open(string @sealed, string owner, string name)
    {
        try
        {
            return sealer.Open(@sealed, owner, name);
        }
        catch (SealBrokenException e)
        {
            throw new CryptographicException(e.Message, e);
        }
    }
}
