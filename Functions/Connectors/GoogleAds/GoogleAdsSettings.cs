using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Connectors.GoogleAds;

/// <summary>The settings of a Google Ads account and the rules between them.</summary>
internal static class GoogleAdsSettings
{
    public const string ContactList = "CONTACT_ID";
    public const string MobileList = "MOBILE_ID";
    public const string UserList = "USER_ID";

    private const string Unspecified = "unspecified";
    private const string DataManager = "dataManager";
    private const string DataManagerScope = "https://www.googleapis.com/auth/datamanager";
    private const string AdsScope = "https://www.googleapis.com/auth/adwords";

    public static readonly SettingField CustomerId = SettingField.Text("customerId", "Customer ID", "Of the account that owns the lists, with or without hyphens.", required: true, pattern: "[0-9]{3}-?[0-9]{3}-?[0-9]{4}");

    public static readonly SettingField ManagerId = SettingField.Text("managerId", "Manager account ID", "Only where access goes through a manager account.", pattern: "[0-9]{3}-?[0-9]{3}-?[0-9]{4}");

    public static readonly SettingField ClientId = SettingField.Text("clientId", "Client ID", "Of the OAuth client. Or give a service account key.", pattern: "[A-Za-z0-9._-]{1,256}");

    public static readonly SettingField ClientSecret = SettingField.Secret("clientSecret", "Client secret", "Of that OAuth client.");

    public static readonly SettingField RefreshToken = SettingField.Secret("refreshToken", "Refresh token", "Of a user who consented to the scope datamanager.");

    public static readonly SettingField ServiceAccountKey = SettingField.Secret("serviceAccountKey", "Service account key", "The whole JSON key file of an account that is a user of the Google Ads account.");

    public static readonly SettingField KeyType = SettingField.Choice(
        "keyType", "Kind of list", "What a new list matches by, for good: CONTACT_ID e-mail, phone and address; MOBILE_ID device ids; USER_ID your own ids.", [ContactList, MobileList, UserList], ContactList);

    public static readonly SettingField AppId = SettingField.Text("appId", "App ID", "Only for lists of device ids: of the app that the ids are from.", pattern: "[A-Za-z0-9._-]{1,256}");

    public static readonly SettingField KeySpace = SettingField.Choice("keySpace", "Kind of device ids", "Only for lists of device ids.", ["ANDROID", "IOS"], "ANDROID");

    public static readonly SettingField Days = SettingField.Number("membershipDays", "Days of membership", "How long a member stays on a new list if not added again.", 1, 540, 540);

    public static readonly SettingField UserDataConsent = SettingField.Choice(
        "adUserData", "Consent to ad user data", "What Google is told of all members that are added.", [Unspecified, "granted", "denied"], Unspecified);

    public static readonly SettingField PersonalizationConsent = SettingField.Choice(
        "adPersonalization", "Consent to ad personalisation", "What Google is told of all members that are added.", [Unspecified, "granted", "denied"], Unspecified);

    public static readonly SettingField Api = SettingField.Choice(
        "api", "Interface", "dataManager: the Data Manager API, Google's way for new work. googleAds: jobs of the Google Ads API, with a developer token.", [DataManager, "googleAds"], DataManager);

    public static readonly SettingField DeveloperToken = SettingField.Secret("developerToken", "Developer token", "Only for the Google Ads API: of the manager account, with access to Customer Match.");

    public static readonly SettingField AdsApiVersion = SettingField.Text("adsApiVersion", "Google Ads API version", "Only for the Google Ads API. A version is served for about a year.", pattern: "v[0-9]{1,3}", @default: "v23");

    public static readonly SettingField ApiVersion = SettingField.Text("apiVersion", "API version", "Of the Data Manager API.", pattern: "v[0-9]{1,3}", @default: "v1");

    public static ImmutableArray<SettingField> All { get; } =
    [
        CustomerId, ManagerId, ClientId, ClientSecret, RefreshToken, ServiceAccountKey, KeyType, AppId, KeySpace, Days, UserDataConsent, PersonalizationConsent, ApiVersion, Api, DeveloperToken,
        AdsApiVersion,
    ];

    public static TokenSource Token { get; } = new()
    {
        BuildRequest = static settings => Account(settings) is { } account
            ? account.TokenRequest()
            : OAuthTokens.Refresh(new("https://oauth2.googleapis.com/token"), RefreshToken.In(settings), ClientId.In(settings), ClientSecret.In(settings)),
        Authorize = static context => Account(context.Settings)?.Complete(context.Request, IsAdsApi(context.Settings) ? AdsScope : DataManagerScope, context.Now),
        ReadResponse = OAuthTokens.Read,
        RefreshToken = RefreshToken,
    };

    /// <summary>Exactly one way to authenticate, and all its parts; what device ids need.</summary>
    public static ImmutableArray<Fault> Check(ConnectorSettings settings)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        if (ServiceAccountKey.IsSetIn(settings) == RefreshToken.IsSetIn(settings))
        {
            faults.Add(new("/secrets", RefreshToken.IsSetIn(settings) ? "ambiguous" : "required", "Give exactly one of refreshToken and serviceAccountKey."));
        }

        SettingField[] client = [ClientId, ClientSecret];
        foreach (var field in client.Where(field => RefreshToken.IsSetIn(settings) && !field.IsSetIn(settings)))
        {
            faults.Add(new(SettingRules.PointerTo(field), "required", $"{field.Label} is required with a refresh token."));
        }

        if (ServiceAccountKey.IsSetIn(settings) && GoogleServiceAccount.Read(ServiceAccountKey.In(settings), out var reason) is null)
        {
            faults.Add(new(SettingRules.PointerTo(ServiceAccountKey), "invalid_secret", reason));
        }

        if (KeyType.In(settings) is MobileList && !AppId.IsSetIn(settings))
        {
            faults.Add(new(SettingRules.PointerTo(AppId), "required", "Lists of device ids need the app that the ids are from."));
        }

        if (IsAdsApi(settings) && !DeveloperToken.IsSetIn(settings))
        {
            faults.Add(new(SettingRules.PointerTo(DeveloperToken), "required", "The Google Ads API needs a developer token."));
        }

        return faults.ToImmutable();
    }

    public static bool IsAdsApi(ConnectorSettings settings) => Api.In(settings) is not DataManager;

    /// <summary>Each call's credentials; the Google Ads API asks for the developer token too, and for the manager account in a header of its own.</summary>
    public static void Authorize(SigningContext context)
    {
        var (headers, settings) = (context.Request.Headers, context.Settings);
        headers.Authorization = new("Bearer", context.Token);
        if (IsAdsApi(settings))
        {
            headers.Add("developer-token", DeveloperToken.In(settings));
            if (ManagerId.IsSetIn(settings))
            {
                headers.Add("login-customer-id", Digits(ManagerId, settings));
            }
        }
    }

    public static string Digits(SettingField field, ConnectorSettings settings) => field.In(settings).Replace("-", "", StringComparison.Ordinal);

    /// <summary>What Google is told; null to say nothing.</summary>
    public static string? Consent(SettingField field, ConnectorSettings settings) => field.In(settings) is Unspecified ? null : field.In(settings).ToUpperInvariant();

    private static GoogleServiceAccount? Account(ConnectorSettings settings) => !ServiceAccountKey.IsSetIn(settings)
        ? null
        : GoogleServiceAccount.Read(ServiceAccountKey.In(settings), out _) ?? throw new FormatException("The key file is none.");
}
