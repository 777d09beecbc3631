using System.Globalization;
using System.Text;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Faults;

namespace AudienceSync.Connectors;

/// <summary>Writes <c>docs/connectors/{type}.md</c> from a connector's definition, and the index of these pages.</summary>
internal static class ConnectorPage
{
    private const string Generated = "<!-- Written from the connector's definition by ConnectorDocsTests. Change the definition, then run the test with UPDATE_DOCS=1. -->";

    public static string Index(IEnumerable<ConnectorDefinition> connectors)
    {
        var page = new StringBuilder();
        Line(page, "# Connectors");
        Line(page);
        Line(page, Generated);
        Line(page);
        Line(page, "One page a platform: what a connection asks for, which fields a mapping may fill, how identifiers are written, limits, and how rows are answered. The same is served by");
        Line(page, "`GET /api/v1/catalog/connectors`, as JSON Schema. How to write another: [Adding a connector](../adding-a-connector.md); what an entry of a mapping may be: [Mapping](../mapping.md).");
        Line(page);
        Line(page, "| connector | modes | identifiers | audience |");
        Line(page, "|---|---|---|---|");
        foreach (var connector in connectors)
        {
            Line(page, $"| [{Cell(connector.DisplayName)}]({connector.Type}.md) | {Join(Modes(connector))} | {Cell(Identifiers(connector.Fields))} | {Audience(connector)} |");
        }

        return page.ToString();
    }

    public static string Of(ConnectorDefinition connector)
    {
        var page = new StringBuilder();
        Line(page, $"# {connector.DisplayName}");
        Line(page);
        Line(page, Generated);
        Line(page);
        Line(page, $"`{connector.Type}` · {connector.Summary}");
        Line(page);
        WriteCard(page, connector);
        WriteSettings(page, connector);
        WriteIdentifiers(page, connector.Fields);
        WriteFields(page, connector);
        WriteLimits(page, connector);
        WriteAnswers(page, connector);
        WriteNotes(page, connector);
        Line(page);
        Line(page, "## Sources");
        Line(page);
        foreach (var source in connector.Sources)
        {
            Line(page, $"- [{source.Title}]({source.Url}) (read {source.Read})");
        }

        return page.ToString();
    }

    private static void WriteCard(StringBuilder page, ConnectorDefinition connector)
    {
        var card = connector.Capabilities;
        Line(page, "| | |");
        Line(page, "|---|---|");
        Line(page, $"| Platform's documentation | <{connector.DocsUrl.AbsoluteUri}> |");
        Line(page, $"| Forms | {Join(card.Forms.Select(JsonFields.Spelling))} |");
        if (!card.Operations.IsEmpty)
        {
            Line(page, $"| Operations | {Join(card.Operations.Select(JsonFields.Spelling))} |");
        }

        Line(page, $"| Modes | {Join(Modes(connector))} |");
        Line(page, $"| Audience | {Audience(connector)} |");
        Line(page, $"| Repeated requests | {Cell(card.DedupeId is { } id ? $"recognised by {id}" : "not recognised")} |");
    }

    private static void WriteSettings(StringBuilder page, ConnectorDefinition connector)
    {
        Line(page);
        Line(page, "## Settings of a connection");
        Line(page);
        Line(page, "| setting | | what it is | default |");
        Line(page, "|---|---|---|---|");
        foreach (var field in connector.Settings.Where(field => !field.Hidden))
        {
            var kind = field.Kind is SettingKind.Secret ? "secret" : field.Kind is SettingKind.Choice ? Join(field.Choices) : JsonFields.Spelling(field.Kind);
            Line(page, $"| `{field.Name}`{(field.Required ? " (required)" : "")} | {kind} | **{Cell(field.Label)}.** {Cell(field.Help)} | {(field.Default is { Length: > 0 } value ? $"`{Cell(value)}`" : "")} |");
        }

        Line(page);
        Line(page, "Secrets go into `secrets`, everything else into `settings`. Secrets are sealed when they are stored, never shown again, and taken out of whatever is recorded.");
    }

    private static void WriteIdentifiers(StringBuilder page, FieldRules fields)
    {
        Line(page);
        Line(page, "## Identifiers");
        Line(page);
        if (fields.Identifiers.IsEmpty)
        {
            Line(page, "The platform prescribes none: members are found by the fields that the mapping marks with `\"identifier\": true`, as they are.");
            return;
        }

        Line(page, fields.Need switch
        {
            IdentifierNeed.AllOf => "A member needs all of these.",
            IdentifierNeed.AtLeastOneOf => "A member needs at least one of these.",
            IdentifierNeed.ExactlyOneOf => "Exactly one of these is mapped.",
            _ => "None of these is asked for.",
        });
        Line(page);
        Line(page, "| field | usually from | written as |");
        Line(page, "|---|---|---|");
        foreach (var rule in fields.Identifiers)
        {
            Line(page, $"| `{rule.Field}` | `{rule.Source.Name}` | {(rule.Normalization.IsEmpty ? "as it is" : string.Join(", then ", rule.Normalization.Select(step => Describe(step.Name))))} |");
        }

        if (fields.Identifiers.Any(rule => rule.Digest is not IdentifierDigest.None))
        {
            Line(page);
            Line(page, "A value that is such a digest already is recognised and not hashed again.");
        }
    }

