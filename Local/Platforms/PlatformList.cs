using AudienceSync.Local.Platforms.Players;

namespace AudienceSync.Local.Platforms;

/// <summary>The platforms in play: one line for each.</summary>
internal static class PlatformList
{
    public static IEnumerable<Platform> Create(TimeProvider time) =>
    [
        new Klaviyo(time),
        new Mailchimp(time),
        new Braze(time),
        new HubSpot(time),
        new Iterable(time),
        new SendGrid(time),
        new CustomerIo(time),
        new Intercom(time),
        new Salesforce(time),
        new Zendesk(time),
        new Dotdigital(time),
        new CampaignMonitor(time),
        new Attentive(time),
        new Purchasely(time),
        new Zapier(time),
        new SegmentEvents(time),
        new Shopify(time),
        new MetaAudiences(time),
        new TikTokAudiences(time),
        new CriteoAudiences(time),
        new GoogleAds(time),
        new LinkedInAudiences(time),
        new AmazonS3(time),
        new GoogleStorage(time),
        new AzureBlob(time),
        new Webhook(time),
    ];
}
