using System.Globalization;
using System.Text.RegularExpressions;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>What is checked at the door, wherever a profile's values come in. The limits are ours.</summary>
internal static partial class ProfileRules
{
    public const int MaxIdLength = 256;
    public const int MaxAttributes = 200;
    public const int MaxTextBytes = 8 * 1024;
    public const int MaxListItems = 100;
    public const int MaxPurposes = 100;
    public const int MaxSourceLength = 256;

    /// <summary>How far ahead of our clock a time may lie, for clocks that are wrong.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromHours(24);

    public static Fault? CheckId(string id, string pointer) => id switch
    {
        "" => new(pointer, "id_empty", "The id is empty. Give the customer's id, 1 to 256 characters."),
        { Length: > MaxIdLength } => new(pointer, "id_too_long", $"The id has {id.Length} characters; at most {MaxIdLength} are taken."),
        _ when id.Any(char.IsControl) => new(pointer, "id_invalid", "The id holds a control character. Remove it."),
        _ when HasLoneSurrogate(id) => new(pointer, "id_invalid", "The id holds half a surrogate pair, which is no character. Send valid Unicode."),
        _ => null,
    };

    /// <summary>Checks an identifier and normalises it (phones to E.164 without separators).</summary>
    public static Fault? CheckIdentifier(string name, ref string value, string pointer)
    {
        switch (name)
        {
            case ProfileColumns.Email:
                // RFC 5321 4.5.3.1: a path is at most 256 octets with its brackets.
                return value.Length <= 254 && Email.IsMatch(value)
                    ? null
                    : new(pointer, "invalid_email", "The e-mail address needs one @ with text on both sides, no spaces, and at most 254 characters.");
            case ProfileColumns.Phone:
                value = PhoneSeparators.Replace(value, "");
                return Phone.IsMatch(value)
                    ? null
                    : new(pointer, "invalid_phone", "The phone number needs E.164 form: '+', country code, 8 to 15 digits in all. Spaces, brackets, dots and hyphens are removed.");
            case ProfileColumns.Idfa or ProfileColumns.Gaid:
                return Guid.TryParseExact(value, "D", out _)
                    ? null
                    : new(pointer, $"invalid_{name}", $"The {name} needs UUID form, 8-4-4-4-12 hexadecimal digits.");
            default:
                return value.Length is > 0 and <= MaxIdLength && !value.Any(char.IsControl)
                    ? null
                    : new(pointer, $"invalid_{name}", $"The {name} needs 1 to {MaxIdLength} characters without control characters.");
        }
    }

    /// <summary>Checks the values of an identifier, all of them, and normalises them in place.</summary>
    public static IEnumerable<Fault> CheckIdentifiers(string name, string[] values, string pointer)
    {
        if (values.Length is 0 or > SeenValues.Most)
        {
            yield return values.Length == 0
                ? new(pointer, "empty_list", $"The list of values for {name} is empty. Send null to clear them.")
                : new(pointer, "too_many_values", $"The list has {values.Length} values for {name}; a profile keeps at most {SeenValues.Most}.");
            yield break;
        }

        for (var index = 0; index < values.Length; index++)
        {
            if (CheckIdentifier(name, ref values[index], $"{pointer}/{index}") is { } fault)
            {
                yield return fault;
            }
        }
    }

    public static Fault? CheckAttributeName(string name, string pointer)
    {
        if (ProfileColumns.IsIdentifier(name))
        {
            return new(pointer, "reserved_name", $"'{name}' is an identifier, not an attribute. Put it under 'identifiers'.");
        }

        if (ProfileColumns.Reserved.Contains(name))
        {
            return new(pointer, "reserved_name", $"'{name}' is a reserved name. Choose another name for the attribute.");
        }

        return AttributeName.IsMatch(name)
            ? null
            : new(pointer, "invalid_attribute_name", "An attribute name has 1 to 128 characters, none of them '$' or a control character.");
    }

    public static Fault? CheckValue(Cell cell, string pointer)
    {
        switch (cell.Type)
        {
            case CellType.Text when TooLong(cell.AsText()):
                return new(pointer, "text_too_long", $"The text is longer than {MaxTextBytes} bytes of UTF-8. Shorten it.");
            case CellType.TextList when cell.AsTextList().Length > MaxListItems:
                return new(pointer, "list_too_long", $"The list has {cell.AsTextList().Length} items; at most {MaxListItems} are taken.");
            case CellType.TextList when cell.AsTextList().Any(TooLong):
                return new(pointer, "text_too_long", $"An item of the list is longer than {MaxTextBytes} bytes of UTF-8. Shorten it.");
            default:
                return null;
        }
    }

    public static Fault? CheckPurpose(string purpose, string pointer) => Purpose.IsMatch(purpose)
        ? null
        : new(pointer, "invalid_purpose", "A consent purpose has 1 to 64 characters, none of them '$' or a control character.");

    /// <summary>Whether a time lies too far ahead of <paramref name="now"/>.</summary>
    public static Fault? CheckTime(DateTimeOffset moment, DateTimeOffset now, string pointer) => moment <= now + MaxAhead
        ? null
        : new(pointer, "in_the_future", string.Create(
            CultureInfo.InvariantCulture, $"{Timestamps.Format(moment)} is more than {MaxAhead.TotalHours:0} hours ahead of our clock ({Timestamps.Format(now)})."));

    public static Fault? CheckSize(ProfileOperation operation, string pointer) => ProfileSize.Of(operation) is var bytes && bytes <= ProfileSize.MaxOperationBytes
        ? null
        : new(pointer, "operation_too_large", $"The operation takes about {bytes} bytes; at most {ProfileSize.MaxOperationBytes} are taken. Send its attributes in several operations.");

    public static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TooLong(string text) =>
        text.Length > MaxTextBytes || (text.Length > MaxTextBytes / 3 && System.Text.Encoding.UTF8.GetByteCount(text) > MaxTextBytes);

    [GeneratedRegex(@"\A[^@\s\p{Cc}]+@[^@\s\p{Cc}]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Email { get; }

    [GeneratedRegex(@"[ ().\u00A0-]", RegexOptions.CultureInvariant)]
    private static partial Regex PhoneSeparators { get; }

    [GeneratedRegex(@"\A\+[1-9][0-9]{7,14}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Phone { get; }

    [GeneratedRegex(@"\A[^$\p{Cc}]{1,128}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AttributeName { get; }

    [GeneratedRegex(@"\A[^$\p{Cc}]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Purpose { get; }
}
