using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Zendesk;

/// <summary>Zendesk Support: members of an audience are users with a tag, or with a checkbox field that is set.</summary>
/// <remarks>
/// Wire facts: developer.zendesk.com/api-reference/ticketing/users (Support API v2, read 2026-08): users, tags, user fields, job statuses, rate limits. <c>tags</c> in a user replaces all
/// of them, so that it is never sent: PUT and DELETE on a user's tags add and take away. A name is needed to create a user and would replace that of one who exists, so that one is made up
/// only after Zendesk has asked for it. The bulk upsert is left alone: it is off unless Zendesk switches it on. Not confirmed there: the rows of a job's result.
/// </remarks>
internal static class ZendeskConnector
{
    /// <summary>Theirs, of look-ups and bulk updates.</summary>
    public const int MostUsers = 100;

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "zendesk",
        DisplayName = "Zendesk",
        DocsUrl = new("https://developer.zendesk.com/api-reference/ticketing/users/users/"),
        Summary = "Creates or updates users, and marks those who are in the audience with a tag, or with a checkbox of their own.",
        RowAnswers = "One call a user, with its own answer; bulk updates are jobs that answer for each user in its place.",
        Notes =
        [
            "An exit takes away this one tag, or clears this one checkbox. No user is deleted and no other tag is touched.",
            "Tags need the account setting for tags on users and organizations; a user's tags are inherited by new tickets. A checkbox field needs neither.",
            "Calls are counted for the whole account, agents included: keep to about half of what the plan allows a minute.",
            "A user whose name is not mapped keeps it; a new one is called by alias, email or external ID.",
        ],
        Sources =
        [
            new("Zendesk API: users", "https://developer.zendesk.com/api-reference/ticketing/users/users/", "2026-08"),
            new("Zendesk API: tags", "https://developer.zendesk.com/api-reference/ticketing/ticket-management/tags/", "2026-08"),
            new("Zendesk API: user fields", "https://developer.zendesk.com/api-reference/ticketing/users/user_fields/", "2026-08"),
            new("Zendesk API: job statuses", "https://developer.zendesk.com/api-reference/ticketing/ticket-management/job_statuses/", "2026-08"),
            new("Zendesk API: rate limits", "https://developer.zendesk.com/api-reference/introduction/rate-limits/", "2026-08"),
        ],
        Settings = ZendeskSettings.All,
        CheckSettings = ZendeskSettings.Check,
        Fields = new()
        {
            Identifiers = [ZendeskUsers.ExternalId, ZendeskUsers.Email],
            Need = IdentifierNeed.AtLeastOneOf,
            Known = ZendeskUsers.RootFields,
            NamePattern = "^(?!(?:tags|role|id|suspended|active|user_fields|verified)$)[a-z0-9_]+$",
            NameHint = "it is the key of a user field: lower case, digits and underscores, and no field that the connector or Zendesk sets",
        },
        DefaultMapping = [new("id", "external_id", IsIdentifier: true), new("email", "email"), new("name", "name")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 50, // ours: one or two calls a user
            ConcurrentCalls = 2,
            CallsPerSecond = 100 / 60.0,
            MaxResponseBytes = 1024 * 1024, // 100 users, whole
        },
        CapabilitiesFor = static (settings, _) => Definition!.Capabilities with { CallsPerSecond = ZendeskSettings.CallsPerMinute.NumberIn(settings) / 60.0 },
        Steps =
        [
            new() { Name = "users by external id", Parts = ByExternalId, BuildRequest = ZendeskUsers.BuildShowMany, ReadResponse = ZendeskUsers.ReadShowMany },
            new() { Name = "user by email", Parts = ByEmail, BuildRequest = ZendeskUsers.BuildSearch, ReadResponse = ZendeskUsers.ReadSearch },
            new() { Name = "upsert", Parts = Upserted, BuildRequest = ZendeskUsers.BuildUpsert, ReadResponse = ZendeskUsers.ReadUpsert },
            new() { Name = "create", Parts = Created, BuildRequest = ZendeskUsers.BuildCreate, ReadResponse = ZendeskUsers.ReadCreate },
            new() { Name = "tag", Parts = Tagged, BuildRequest = ZendeskTags.BuildAdd, ReadResponse = ZendeskTags.ReadAdd },
            new() { Name = "untag", Parts = Untagged, BuildRequest = ZendeskTags.BuildRemove, ReadResponse = ZendeskTags.ReadRemove },
            new() { Name = "update", Parts = UpdatedMany, BuildRequest = ZendeskJobs.BuildUpdate, ReadResponse = ZendeskJobs.ReadUpdate },
        ],
        PollJob = [new() { Name = "job", BuildRequest = ZendeskJobs.BuildPoll, ReadResponse = ZendeskJobs.ReadPoll }],
        FindAudience = [new() { Name = "mark", BuildRequest = ZendeskTags.BuildFind, ReadResponse = ZendeskTags.ReadFind }],
        CreateAudience = [new() { Name = "create field", BuildRequest = ZendeskTags.BuildField, ReadResponse = ZendeskTags.ReadField }],
        Check = new() { Name = "me", BuildRequest = static (_, settings, _) => new(HttpMethod.Get, ZendeskSettings.Address(settings, "users/me.json")), ReadResponse = ZendeskUsers.ReadMe },
        Token = ZendeskSettings.Token,
        Authorize = ZendeskSettings.Authorize,
    };

    private static bool Stays(DeliveryRow row) => row.Operation is not DeliveryOperation.Remove;

    /// <summary>Whom we must not create is looked for first.</summary>
    private static bool IsSought(DeliveryRow row, DeliveryBatch batch) => row.RemoteId is null && (!Stays(row) || batch.AttributesOnly);

    private static IEnumerable<DeliveryBatch> ByExternalId(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        Parts.Chunks(MostUsers, row => IsSought(row, batch) && ZendeskUsers.ExternalId.Of(row.Fields).Length > 0)(batch, settings, notes);

    private static IEnumerable<DeliveryBatch> ByEmail(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        Parts.EachRow(row => IsSought(row, batch))(batch, settings, notes);

    private static IEnumerable<DeliveryBatch> Upserted(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        batch.AttributesOnly ? [] : Parts.EachRow(Stays)(batch, settings, notes);

    /// <summary>Rows that Zendesk asked a name for.</summary>
    private static IEnumerable<DeliveryBatch> Created(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        batch.AttributesOnly ? [] : Parts.EachRow(row => Stays(row) && ZendeskUsers.IsUnnamed(row, notes))(batch, settings, notes);

    private static IEnumerable<DeliveryBatch> Tagged(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        batch.AttributesOnly || !ZendeskSettings.UsesTags(settings) ? [] : Parts.EachRow(static row => Stays(row) && row.RemoteId is not null)(batch, settings, notes);

    private static IEnumerable<DeliveryBatch> Untagged(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        ZendeskSettings.UsesTags(settings) ? Parts.EachRow(static row => !Stays(row) && row.RemoteId is not null)(batch, settings, notes) : [];

    private static IEnumerable<DeliveryBatch> UpdatedMany(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        Parts.Where(row => row.RemoteId is not null && (batch.AttributesOnly || !Stays(row)))(batch, settings, notes);
}
