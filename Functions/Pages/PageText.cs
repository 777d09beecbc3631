using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace AudienceSync.Pages;

/// <summary>Text as bytes and back, without loss: UTF-8, and for the rare text with a lone surrogate WTF-8 (each lone surrogate as three bytes).</summary>
internal static class PageText
{
    /// <summary>Most bytes of one UTF-16 unit.</summary>
    public const int MaxBytesPerChar = 3;

    private const int MaxStackChars = 256;

    // A lone surrogate counts three bytes either way: as U+FFFD here, as itself in WTF-8.
    public static int ByteCount(string text) => Encoding.UTF8.GetByteCount(text);

    /// <returns>The number of bytes written.</returns>
    public static int Write(ReadOnlySpan<char> text, Span<byte> target)
    {
        var written = 0;
        while (true)
        {
            Utf8.FromUtf16(text, target[written..], out var read, out var bytes, replaceInvalidSequences: false);
            written += bytes;
            if (read == text.Length)
            {
                return written;
            }

            var surrogate = text[read];
            target[written++] = (byte)(0xE0 | (surrogate >> 12));
            target[written++] = (byte)(0x80 | ((surrogate >> 6) & 0x3F));
            target[written++] = (byte)(0x80 | (surrogate & 0x3F));
            text = text[(read + 1)..];
        }
    }

    /// <summary>The bytes of a text.</summary>
    public static byte[] ToBytes(string text)
    {
        var bytes = new byte[ByteCount(text)];
        Write(text, bytes);
        return bytes;
    }

    /// <summary>Gives the bytes of a text to a function, from the stack or a pool.</summary>
    public static T Use<TState, T>(string text, TState state, Func<ReadOnlySpan<byte>, TState, T> function)
    {
        if (text.Length <= MaxStackChars)
        {
            Span<byte> bytes = stackalloc byte[MaxStackChars * MaxBytesPerChar];
            return function(bytes[..Write(text, bytes)], state);
        }

        var rented = ArrayPool<byte>.Shared.Rent(text.Length * MaxBytesPerChar);
        var result = function(rented.AsSpan(0, Write(text, rented)), state);
        ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        return result;
    }

    /// <returns>The text, or null when the bytes are neither UTF-8 nor WTF-8.</returns>
    public static string? Read(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : ReadSurrogates(bytes);

    private static string? ReadSurrogates(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        Span<char> pair = stackalloc char[2];
        while (bytes.Length > 0)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length) is OperationStatus.Done)
            {
                text.Append(pair[..rune.EncodeToUtf16(pair)]);
                bytes = bytes[length..];
            }
            else if (bytes is [0xED, >= 0xA0 and <= 0xBF and var middle, >= 0x80 and <= 0xBF and var last, ..])
            {
                text.Append((char)(0xD000 | ((middle & 0x3F) << 6) | (last & 0x3F)));
                bytes = bytes[3..];
            }
            else
            {
                return null;
            }
        }

        return text.ToString();
    }
}
