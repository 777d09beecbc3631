using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Benchmarks.Payloads;

/// <summary>The plain way: an object a member, one hash after the other, the serializer over it all.</summary>
internal static partial class PlainPayload
{
    public static byte[] Serialize(DeliveryBatch batch, bool hashes) => hashes
        ? JsonSerializer.SerializeToUtf8Bytes(
            new Users(new([.. batch.FieldNames], [.. batch.Rows.Select(row => batch.FieldNames.Select(name => Hash(row.Fields[name].AsText())).ToArray())])),
            PlainJson.Default.Users)
        : JsonSerializer.SerializeToUtf8Bytes(
            new Envelope([.. batch.Rows.Select(row => new Record(row.OperationId, "add", batch.FieldNames.ToDictionary(name => name, name => row.Fields[name].ToString())))]),
            PlainJson.Default.Envelope);

    private static string Hash(string value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value.Trim().ToLowerInvariant())));

    internal sealed record Users(Payload Payload);

    internal sealed record Payload(string[] Schema, string[][] Data);

    internal sealed record Envelope(Record[] Records);

    internal sealed record Record(string RecordId, string Operation, Dictionary<string, string> Fields);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Users))]
    [JsonSerializable(typeof(Envelope))]
    private sealed partial class PlainJson : JsonSerializerContext;
}
