using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Identifiers;

namespace AudienceSync.Connectors.Meta;

/// <summary>The columns of a customer file and how each value is written.</summary>
/// <remarks>
/// developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences, "Hashing and normalization" (v25.0, page of 2026-04-28). Where the
/// page leaves room: accents stay, spaces within names stay, of a US ZIP+4 the first five digits count, what cannot be is left out.
/// </remarks>
internal static class MetaColumns
{
    /// <summary>Of value-based audiences: a number of at least 0, not hashed.</summary>
    public const string LookalikeValue = "LOOKALIKE_VALUE";

    public static readonly IdentifierRule Country =
        Identifier.Country.As("COUNTRY").LettersOnly().Lowercase().Then("two letters", PersonRewrites.Country).Sha256Hex();

    public static ImmutableArray<IdentifierRule> All { get; } =
    [
        Identifier.ExternalId.As("EXTERN_ID"), // sent as it is
        Identifier.Email.As("EMAIL").TrimmedLowercase().Sha256Hex(),
        Identifier.Phone.As("PHONE").DigitsOnly().Sha256Hex(), // with country code, without leading zeros
        Identifier.BirthDate.As("DOBY").TrimmedLowercase().Then("year", PersonRewrites.BirthYear).Sha256Hex(),
        Identifier.BirthDate.As("DOBM").TrimmedLowercase().Then("month", PersonRewrites.BirthMonth).Sha256Hex(),
        Identifier.BirthDate.As("DOBD").TrimmedLowercase().Then("day", PersonRewrites.BirthDay).Sha256Hex(),
        Identifier.LastName.As("LN").Lowercase().WithoutPunctuation().Trimmed().Sha256Hex(),
        Identifier.FirstName.As("FN").Lowercase().WithoutPunctuation().Trimmed().Sha256Hex(),
        Identifier.FirstName.As("FI").LettersOnly().Lowercase().Then("initial", PersonRewrites.Initial).Sha256Hex(),
        Identifier.Gender.As("GEN").TrimmedLowercase().Then("m or f", PersonRewrites.Gender).Sha256Hex(),
        Identifier.City.As("CT").LettersOnly().Lowercase().Sha256Hex(),
        Identifier.State.As("ST").LettersOnly().Lowercase().Then("US state code", PersonRewrites.State).Sha256Hex(),
        Identifier.PostalCode.As("ZIP").TrimmedLowercase().Then("postal code", PersonRewrites.PostalCode).Sha256Hex(),
        Country,
        Identifier.Idfa.As("MADID").TrimmedLowercase(), // with hyphens, not hashed
    ];
}
