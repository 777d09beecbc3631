using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Identifiers;

namespace AudienceSync.Connectors.GoogleAds;

/// <summary>The identifiers of members, and the body that adds or removes them.</summary>
/// <remarks>
/// developers.google.com/data-manager/api/devguides/concepts/formatting and .../reference/rest/v1/audienceMembers (read 2026-08). An address counts with all
/// four parts only. The member's kind follows the list's: contact data, device ids, or own ids.
/// </remarks>
internal static class GoogleAdsMembers
{
    private const string Email = "emailAddress";
    private const string Phone = "phoneNumber";
    private const string MobileId = "mobileId";
    private const string UserId = "userId";

    public static ImmutableArray<IdentifierRule> All { get; } =
    [
        Identifier.Email.As(Email).WithoutWhitespace().Lowercase().GmailMailbox().Sha256Hex(),
        Identifier.Phone.As(Phone).E164().Sha256Hex(), // with its plus
        Identifier.FirstName.As("givenName").Lowercase().WithoutPunctuation().Trimmed().Sha256Hex(),
        Identifier.LastName.As("familyName").Lowercase().WithoutPunctuation().Trimmed().Sha256Hex(),
        Identifier.Country.As("regionCode").LettersOnly().Uppercase().Then("two letters", PersonRewrites.Country), // not hashed, nor the postal code
        Identifier.PostalCode.As("postalCode").Trimmed(),
        Identifier.Gaid.As(MobileId).Trimmed(),
        Identifier.ExternalId.As(UserId).Trimmed(),
    ];

    private static readonly ImmutableArray<IdentifierRule> Address = All[2..6];

    /// <summary>Why a member cannot be sent to a list of this kind.</summary>
    public static RowOutcome? Check(DeliveryRow row, DeliveryBatch batch, ConnectorSettings settings)
    {
        var isReachable = GoogleAdsSettings.KeyType.In(settings) switch
        {
            GoogleAdsSettings.MobileList => All[6].IsFilled(row.Fields),
            GoogleAdsSettings.UserList => All[7].IsFilled(row.Fields),
            _ => All[0].IsFilled(row.Fields) || All[1].IsFilled(row.Fields) || Address.All(rule => rule.IsFilled(row.Fields)),
        };
        return isReachable ? null : new(RowFate.Rejected, "missing_identifier", "The member has no identifier that a list of this kind matches by; an address needs all four parts.");
    }

    public static void Write(Utf8JsonWriter json, DeliveryBatch batch, ConnectorSettings settings)
    {
        using var table = IdentifierTable.Of(batch.Rows, All);
        var isAdd = batch.Rows[0].Operation is not DeliveryOperation.Remove;
        json.WriteStartObject();
        json.WriteStartArray("destinations");
        json.WriteStartObject();
        WriteAccount(json, "operatingAccount", GoogleAdsSettings.Digits(GoogleAdsSettings.CustomerId, settings));
        if (GoogleAdsSettings.ManagerId.IsSetIn(settings))
        {
            WriteAccount(json, "loginAccount", GoogleAdsSettings.Digits(GoogleAdsSettings.ManagerId, settings));
        }

        json.WriteString("productDestinationId", batch.Audience.ExternalId);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartArray("audienceMembers");
        for (var row = 0; row < batch.Rows.Length; row++)
        {
            json.WriteStartObject();
            WriteMember(json, table, row, GoogleAdsSettings.KeyType.In(settings));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("encoding", "HEX");
        if (isAdd)
        {
            WriteConsent(json, settings, prefix: "CONSENT_");
            json.WriteStartObject("termsOfService");
            json.WriteString("customerMatchTermsOfServiceStatus", "ACCEPTED");
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>The same identifiers under the names of the Google Ads API.</summary>
    public static void WriteUserIdentifiers(Utf8JsonWriter json, IdentifierTable table, int row, string keyType)
    {
        if (keyType is not GoogleAdsSettings.ContactList)
        {
            json.WriteStartObject();
            json.WriteString(keyType is GoogleAdsSettings.MobileList ? MobileId : "thirdPartyUserId", table[row, keyType is GoogleAdsSettings.MobileList ? 6 : 7]);
            json.WriteEndObject();
            return;
        }

        for (var rule = 0; rule < 2; rule++)
        {
            if (table[row, rule] is { IsEmpty: false } value)
            {
                json.WriteStartObject();
                json.WriteString(rule == 0 ? "hashedEmail" : "hashedPhoneNumber", value);
                json.WriteEndObject();
            }
        }

        if (HasAddress(table, row))
        {
            json.WriteStartObject();
            json.WriteStartObject("addressInfo");
            json.WriteString("hashedFirstName", table[row, 2]);
            json.WriteString("hashedLastName", table[row, 3]);
            json.WriteString("countryCode", table[row, 4]);
            json.WriteString("postalCode", table[row, 5]);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    private static bool HasAddress(IdentifierTable table, int row) => !table[row, 2].IsEmpty && !table[row, 3].IsEmpty && !table[row, 4].IsEmpty && !table[row, 5].IsEmpty;

    private static void WriteMember(Utf8JsonWriter json, IdentifierTable table, int row, string keyType)
    {
        if (keyType is GoogleAdsSettings.MobileList)
        {
            json.WriteStartObject("mobileData");
            json.WriteStartArray("mobileIds");
            json.WriteStringValue(table[row, 6]);
            json.WriteEndArray();
            json.WriteEndObject();
            return;
        }

        if (keyType is GoogleAdsSettings.UserList)
        {
            json.WriteStartObject("userIdData");
            json.WriteString(UserId, table[row, 7]);
            json.WriteEndObject();
            return;
        }

        json.WriteStartObject("userData");
        json.WriteStartArray("userIdentifiers");
        for (var rule = 0; rule < 2; rule++)
        {
            if (table[row, rule] is { IsEmpty: false } value)
            {
                json.WriteStartObject();
                json.WriteString(All[rule].Field, value);
                json.WriteEndObject();
            }
        }

        if (HasAddress(table, row))
        {
            json.WriteStartObject();
            json.WriteStartObject("address");
            for (var part = 0; part < Address.Length; part++)
            {
                json.WriteString(Address[part].Field, table[row, 2 + part]);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteAccount(Utf8JsonWriter json, string name, string id)
    {
        json.WriteStartObject(name);
        json.WriteString("accountType", "GOOGLE_ADS");
        json.WriteString("accountId", id);
        json.WriteEndObject();
    }

    /// <param name="prefix">Of the values, as the interface spells them.</param>
    public static void WriteConsent(Utf8JsonWriter json, ConnectorSettings settings, string prefix)
    {
        var data = GoogleAdsSettings.Consent(GoogleAdsSettings.UserDataConsent, settings);
        var ads = GoogleAdsSettings.Consent(GoogleAdsSettings.PersonalizationConsent, settings);
        if (data is null && ads is null)
        {
            return;
        }

        json.WriteStartObject("consent");
        if (data is not null)
        {
            json.WriteString("adUserData", prefix + data);
        }

        if (ads is not null)
        {
            json.WriteString("adPersonalization", prefix + ads);
        }

        json.WriteEndObject();
    }
}