    private static void WriteFields(StringBuilder page, ConnectorDefinition connector)
    {
        var fields = connector.Fields;
        Line(page);
        Line(page, "## Fields");
        Line(page);
        Line(page, fields.OnlyKnown ? "The fields named on this page, and no others."
            : fields.NamePattern is { } pattern ? $"Any name that is possible there: {fields.NameHint ?? "it matches"} (`{pattern}`)."
            : "Any names.");
        if (!fields.Required.IsEmpty)
        {
            Line(page);
            Line(page, $"Required: {Code(fields.Required)}.");
        }

        if (!fields.Known.IsEmpty)
        {
            Line(page);
            Line(page, $"Known: {Code(fields.Known)}.");
        }

        if (!fields.Typed.IsEmpty)
        {
            Line(page);
            Line(page, $"Of one type: {string.Join(", ", fields.Typed.Select(field => $"`{field.Name}` ({JsonFields.Spelling(field.Type)})"))}.");
        }

        if (!connector.DefaultMapping.IsEmpty)
        {
            Line(page);
            Line(page, "A mapping to begin with:");
            Line(page);
            Line(page, "```json");
            Line(page, $"[{string.Join(",\n ", connector.DefaultMapping.Select(entry => $$"""{"from":"{{entry.From}}","to":"{{entry.To}}"{{(entry.IsIdentifier ? ",\"identifier\":true" : "")}}}"""))}]");
            Line(page, "```");
        }
    }

    private static void WriteLimits(StringBuilder page, ConnectorDefinition connector)
    {
        var card = connector.Capabilities;
        Line(page);
        Line(page, "## Limits");
        Line(page);
        Line(page, "| | |");
        Line(page, "|---|---|");
        Line(page, $"| Rows in one call | {Number(card.RowsPerBatch)} |");
        Limit(page, "Removals in one call", card.RemovalsPerBatch);
        Limit(page, "Bytes of a request", card.MaxBodyBytes);
        Line(page, $"| Calls at a time, per destination | {(card.OneCallPerAudience ? "1 (one change at a time per audience)" : Number(card.ConcurrentCalls))} |");
        if (card.CallsPerSecond > 0)
        {
            Line(page, $"| Calls a second, per connection | {card.CallsPerSecond.ToString("0.###", CultureInfo.InvariantCulture)} |");
        }

        Limit(page, "Calls a day, per connection", card.CallsPerDay);
        Line(page, $"| One call mixes operations | {(card.MixesOperations ? "yes" : "no")} |");
        Line(page, $"| Time for one call | {card.CallTimeout.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s |");
        if (connector.CapabilitiesFor is not null)
        {
            Line(page);
            Line(page, "Settings, or the form of delivery, may decide otherwise.");
        }
    }

    private static void WriteAnswers(StringBuilder page, ConnectorDefinition connector)
    {
        Line(page);
        Line(page, "## How rows are answered");
        Line(page);
        Line(page, connector.RowAnswers);
        Line(page);
        Line(page, connector.Capabilities.UnmentionedRow switch
        {
            RowFate.Accepted => "A row that the answer does not mention is accepted.",
            RowFate.Rejected => "A row that the answer does not mention is rejected.",
            RowFate.Retryable => "A row that the answer does not mention is tried again.",
            _ => "A row that the answer does not mention is uncertain: the next run sends it again.",
        });
        if (!connector.PollJob.IsEmpty)
        {
            Line(page);
            Line(page, "The platform may take a batch as a job: it is asked after until the job ends; rows of a job that does not end in time are uncertain.");
        }
    }

    private static void WriteNotes(StringBuilder page, ConnectorDefinition connector)
    {
        if (connector.Notes.IsEmpty)
        {
            return;
        }

        Line(page);
        Line(page, "## Good to know");
        Line(page);
        foreach (var note in connector.Notes)
        {
            Line(page, $"- {note}");
        }
    }

    private static IEnumerable<string> Modes(ConnectorDefinition connector) => ModeRules.Supported(connector.Capabilities).Select(JsonFields.Spelling);

    private static string Audience(ConnectorDefinition connector) => (connector.CanFindAudience, connector.CanCreateAudience) switch
    {
        (true, true) => "found by name, else created",
        (false, true) => "created",
        (true, false) => "found by name",
        _ => connector.Capabilities.Forms.Contains(DeliveryForm.Membership) ? "as the connection or the destination names it" : "none",
    };

    private static string Identifiers(FieldRules fields) => fields.Identifiers.IsEmpty ? "any" : fields.Need switch
    {
        IdentifierNeed.AllOf => Join(fields.IdentifierNames),
        IdentifierNeed.AtLeastOneOf => $"at least one of {Join(fields.IdentifierNames)}",
        IdentifierNeed.ExactlyOneOf => $"exactly one of {Join(fields.IdentifierNames)}",
        _ => $"optional: {Join(fields.IdentifierNames)}",
    };

    private static string Describe(string step) => step switch
    {
        "trim" => "without blanks at both ends",
        "lowercase" => "in lower case",
        "uppercase" => "in upper case",
        "digits" => "digits only, without leading zeros",
        "letters" => "letters only",
        "no whitespace" => "without white space",
        "no punctuation" => "without punctuation",
        "e164" => "as E.164, with + and country code",
        "gmail" => "Gmail mailboxes without dots and what follows a plus",
        "sha256" => "SHA-256 in hex",
        "md5" => "MD5 in hex",
        _ => step,
    };

    private static void Limit(StringBuilder page, string name, int value)
    {
        if (value > 0)
        {
            Line(page, $"| {name} | {Number(value)} |");
        }
    }

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Code(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"`{name}`"));

    private static string Join(IEnumerable<string> words) => string.Join(", ", words);

    /// <summary>A bar would end the cell.</summary>
    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");

    private static void Line(StringBuilder page, string text = "") => page.Append(text).Append('\n');
}
