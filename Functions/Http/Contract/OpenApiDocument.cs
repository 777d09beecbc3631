using System.Security.Cryptography;

namespace AudienceSync.Http;

/// <summary>The API's description (OpenAPI 3.1), which is made of the functions' attributes and types and kept in the assembly: <c>docs/openapi.json</c>.</summary>
public static class OpenApiDocument
{
    private static readonly Lazy<ReadOnlyMemory<byte>> Loaded = new(Load);

    private static readonly Lazy<string> Tag = new(() => $"\"{Convert.ToHexStringLower(SHA256.HashData(Bytes.Span).AsSpan(0, 16))}\"");

    public static ReadOnlyMemory<byte> Bytes => Loaded.Value;

    public static string ETag => Tag.Value;

    private static ReadOnlyMemory<byte> Load()
    {
        using var resource = typeof(OpenApiDocument).Assembly.GetManifestResourceStream("openapi.json")
            ?? throw new InvalidOperationException("The assembly was built without docs/openapi.json.");
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return bytes.ToArray();
    }
}
