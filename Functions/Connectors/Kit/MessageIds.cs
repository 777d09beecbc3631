using System.Security.Cryptography;
using System.Text;

namespace AudienceSync.Connectors.Kit;

/// <summary>Ids of messages that hold a set of operations.</summary>
public static class MessageIds
{
    /// <summary>The same set has the same id, a half of it another.</summary>
    /// <param name="tag">Sets apart two messages about the same operations; empty for none.</param>
    public static string Of(IEnumerable<string> operationIds, string tag = "")
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var id in operationIds)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(id));
        }

        hash.AppendData(Encoding.UTF8.GetBytes(tag));
        return $"msg_{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16))}";
    }
}
