using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Salesforce;

/// <summary>Salesforce CRM: keeps the members of a campaign, who are contacts or leads; people are found, updated and, if wanted, created.</summary>
/// <remarks>
/// Wire facts: developer.salesforce.com, REST API guide (v64.0, read 2026-08): sObject collections take 200 records a call and answer each in its place inside a 200; a campaign member is unique for
/// a campaign and a person; calls go to the <c>instance_url</c> of the token's answer; the daily limit is a 403 with REQUEST_LIMIT_EXCEEDED. Emails are not unique: the oldest record is taken.
/// </remarks>
internal static class SalesforceConnector
{
    /// <summary>Theirs, of sObject collections.</summary>
    private const int MostRecords = 200;

    /// <summary>Ours: addresses and headers may have 16 KB in all, and an email takes some 50 bytes of it.</summary>
    private const int MostLookedUp = 100;

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "salesforce",
        DisplayName = "Salesforce",
        DocsUrl = new("https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm"),
        Summary = "Adds contacts or leads to, and removes them from, one campaign; updates their fields, and creates those who are missing if you want.",
        RowAnswers = "Each record has its answer in its place, inside a 200: success, or the codes of what is wrong with it.",
        Notes =
        [
            "An exit deletes the campaign membership, never the contact or the lead.",
            "By email the oldest record is taken where several have the same address; an external ID field is surer.",
            "The user that the app runs as needs the Marketing User box to work with campaigns.",
            "Creating needs LastName, and for a lead Company too.",
        ],
        Sources =
        [
            new("Salesforce REST API v64.0: sObject collections", "https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm", "2026-08"),
            new("Salesforce object reference: CampaignMember", "https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_campaignmember.htm", "2026-08"),
            new("Salesforce: OAuth 2.0 flows", "https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flows.htm", "2026-08"),
            new("Salesforce: API request limits", "https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_api.htm", "2026-08"),
        ],
        Settings = SalesforceSettings.All,
        CheckSettings = SalesforceSettings.Check,
        Fields = new()
        {
            Identifiers = [SalesforcePeople.Email, SalesforcePeople.ExternalId, SalesforcePeople.RecordId],
            Need = IdentifierNeed.AtLeastOneOf,
            Known = ["FirstName", "LastName", "Company", "Phone", "MobilePhone"],
            NamePattern = "^[A-Za-z][A-Za-z0-9_]*$",
            NameHint = "it is the API name of a field, such as FirstName or Tier__c",
        },
        DefaultMapping = [new("email", "Email", IsIdentifier: true), new("firstName", "FirstName"), new("lastName", "LastName")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = MostRecords,
            ConcurrentCalls = 2, // ours: two batches may hold people of one account, whose row is locked
            CallsPerDay = 50_000, // ours, half of what the smallest org has
            MaxResponseBytes = 1024 * 1024,
            MixesOperations = true,
        },
        CapabilitiesFor = static (settings, _) => Definition!.Capabilities with { CallsPerDay = SalesforceSettings.DailyCalls.NumberIn(settings) },
        CheckRow = static (row, _, settings) => SalesforcePeople.CheckRow(row, settings),
        Steps =
        [
            new() { Name = "look up", Parts = LookedUp, BuildRequest = SalesforcePeople.BuildLookUp, ReadResponse = SalesforcePeople.ReadLookUp },
            new() { Name = "upsert", Parts = Upserted, BuildRequest = SalesforcePeople.BuildUpsert, ReadResponse = SalesforcePeople.ReadWrite },
            new() { Name = "update", Parts = Updated, BuildRequest = SalesforcePeople.BuildUpdate, ReadResponse = SalesforcePeople.ReadWrite },
            new() { Name = "create", Parts = Created, BuildRequest = SalesforcePeople.BuildCreate, ReadResponse = SalesforcePeople.ReadWrite },
            new() { Name = "add members", Parts = Added, BuildRequest = SalesforceMembers.BuildAdd, ReadResponse = SalesforceMembers.ReadAdd },
            new() { Name = "find members", Parts = Removed, BuildRequest = SalesforceMembers.BuildFind, ReadResponse = SalesforceMembers.ReadFind },
            new() { Name = "remove members", Parts = Removed, BuildRequest = SalesforceMembers.BuildRemove, ReadResponse = SalesforceMembers.ReadRemove },
        ],
        FindAudience = [new() { Name = "campaign", BuildRequest = SalesforceMembers.BuildCampaignQuery, ReadResponse = SalesforceMembers.ReadCampaignQuery }],
        CreateAudience = [new() { Name = "create campaign", BuildRequest = SalesforceMembers.BuildCampaign, ReadResponse = SalesforceMembers.ReadCampaign }],
        Check = new()
        {
            Name = "limits",
            BuildRequest = static (_, settings, _) => new(HttpMethod.Get, SalesforceSettings.Address(settings, "limits")),
            ReadResponse = static (response, _, _, _) => SalesforceAnswers.Failure(response) is { } failure ? failure : StepResult.Next,
        },
        Token = SalesforceSettings.Token,
        Authorize = static context => context.Request.Headers.Authorization = new("Bearer", context.Token),
    };

    /// <summary>An upsert by external id finds and creates in one call; whatever else is done with a person needs the record's id first.</summary>
    private static bool Upserts(DeliveryBatch batch, ConnectorSettings settings) =>
        SalesforceSettings.ExternalIdField.IsSetIn(settings) && SalesforceSettings.CreatePeople.FlagIn(settings) && !batch.AttributesOnly;

    private static bool Stays(DeliveryRow row) => row.Operation is not DeliveryOperation.Remove;

    private static IEnumerable<DeliveryBatch> LookedUp(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        Parts.Chunks(MostLookedUp, row => SalesforcePeople.IdOf(row) is null && !(Stays(row) && Upserts(batch, settings)))(batch, settings, notes);

    private static IEnumerable<DeliveryBatch> Upserted(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        Upserts(batch, settings) ? Parts.Where(row => Stays(row) && !SalesforcePeople.HasRecordId(row))(batch, settings, notes) : [];

    private static IEnumerable<DeliveryBatch> Updated(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => Parts.Where(row =>
        Stays(row) && SalesforcePeople.IdOf(row) is not null && SalesforcePeople.HasFields(row) && (SalesforcePeople.HasRecordId(row) || !Upserts(batch, settings)))(batch, settings, notes);

    private static IEnumerable<DeliveryBatch> Created(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        batch.AttributesOnly || Upserts(batch, settings) ? [] : Parts.Where(row => Stays(row) && SalesforcePeople.IdOf(row) is null)(batch, settings, notes);

    private static IEnumerable<DeliveryBatch> Added(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        batch.AttributesOnly ? [] : Parts.Where(row => Stays(row) && SalesforcePeople.IdOf(row) is not null)(batch, settings, notes);

    private static IEnumerable<DeliveryBatch> Removed(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        Parts.Where(static row => !Stays(row) && SalesforcePeople.IdOf(row) is not null)(batch, settings, notes);
}
