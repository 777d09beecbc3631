using System.Net.Http.Headers;

namespace AudienceSync.Connectors.Kit;

/// <summary>The body of a request. Its bytes are signed, measured and recorded as they are: <see cref="HttpContent"/> gives a copy to everyone who asks.</summary>
public sealed class BodyContent : ByteArrayContent
{
    /// <param name="mediaType">The content type, with its parameters if it has any.</param>
    public BodyContent(byte[] bytes, string mediaType)
        : base(bytes)
    {
        Bytes = bytes;
        Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
    }

    public ReadOnlyMemory<byte> Bytes { get; }
}
