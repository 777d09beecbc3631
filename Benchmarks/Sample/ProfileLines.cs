using System.Globalization;
using System.Text.Json;

namespace AudienceSync.Benchmarks.Sample;

/// <summary>Profiles as a file of JSON lines, unknown values left out.</summary>
internal sealed class ProfileLines(Stream stream) : IProfileSink, IDisposable
{
    private const int FlushBytes = 1 << 20;

    private readonly Utf8JsonWriter _json = new(stream, new() { SkipValidation = true });

    public void Take(in Profile profile)
    {
        _json.WriteStartObject();
        _json.WriteString("id"u8, profile.Id);
        _json.WriteString("email"u8, profile.Email);
        if (!profile.Country.IsEmpty)
        {
            _json.WriteString("country"u8, profile.Country);
        }

        _json.WriteString("plan"u8, profile.Plan);
        _json.WriteNumber("orders"u8, profile.Orders);
        _json.WriteNumber("revenue"u8, profile.RevenueCents / 100m);
        if (profile.LastOrderAt != 0)
        {
            Span<byte> text = stackalloc byte[20];
            DateTimeOffset.FromUnixTimeSeconds(profile.LastOrderAt).TryFormat(text, out _, "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
            _json.WriteString("lastOrderAt"u8, text);
        }

        _json.WriteBoolean("newsletter"u8, profile.Newsletter);
        _json.WriteEndObject();
        _json.Flush();
        stream.WriteByte((byte)'\n');
        _json.Reset();
    }

    public void Dispose() => _json.Dispose();

    /// <summary>A buffered file for it.</summary>
    public static Stream Create(string path) => new BufferedStream(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0), FlushBytes);
}
