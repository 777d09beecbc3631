using System.Security.Cryptography;
using AudienceSync.Access;
using AudienceSync.Erasures;

namespace AudienceSync.Hosting;

/// <summary>Seals who is being erased under the keys of the installation.</summary>
internal sealed class PersonSealer(SecretSealer sealer) : IPersonSealer
{
    private const string Name = "person";

    public string Seal(string plain, string erasureId) => sealer.Seal(plain, erasureId, Name);

    public string Open(string sealedText, string erasureId)
    {
        try
        {
            return sealer.Open(sealedText, erasureId, Name);
        }
        catch (SealBrokenException e)
        {
            throw new CryptographicException(e.Message, e);
        }
    }
}
