using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>
/// Tells the timers of one app from those of another on the same storage: the setting <c>AzureFunctionsWebHost__hostid</c>, else made of
/// the machine's name and the app's folder, as the real host does locally. At most 32 characters.
/// </summary>
internal sealed class HostIdentity(IConfiguration configuration, string directory)
{
    public string Id { get; } = configuration["AzureFunctionsWebHost:hostid"] is { Length: > 0 } id ? id : FromPlace(directory);

    private static string FromPlace(string directory)
    {
        var machine = new string([.. Environment.MachineName.Where(char.IsAsciiLetterOrDigit).Take(16).Select(char.ToLowerInvariant)]);
        return $"{machine}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory)))[..12]}";
    }
}
