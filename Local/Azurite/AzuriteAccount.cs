using System.Security.Cryptography;

namespace AudienceSync.Local;

/// <summary>A storage account that Azurite serves.</summary>
internal sealed record AzuriteAccount(string Name, string Key)
{
    /// <summary>The account every emulator has. Name and key are public: learn.microsoft.com/azure/storage/common/storage-use-azurite.</summary>
    public static AzuriteAccount WellKnown { get; } = new(
        "devstoreaccount1",
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==");

    /// <summary>An account with a random key, short because all accounts share one environment variable (32,767 characters on Windows).</summary>
    public static AzuriteAccount Numbered(int number) =>
        new(FormattableString.Invariant($"extra{number:D4}"), Convert.ToBase64String(RandomNumberGenerator.GetBytes(18)));

    public string ConnectionString(int blobPort, int queuePort, int tablePort) =>
        $"DefaultEndpointsProtocol=http;AccountName={Name};AccountKey={Key};" +
        FormattableString.Invariant($"BlobEndpoint=http://127.0.0.1:{blobPort}/{Name};") +
        FormattableString.Invariant($"QueueEndpoint=http://127.0.0.1:{queuePort}/{Name};") +
        FormattableString.Invariant($"TableEndpoint=http://127.0.0.1:{tablePort}/{Name};");
}
