using System.Security.Cryptography;
using System.Text;

namespace AudienceSync.Access;

/// <summary>The text a caller presents: <c>as_</c> and 256 random bits in hexadecimal.</summary>
internal static class ApiKeyValue
{
    private const int ShownCharacters = 8;

    public static string Create() => $"as_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))}";

    public static string Hash(string value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)));

    /// <summary>What is shown of a value after it was shown once.</summary>
    public static string Prefix(string value) => value[..ShownCharacters];
}
