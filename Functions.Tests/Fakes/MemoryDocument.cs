using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AudienceSync.Fakes;

/// <summary>One document behind an ETag, kept as JSON. Thread-safe.</summary>
internal sealed class MemoryDocument<T>(JsonTypeInfo<T> type)
    where T : class
{
    private readonly Lock _lock = new();
    private byte[]? _json;
    private int _version;

    public (T? Value, string? ETag) Read()
    {
        lock (_lock)
        {
            return _json is null ? (null, null) : (JsonSerializer.Deserialize(_json, type), ETag);
        }
    }

    public bool TryReplace(T value, string? etag)
    {
        lock (_lock)
        {
            if (etag != (_json is null ? null : ETag))
            {
                return false;
            }

            _json = JsonSerializer.SerializeToUtf8Bytes(value, type);
            _version++;
            return true;
        }
    }

    private string ETag => _version.ToString(CultureInfo.InvariantCulture);
}
