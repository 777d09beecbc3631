using AudienceSync.Connectors.AmazonS3;
using AudienceSync.Connectors.Attentive;
using AudienceSync.Connectors.AzureBlob;
using AudienceSync.Connectors.Braze;
using AudienceSync.Connectors.CampaignMonitor;
using AudienceSync.Connectors.Criteo;
using AudienceSync.Connectors.CustomerIo;
using AudienceSync.Connectors.Dotdigital;
using AudienceSync.Connectors.GoogleAds;
using AudienceSync.Connectors.GoogleCloudStorage;
using AudienceSync.Connectors.HubSpot;
using AudienceSync.Connectors.Intercom;
using AudienceSync.Connectors.Iterable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Klaviyo;
using AudienceSync.Connectors.LinkedIn;
using AudienceSync.Connectors.Mailchimp;
using AudienceSync.Connectors.Meta;
using AudienceSync.Connectors.Postgres;
using AudienceSync.Connectors.Salesforce;
using AudienceSync.Connectors.SendGrid;
using AudienceSync.Connectors.Shopify;
using AudienceSync.Connectors.TikTok;
using AudienceSync.Connectors.Webhook;
using AudienceSync.Connectors.Zendesk;

namespace AudienceSync.Connectors;

/// <summary>The connectors of this installation: one line for each.</summary>
public static class ConnectorList
{
    public static ConnectorCatalog All { get; } = new(
        AmazonS3Connector.Definition,
        AttentiveConnector.Definition,
        AzureBlobConnector.Definition,
        BrazeConnector.Definition,
        CampaignMonitorConnector.Definition,
        CriteoAudiences.Definition,
        CustomerIoConnector.Definition,
        DotdigitalConnector.Definition,
        GoogleAdsCustomerMatch.Definition,
        GoogleCloudStorageConnector.Definition,
        HubSpotConnector.Definition,
        IntercomConnector.Definition,
        IterableConnector.Definition,
        KlaviyoConnector.Definition,
        LinkedInAudiences.Definition,
        MailchimpConnector.Definition,
        MetaCustomAudiences.Definition,
        PostgresConnector.Definition,
        PurchaselyAudiences.Definition,
        SalesforceConnector.Definition,
        SegmentEvents.Definition,
        SendGridConnector.Definition,
        ShopifyConnector.Definition,
        TikTokAudiences.Definition,
        WebhookConnector.Definition,
        ZapierHooks.Definition,
        ZendeskConnector.Definition);
}
