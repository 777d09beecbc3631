using System.Globalization;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.Demo;

internal enum ProfileChangeKind
{
    Identify,
    Consent,
    Erase,
}

/// <summary>One operation of <c>POST /profiles/batch</c>.</summary>
internal sealed record ProfileChange(ProfileChangeKind Kind, Customer Customer, DateTimeOffset OccurredAt)
{
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["op"] = Kind switch { ProfileChangeKind.Identify => "identify", ProfileChangeKind.Consent => "consent", _ => "erase" },
            ["id"] = Customer.Id,
            ["occurredAt"] = Text(OccurredAt),
        };
        if (Kind is ProfileChangeKind.Identify)
        {
            json["identifiers"] = new JsonObject { ["email"] = Customer.Email, ["phone"] = Customer.Phone };
            json["attributes"] = new JsonObject
            {
                ["firstName"] = Customer.FirstName,
                ["lastName"] = Customer.LastName,
                ["country"] = Customer.Country,
                ["orders"] = Customer.Orders,
                ["revenue"] = Customer.Revenue,
                ["lastOrderAt"] = Customer.LastOrderAt is { } at ? Text(at) : null,
                ["tags"] = new JsonArray([.. Customer.Tags.Select(tag => JsonValue.Create(tag))]),
            };
        }

        if (Kind is not ProfileChangeKind.Erase && Customer.Consent is not MarketingConsent.NeverAsked)
        {
            json["consents"] = new JsonObject
            {
                ["marketing"] = new JsonObject
                {
                    ["state"] = Customer.Consent is MarketingConsent.Granted ? "granted" : "denied",
                    ["source"] = "preference centre",
                    ["capturedAt"] = Text(OccurredAt),
                },
            };
        }

        return json;
    }

    public static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
