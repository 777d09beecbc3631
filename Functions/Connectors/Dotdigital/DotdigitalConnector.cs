using System.Net.Http.Headers;
using System.Text;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Dotdigital;

/// <summary>Dotdigital: keeps the contacts of one list; sends events about them.</summary>
/// <remarks>
/// Wire facts: developer.dotdigital.com (contacts v3, specification 3.4.3; lists, account and data fields v2; read 2026-08). An import is a job that names its failed contacts by their identifiers and the
/// others with their ids; leaving a list needs the id. <c>DELETE /contacts/v3/…</c> and <c>POST /contacts/v3/delete</c> take people out of the whole account and are never sent.
/// Not confirmed there: whether mobile numbers keep their <c>+</c> (digits alone are what the examples show), how many ids a bulk removal takes.
/// </remarks>
internal static class DotdigitalConnector
{
    private static readonly SettingField Region = SettingField.Choice(
        "region", "Region", "Where the account is: r1 Europe, r2 North America, r3 Asia Pacific. It is the beginning of the API endpoint under Settings, Access, API users.", ["r1", "r2", "r3"], "r1");

    private static readonly SettingField UserName = SettingField.Text("userName", "API user", "Such as apiuser-1a2b3c@apiconnector.com.", required: true, pattern: @"[^\s:]+");

    private static readonly SettingField Password = SettingField.Secret("password", "Password", "Of the API user.", required: true);

    private static readonly SettingField Visibility = SettingField.Choice("visibility", "New lists are", "Whether contacts can see a list that is made.", ["Private", "Public"], "Private");

    public static readonly SettingField MergeOption = SettingField.Choice(
        "mergeOption", "Data fields", "What happens to data fields that have a value: overwrite, or leave them when the new value or the old one is empty.",
        ["overwrite", "overwriteIfNotEmpty", "overwriteIfEmpty"], "overwrite");

    public static readonly SettingField OptInType = SettingField.Choice(
        "optInType", "Opt-in type", "What is recorded for contacts with an email; leave keeps what there is.", ["leave", "unknown", "single", "double", "verifiedDouble"], "leave");

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "dotdigital",
        DisplayName = "Dotdigital",
        DocsUrl = new("https://developer.dotdigital.com/reference/import-contact-collection"),
        Summary = "Adds contacts to, updates them in, and takes them off, one list; or sends one event a contact.",
        RowAnswers = "An import is a job whose result names the contacts that failed, and the ids of the others. Removals in bulk are jobs that succeed or fail as a whole.",
        Notes =
        [
            "An exit takes the contact off this list. The contact stays in the account, and its other lists and its subscription stay as they are.",
            "Nobody is subscribed again: the status of a channel is never sent.",
            "Data fields must exist in the account; null clears one.",
            "A basic plan takes 35 imports a minute.",
        ],
        Sources =
        [
            new("Dotdigital: import contacts (v3)", "https://developer.dotdigital.com/reference/import-contact-collection", "2026-08"),
            new("Dotdigital: import status (v3)", "https://developer.dotdigital.com/reference/get-import-status", "2026-08"),
            new("Dotdigital: lists (v2)", "https://developer.dotdigital.com/reference/lists", "2026-08"),
            new("Dotdigital: rate limits", "https://developer.dotdigital.com/docs/rate-limits", "2026-08"),
        ],
        Settings = [Region, UserName, Password, Visibility, MergeOption, OptInType],
        Fields = new()
        {
            Identifiers = [DotdigitalContacts.Email, DotdigitalContacts.Mobile],
            Need = IdentifierNeed.AtLeastOneOf,
            NamePattern = "^[a-zA-Z0-9_-]{1,20}$",
            NameHint = "a data field has 1 to 20 letters, digits, underscores and hyphens",
        },
        DefaultMapping = [new("email", "email", IsIdentifier: true), new("firstName", "FIRSTNAME"), new("lastName", "LASTNAME")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership, DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Remove],
            RowsPerBatch = 5_000, // ours for contacts, theirs for events
            RemovalsPerBatch = 200, // ours: each contact whose id is not known takes a call
            MaxBodyBytes = 50_000_000,
            MaxResponseBytes = 16 * 1024 * 1024, // 5,000 contacts with their ids
            ConcurrentCalls = 2,
            CallsPerBatch = 2,
            CallsPerSecond = 0.5, // 35 a minute on a basic plan
            CallTimeout = TimeSpan.FromSeconds(125), // theirs: up to 121 s
            UnmentionedRow = RowFate.Accepted,
            DedupeId = "id of an event",
        },
        CheckRow = static (row, batch, _) => DotdigitalContacts.CheckRow(row, batch),
        Steps =
        [
            new() { Name = "events", Parts = Events, BuildRequest = DotdigitalEvents.Build, ReadResponse = DotdigitalEvents.Read },
            new() { Name = "import", Parts = Imported, BuildRequest = DotdigitalContacts.BuildImport, ReadResponse = DotdigitalContacts.ReadImport },
            new() { Name = "contact", Parts = Parts.EachRow(static row => row.RemoteId is null), BuildRequest = DotdigitalContacts.BuildGet, ReadResponse = DotdigitalContacts.ReadGet },
            new() { Name = "leave list", BuildRequest = DotdigitalLists.BuildLeave, ReadResponse = DotdigitalLists.ReadLeave },
        ],
        PollJob = [new() { Name = "job", BuildRequest = DotdigitalJobs.Build, ReadResponse = DotdigitalJobs.Read }],
        FindAudience = [Find("lists")],
        CreateAudience =
        [
            new() { Name = "create list", BuildRequest = static (audience, settings, _) => DotdigitalLists.BuildCreate(audience, settings, Visibility.In(settings)), ReadResponse = DotdigitalLists.ReadCreate },
            Find("lists again"),
        ],
        Check = new()
        {
            Name = "account",
            BuildRequest = static (_, settings, _) => new(HttpMethod.Get, Address(settings, "/v2/account-info")),
            ReadResponse = static (response, _, _, _) => DotdigitalErrors.Read(response) is { } failure ? failure : StepResult.Next,
        },
        Authorize = static context => context.Request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{UserName.In(context.Settings)}:{Password.In(context.Settings)}"))),
    };

    public static string Address(ConnectorSettings settings, string path) => $"https://{Region.In(settings)}-api.dotdigital.com{path}";

    private static Step<AudienceRef> Find(string name) => new() { Name = name, BuildRequest = DotdigitalLists.BuildFind, ReadResponse = DotdigitalLists.ReadFind };

    private static IEnumerable<DeliveryBatch> Events(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => batch.Form is DeliveryForm.Events ? [batch] : [];

    private static IEnumerable<DeliveryBatch> Imported(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        Parts.Where(static row => row.Operation is not DeliveryOperation.Remove)(batch, settings, notes);
}
