using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace AudienceSync.Benchmarks.Sample;

/// <summary>Members as lines of CSV without header, quotes or blanks: id, email, phone, first name, last name, amount, day.</summary>
internal static class MemberText
{
    /// <summary>No line of the sample is longer.</summary>
    public const int MaxBytes = 256;

    public static readonly string[] Columns = ["id", "email", "phone", "first_name", "last_name", "amount", "day"];

    private const byte Comma = (byte)',';
    private const int DayBytes = 10;
    private static readonly byte[] DayTexts = WriteDayTexts();

    /// <summary>Writes a member without the end of line.</summary>
    /// <returns>The number of bytes written.</returns>
    public static int Write(in Member member, Span<byte> target)
    {
        var length = Append(target, 0, member.Id);
        length = Append(target, length, member.Email);
        length = Append(target, length, member.Phone);
        length = Append(target, length, member.FirstName);
        length = Append(target, length, member.LastName);
        length += WriteCents(member.Cents, target[length..]);
        target[length++] = Comma;
        DayText(member.Day).CopyTo(target[length..]);
        return length + DayBytes;
    }

    /// <exception cref="FormatException">The line has not seven fields of the right kind.</exception>
    public static Member Read(ReadOnlySpan<byte> line)
    {
        var id = Take(ref line);
        var email = Take(ref line);
        var phone = Take(ref line);
        var first = Take(ref line);
        var last = Take(ref line);
        var amount = Take(ref line);
        return new()
        {
            Id = id,
            Email = email,
            Phone = phone,
            FirstName = first,
            LastName = last,
            Cents = ReadCents(amount),
            Day = ReadDay(line),
        };
    }

    private static int Append(Span<byte> target, int length, ReadOnlySpan<byte> text)
    {
        text.CopyTo(target[length..]);
        length += text.Length;
        target[length] = Comma;
        return length + 1;
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> line)
    {
        var end = line.IndexOf(Comma);
        if (end < 0)
        {
            throw new FormatException("A line of the sample has too few fields.");
        }

        var field = line[..end];
        line = line[(end + 1)..];
        return field;
    }

    private static int WriteCents(long cents, Span<byte> target)
    {
        Utf8Formatter.TryFormat(cents / 100, target, out var length);
        var rest = (int)(cents % 100);
        target[length] = (byte)'.';
        target[length + 1] = (byte)('0' + (rest / 10));
        target[length + 2] = (byte)('0' + (rest % 10));
        return length + 3;
    }

    private static long ReadCents(ReadOnlySpan<byte> text)
    {
        if (text is not [.., _, (byte)'.', var tens, var ones])
        {
            throw new FormatException("An amount of the sample has not two decimals.");
        }

        long cents = 0;
        foreach (var digit in text[..^3])
        {
            cents = (cents * 10) + (digit - '0');
        }

        return (cents * 100) + ((tens - '0') * 10) + (ones - '0');
    }

    private static int ReadDay(ReadOnlySpan<byte> text) => text.Length == DayBytes
        ? new DateOnly(
            ((text[0] - '0') * 1000) + ((text[1] - '0') * 100) + ((text[2] - '0') * 10) + (text[3] - '0'),
            ((text[5] - '0') * 10) + (text[6] - '0'),
            ((text[8] - '0') * 10) + (text[9] - '0')).DayNumber
        : throw new FormatException("A day of the sample is not written as yyyy-MM-dd.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ReadOnlySpan<byte> DayText(int day) => DayTexts.AsSpan((day - Members.FirstDay) * DayBytes, DayBytes);

    private static byte[] WriteDayTexts()
    {
        var texts = new byte[Members.Days * DayBytes];
        for (var day = 0; day < Members.Days; day++)
        {
            DateOnly.FromDayNumber(Members.FirstDay + day).TryFormat(texts.AsSpan(day * DayBytes, DayBytes), out _, "yyyy-MM-dd", null);
        }

        return texts;
    }
}
