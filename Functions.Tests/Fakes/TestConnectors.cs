using AudienceSync.Connectors.Kit;

namespace AudienceSync.Fakes;

/// <summary>Cards of connectors for tests of what is built on cards. They send nothing.</summary>
internal static class TestConnectors
{
    /// <summary>Takes any fields, adds and removes, and events.</summary>
    public static ConnectorDefinition Open { get; } = new()
    {
        Type = "open",
        DisplayName = "Open list",
        DocsUrl = new("https://docs.example/open"),
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership, DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 100,
        },
        Settings =
        [
            SettingField.Url("url", "Address", "Where members are sent to.", required: true),
            SettingField.Choice("region", "Region", "Where the account lives.", ["eu", "us"], @default: "eu"),
            SettingField.Number("rows", "Rows", "Rows of a call.", 1, 1_000, 100),
            SettingField.Flag("nested", "Nested", "Nest the fields."),
            SettingField.Text("listId", "List", "The list's number.", pattern: "[0-9]+"),
            SettingField.Secret("apiKey", "API key", "From the account page.", required: true),
            SettingField.Secret("signingSecret", "Signing secret", "Begins with whsec_.", pattern: "whsec_.+"),
        ],
        Steps = [],
        Check = NoCall,
    };

    /// <summary>Only adds, to lists of known fields, matched by e-mail or phone.</summary>
    public static ConnectorDefinition Strict { get; } = new()
    {
        Type = "strict",
        DisplayName = "Strict list",
        DocsUrl = new("https://docs.example/strict"),
        Capabilities = new() { Forms = [DeliveryForm.Membership], Operations = [DeliveryOperation.Add], RowsPerBatch = 100 },
        Settings = [],
        Fields = new()
        {
            Identifiers = [Identifier.Email.As("email").TrimmedLowercase(), Identifier.Phone.As("phone")],
            Need = IdentifierNeed.AtLeastOneOf,
            Known = ["first_name", "orders"],
            Typed = [new("spent", FieldType.Number), new("vip", FieldType.Boolean), new("born", FieldType.Date), new("tags", FieldType.TextList), new("city", FieldType.Text)],
            OnlyKnown = true,
        },
        Steps = [],
        Check = NoCall,
    };

    /// <summary>Writes files.</summary>
    public static ConnectorDefinition Files { get; } = Strict with
    {
        Type = "files",
        DisplayName = "Files",
        Capabilities = new() { Forms = [DeliveryForm.File], Operations = [], RowsPerBatch = 1_000 },
        Fields = FieldRules.Free,
    };

    /// <summary>Answers queries; takes any fields too.</summary>
    public static ConnectorDefinition Warehouse { get; } = Open with { Type = "warehouse", DisplayName = "Warehouse", Settings = [], AnswersQueries = true };

    public static ConnectorCatalog Catalog { get; } = new(Open, Strict, Files, Warehouse);

    private static Step<ConnectionProbe> NoCall => new()
    {
        Name = "check",
        BuildRequest = (_, _, _) => null,
        ReadResponse = (_, _, _, _) => StepResult.Next,
    };
}
