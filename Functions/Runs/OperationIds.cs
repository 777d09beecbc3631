using System.Security.Cryptography;
using System.Text;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Runs;

/// <summary>Ids that stay the same however often an operation is retried: what a platform may drop repeats by.</summary>
/// <param name="secret">A secret of the installation, so that ids say nothing about people.</param>
public sealed class OperationIds(ReadOnlyMemory<byte> secret)
{
    /// <param name="payload">Hash of the payload; 0 for removals.</param>
    /// <param name="cycle">Fence of the run that first tried the operation.</param>
    /// <returns>32 hexadecimal digits: half an HMAC-SHA256 over destination, member, operation, payload and cycle.</returns>
    public string Of(string destinationId, string profileId, DeliveryOperation operation, ulong payload, long cycle)
    {
        var text = $"{destinationId}\n{(int)operation}\n{payload}\n{cycle}\n{profileId}";
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret.Span, Encoding.UTF8.GetBytes(text), digest);
        return Convert.ToHexStringLower(digest[..16]);
    }

    /// <summary>Id of a set of operations: the same set has the same id, a half of it another.</summary>
    public static string OfMessage(IEnumerable<string> operationIds) => MessageIds.Of(operationIds);
}
