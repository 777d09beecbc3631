using System.Collections.Frozen;
using System.Text.Json.Serialization;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Profiles.Attributes;

/// <summary>How much an attribute tells of who a person is.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<PiiClass>))]
public enum PiiClass
{
    /// <summary>Nothing that is known of.</summary>
    None,

    /// <summary>Together with others: a birthday, a postcode, an id of somebody's system.</summary>
    Indirect,

    /// <summary>By itself: an address, a number, a name, a device.</summary>
    Direct,

    /// <summary>What the law protects above all, such as health or religion (GDPR, article 9).</summary>
    Sensitive,
}

/// <summary>Guesses the class of an attribute by the words of its name and by its values. A guess is no audit: it is there to make people look.</summary>
internal static class PiiClasses
{
    /// <summary>One address among so many texts makes the attribute one of addresses. Ours.</summary>
    private const int TextsPerAddress = 10;

    private static readonly FrozenSet<string> Sensitive = Words(
        "religion religious faith ethnicity ethnic race racial health medical diagnosis disease illness medication pregnant pregnancy disability disabled "
        + "sexuality sexual political politics biometric genetic blood conviction criminal");

    /// <summary>Of texts, and of whole numbers whose names end so: <c>email_opens</c> is no address.</summary>
    private static readonly FrozenSet<string> Direct = Words(
        "email mail emails phone telephone mobile msisdn cellphone fax whatsapp surname firstname lastname fullname givenname familyname middlename maidenname "
        + "nickname username street address iban bic ssn nino passport licence license taxid vat ip ipaddress ipv idfa gaid idfv aaid deviceid cookie "
        + "cardnumber creditcard twitter facebook instagram linkedin skype");

    private static readonly FrozenSet<string> Indirect = Words(
        "birth birthday birthdate dob born age gender sex salutation honorific zip zipcode postcode postal postalcode plz city town village neighbourhood neighborhood "
        + "lat latitude lon lng longitude geo geolocation location employer company job occupation profession income salary nationality citizenship marital children household");

    /// <summary>Words that make <c>name</c> beside them the name of a person.</summary>
    private static readonly FrozenSet<string> OfPeople = Words("first last full given family middle maiden nick user display sur contact customer person legal birth");

    /// <param name="types">Of the values there were.</param>
    /// <param name="statistics">Null when no profile has a value.</param>
    public static PiiClass Of(string name, IReadOnlyCollection<CellType> types, AttributeStatistics? statistics)
    {
        if (ProfileColumns.IsIdentifier(name))
        {
            return name is ProfileColumns.ExternalId ? PiiClass.Indirect : PiiClass.Direct;
        }

        var words = AttributeNames.WordsOf(name);
        return words.Exists(Sensitive.Contains) ? PiiClass.Sensitive
            : IsDirect(words, types) || statistics is { Addresses: > 0 } told && told.Addresses * TextsPerAddress >= told.LookedAt ? PiiClass.Direct
            : words.Exists(Indirect.Contains) && types.Any(type => type is not CellType.Boolean) ? PiiClass.Indirect
            : PiiClass.None;
    }

    /// <summary>Whether a text is an e-mail address or an international phone number.</summary>
    public static bool IsAddress(string text) =>
        ProfileRules.CheckIdentifier(ProfileColumns.Email, ref text, "") is null || ProfileRules.CheckIdentifier(ProfileColumns.Phone, ref text, "") is null;

    private static bool IsDirect(List<string> words, IReadOnlyCollection<CellType> types) =>
        types.Any(type => type is CellType.Text or CellType.TextList) ? words.Exists(Direct.Contains) || IsName(words)
        : types.Contains(CellType.Integer) && words.Count > 0 && Direct.Contains(words[^1]);

    private static bool IsName(List<string> words) => words.IndexOf("name") is >= 0 and var at
        && (words.Count == 1 || (at > 0 && OfPeople.Contains(words[at - 1])) || (at + 1 < words.Count && OfPeople.Contains(words[at + 1])));

    private static FrozenSet<string> Words(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
