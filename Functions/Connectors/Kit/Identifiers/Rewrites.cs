using System.Buffers;
using System.Globalization;
using System.Text;

namespace AudienceSync.Connectors.Kit.Identifiers;

/// <summary>The steps that identifiers of several platforms share, on UTF-8 in place. ASCII, which nearly all of it is, makes no string.</summary>
internal static class Rewrites
{
    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    public static int Trim(Span<byte> text, int length)
    {
        var start = 0;
        while (start < length && Rune.DecodeFromUtf8(text[start..length], out var first, out var size) is OperationStatus.Done && IsSpace(first))
        {
            start += size;
        }

        while (length > start && Rune.DecodeLastFromUtf8(text[start..length], out var last, out var size) is OperationStatus.Done && IsSpace(last))
        {
            length -= size;
        }

        if (start > 0)
        {
            text[start..length].CopyTo(text);
        }

        return length - start;
    }

    public static int Lowercase(Span<byte> text, int length)
    {
        Ascii.ToLowerInPlace(text[..length], out var done);
        return done == length ? length : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text[..length]).ToLowerInvariant(), text);
    }

    public static int Uppercase(Span<byte> text, int length)
    {
        Ascii.ToUpperInPlace(text[..length], out var done);
        return done == length ? length : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text[..length]).ToUpperInvariant(), text);
    }

    public static int WithoutWhitespace(Span<byte> text, int length) => Keep(text, length, static rune => !IsSpace(rune));

    /// <summary>Unicode's punctuation, and its symbols as far as they are ASCII: Meta's own libraries and its partners differ on the rest.</summary>
    public static int WithoutPunctuation(Span<byte> text, int length) =>
        Keep(text, length, static rune => !Rune.IsPunctuation(rune) && !(rune.IsAscii && Rune.IsSymbol(rune)));

    /// <summary>Letters and the marks that belong to them: half of some scripts are marks.</summary>
    public static int Letters(Span<byte> text, int length) => Keep(text, length, static rune => Rune.IsLetter(rune)
        || (!rune.IsAscii && Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark));

    public static int Digits(Span<byte> text, int length)
    {
        length = KeepDigits(text, length);
        var zeros = text[..length].IndexOfAnyExcept((byte)'0');
        return DropStart(text, length, zeros < 0 ? length : zeros);
    }

    public static int E164(Span<byte> text, int length)
    {
        var international = text[..length].IndexOf((byte)'+') < 0;
        length = KeepDigits(text, length);
        if (international && text[..length].StartsWith("00"u8))
        {
            length = DropStart(text, length, 2);
        }

        if (length == 0)
        {
            return 0;
        }

        text[..length].CopyTo(text[1..]);
        text[0] = (byte)'+';
        return length + 1;
    }

    public static int GmailMailbox(Span<byte> text, int length)
    {
        var at = text[..length].LastIndexOf((byte)'@');
        if (at < 0 || !(text[(at + 1)..length].SequenceEqual("gmail.com"u8) || text[(at + 1)..length].SequenceEqual("googlemail.com"u8)))
        {
            return length;
        }

        var plus = text[..at].IndexOf((byte)'+');
        var kept = Keep(text, plus < 0 ? at : plus, static rune => rune.Value != '.');
        text[at..length].CopyTo(text[kept..]);
        return kept + length - at;
    }

    /// <summary>Whether the text, without white space around it, is that many hex digits.</summary>
    public static bool IsHex(ReadOnlySpan<byte> text, int digits)
    {
        var bare = text.Length == digits ? text : Ascii.Trim(text) is var range ? text[range] : text;
        return bare.Length == digits && !bare.ContainsAnyExcept(HexDigits);
    }

    /// <summary>Keeps the characters that pass.</summary>
    public static int Keep(Span<byte> text, int length, Func<Rune, bool> keep)
    {
        var (from, to) = (0, 0);
        while (from < length)
        {
            var size = 1;
            if (!Rune.TryCreate((char)text[from], out var rune) || !rune.IsAscii)
            {
                Rune.DecodeFromUtf8(text[from..length], out rune, out size);
            }

            if (keep(rune))
            {
                text.Slice(from, size).CopyTo(text[to..]);
                to += size;
            }

            from += size;
        }

        return to;
    }

    /// <summary>Replaces the text.</summary>
    public static int Write(Span<byte> text, ReadOnlySpan<byte> value)
    {
        value.CopyTo(text);
        return value.Length;
    }

    private static int KeepDigits(Span<byte> text, int length)
    {
        var to = 0;
        foreach (var letter in text[..length])
        {
            if (letter is >= (byte)'0' and <= (byte)'9')
            {
                text[to++] = letter;
            }
        }

        return to;
    }

    private static int DropStart(Span<byte> text, int length, int count)
    {
        text[count..length].CopyTo(text);
        return length - count;
    }

    /// <summary>White space, and the byte order mark that files leave in their first cell.</summary>
    private static bool IsSpace(Rune rune) => Rune.IsWhiteSpace(rune) || rune.Value == 0xFEFF;
}
