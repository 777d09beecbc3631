using System.Security.Cryptography;
using System.Text;
using AudienceSync.Erasures;

namespace AudienceSync.Fakes;

/// <summary>Turns texts into others, so that what is sealed is not found by who looks for what it was.</summary>
internal sealed class TestPersonSealer : IPersonSealer
{
    public string Seal(string plain, string erasureId) => $"{erasureId}:{Convert.ToBase64String(Encoding.UTF8.GetBytes(new string([.. plain.Reverse()])))}";

    public string Open(string sealedText, string erasureId) => sealedText.StartsWith($"{erasureId}:", StringComparison.Ordinal)
        ? new string([.. Encoding.UTF8.GetString(Convert.FromBase64String(sealedText[(erasureId.Length + 1)..])).Reverse()])
        : throw new CryptographicException("Sealed for another.");
}
