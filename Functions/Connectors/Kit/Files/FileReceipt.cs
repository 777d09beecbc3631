using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AudienceSync.Connectors.Kit.Files;

/// <summary>What the manifest says of one stored part; carried as text by <see cref="DeliveryOutcome.Stored"/>.</summary>
/// <param name="Name">Path of the file below the container or bucket.</param>
/// <param name="Bytes">As stored, so after compression.</param>
/// <param name="Sha256">Of the bytes as stored, lower-case hex.</param>
internal sealed partial record FileReceipt(string Name, int Rows, long Bytes, string Sha256, ImmutableArray<string> Columns)
{
    public static FileReceipt Of(string name, byte[] file, DeliveryBatch batch, FileShape shape) => new(
        name, DeliveryFile.RowsOf(batch, shape), file.Length, Convert.ToHexStringLower(SHA256.HashData(file)), DeliveryFile.ColumnsOf(batch));

    public string ToText() => JsonSerializer.Serialize(this, FileReceiptJson.Default.FileReceipt);

    /// <exception cref="JsonException">The text is no receipt.</exception>
    public static FileReceipt Parse(string text) => JsonSerializer.Deserialize(text, FileReceiptJson.Default.FileReceipt) ?? throw new JsonException("A receipt is null.");

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(FileReceipt))]
    private sealed partial class FileReceiptJson : JsonSerializerContext;
}
