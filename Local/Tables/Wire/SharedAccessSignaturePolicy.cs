using Azure.Core;
using Azure.Core.Pipeline;

namespace Azure.Data.Tables;

/// <summary>Puts a shared access signature into the query.</summary>
internal sealed class SharedAccessSignaturePolicy(AzureSasCredential credential) : HttpPipelineSynchronousPolicy
{
    public override void OnSendingRequest(HttpMessage message)
    {
        var signature = credential.Signature.TrimStart('?');
        var address = message.Request.Uri;
        if (address.Query.Contains(signature, StringComparison.Ordinal)) return; // a try before this one put it there
        address.Query += $"{(address.Query is "" ? "?" : "&")}{signature}";
    }
}
