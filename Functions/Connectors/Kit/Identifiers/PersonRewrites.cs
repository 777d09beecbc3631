using System.Buffers.Text;
using System.Collections.Frozen;
using System.Text;

namespace AudienceSync.Connectors.Kit.Identifiers;

/// <summary>The steps for what describes a person: gender, birth date, address. What cannot be becomes empty: no platform matches by it.</summary>
internal static class PersonRewrites
{
    /// <summary>First letters of a month's English name that tell it apart.</summary>
    private const int MonthLetters = 3;

    /// <summary>US states by their English names, without spaces; the District of Columbia too.</summary>
    private static readonly FrozenDictionary<string, string> States = new Dictionary<string, string>
    {
        ["alabama"] = "al",
        ["alaska"] = "ak",
        ["arizona"] = "az",
        ["arkansas"] = "ar",
        ["california"] = "ca",
        ["colorado"] = "co",
        ["connecticut"] = "ct",
        ["delaware"] = "de",
        ["districtofcolumbia"] = "dc",
        ["florida"] = "fl",
        ["georgia"] = "ga",
        ["hawaii"] = "hi",
        ["idaho"] = "id",
        ["illinois"] = "il",
        ["indiana"] = "in",
        ["iowa"] = "ia",
        ["kansas"] = "ks",
        ["kentucky"] = "ky",
        ["louisiana"] = "la",
        ["maine"] = "me",
        ["maryland"] = "md",
        ["massachusetts"] = "ma",
        ["michigan"] = "mi",
        ["minnesota"] = "mn",
        ["mississippi"] = "ms",
        ["missouri"] = "mo",
        ["montana"] = "mt",
        ["nebraska"] = "ne",
        ["nevada"] = "nv",
        ["newhampshire"] = "nh",
        ["newjersey"] = "nj",
        ["newmexico"] = "nm",
        ["newyork"] = "ny",
        ["northcarolina"] = "nc",
        ["northdakota"] = "nd",
        ["ohio"] = "oh",
        ["oklahoma"] = "ok",
        ["oregon"] = "or",
        ["pennsylvania"] = "pa",
        ["rhodeisland"] = "ri",
        ["southcarolina"] = "sc",
        ["southdakota"] = "sd",
        ["tennessee"] = "tn",
        ["texas"] = "tx",
        ["utah"] = "ut",
        ["vermont"] = "vt",
        ["virginia"] = "va",
        ["washington"] = "wa",
        ["westvirginia"] = "wv",
        ["wisconsin"] = "wi",
        ["wyoming"] = "wy",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static ReadOnlySpan<byte> MonthNames => "janfebmaraprmayjunjulaugsepoctnovdec"u8;

    /// <summary><c>m</c> or <c>f</c>; anything else is empty, not a guess.</summary>
    public static int Gender(Span<byte> text, int length) => Encoding.UTF8.GetString(text[..length]) switch
    {
        "m" or "male" or "man" or "boy" => Rewrites.Write(text, "m"u8),
        "f" or "female" or "woman" or "girl" => Rewrites.Write(text, "f"u8),
        _ => 0,
    };

    /// <summary>The year, 1900 to 2099, of a year or of a date that begins with it.</summary>
    public static int BirthYear(Span<byte> text, int length) => Part(text, length, 0, 4) is >= 1900 and <= 2099 and var year ? WriteNumber(text, year, 4) : 0;

    /// <summary>Two digits, of a number, an English name or a date.</summary>
    public static int BirthMonth(Span<byte> text, int length)
    {
        var name = length >= MonthLetters ? MonthNames.IndexOf(text[..MonthLetters]) : -1;
        var month = name >= 0 && name % MonthLetters == 0 ? (name / MonthLetters) + 1 : Part(text, length, 5, 2);
        return month is >= 1 and <= 12 ? WriteNumber(text, month.Value, 2) : 0;
    }

    /// <summary>Two digits, of a number or a date.</summary>
    public static int BirthDay(Span<byte> text, int length) => Part(text, length, 8, 2) is >= 1 and <= 31 and var day ? WriteNumber(text, day, 2) : 0;

    /// <summary>The first letter.</summary>
    public static int Initial(Span<byte> text, int length) =>
        Rune.DecodeFromUtf8(text[..length], out var first, out var size) is System.Buffers.OperationStatus.Done && Rune.IsLetter(first) ? size : 0;

    /// <summary>The code of a US state for its name. Lower-case letters are expected.</summary>
    public static int State(Span<byte> text, int length) =>
        length > 2 && States.TryGetValue(Encoding.UTF8.GetString(text[..length]), out var code) ? Encoding.UTF8.GetBytes(code, text) : length;

    /// <summary>Without spaces and dashes; of a US ZIP+4 the first five digits.</summary>
    public static int PostalCode(Span<byte> text, int length)
    {
        var digits = text[..length].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var extended = digits == 5 && length == 10 && text[5] is (byte)'-';
        length = Rewrites.Keep(text, length, static rune => rune.Value != '-' && !Rune.IsWhiteSpace(rune));
        return extended || (length == 9 && digits < 0) ? 5 : length;
    }

    /// <summary>Two letters, else empty. Lower- or upper-case letters are expected.</summary>
    public static int Country(Span<byte> text, int length) => length == 2 && Ascii.IsValid(text[..length]) ? length : 0;

    /// <summary>The number of these digits in <c>yyyy-MM-dd…</c>, else of the whole text; dots around it do not count.</summary>
    private static int? Part(ReadOnlySpan<byte> text, int length, int start, int digits)
    {
        var number = length >= 10 && text[4] is (byte)'-' && text[7] is (byte)'-' ? text.Slice(start, digits) : text[..length].Trim("."u8);
        return number.Length <= digits && Utf8Parser.TryParse(number, out int value, out var read) && read == number.Length ? value : null;
    }

    private static int WriteNumber(Span<byte> text, int number, int digits)
    {
        for (var at = digits - 1; at >= 0; at--, number /= 10)
        {
            text[at] = (byte)('0' + (number % 10));
        }

        return digits;
    }
}
