using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors;

/// <summary>What the rules over every connector (<see cref="CatalogTests"/>) need to know of one. A class of the test assembly is found by itself.</summary>
internal abstract class ConnectorExamples
{
    /// <summary>Stands in every example secret, so that a leak is found.</summary>
    public const string SecretMark = "s3cret";

    /// <summary>The access token that <see cref="Answer"/> gives.</summary>
    public const string Token = "t0ken-of-the-platform";

    /// <summary>All examples, by connector.</summary>
    public static ImmutableSortedDictionary<string, ConnectorExamples> All { get; } = typeof(ConnectorExamples).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(ConnectorExamples)) && !type.IsAbstract)
        .Select(type => (ConnectorExamples)Activator.CreateInstance(type)!)
        .ToImmutableSortedDictionary(examples => examples.Connector.Type, examples => examples, StringComparer.Ordinal);

    public abstract ConnectorDefinition Connector { get; }

    /// <summary>Settings and secrets of connections, one for each way of authenticating. Secrets hold <see cref="SecretMark"/> where their form lets them (base64 of it counts).</summary>
    public abstract ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings { get; }

    /// <summary>The audience's id as the platform spells ids.</summary>
    public virtual string ExternalId => "1234567890";

    /// <summary>One member as a mapping would render it, each with identifiers of its own. By default what the card names: its identifiers (one, where exactly one is asked for) and its fields.</summary>
    public virtual Row Member(int number)
    {
        var rules = Connector.Fields;
        var row = new Row();
        foreach (var rule in rules.Need is IdentifierNeed.ExactlyOneOf ? rules.Identifiers[..1] : rules.Identifiers)
        {
            row[rule.Field] = IdentifierValue(rule.Source, number);
        }

        foreach (var name in rules.Required.Concat(rules.Known).Where(name => !row.Has(name)))
        {
            row[name] = Cell.Of("sample");
        }

        foreach (var field in rules.Typed)
        {
            row[field.Name] = ValueOf(field.Type);
        }

        if (rules.Identifiers.IsEmpty)
        {
            row["user_id"] = Cell.Of($"c-{number}");
            row["email"] = IdentifierValue(Identifier.Email, number);
        }

        return row;
    }

    /// <summary>What the platform answers when all goes well: ids for look-ups, ids of jobs, tokens. So later steps are built too.</summary>
    public virtual HttpResponseMessage Answer(SentRequest request) =>
        ScriptedOutbound.Answer(200, $$"""{"access_token":"{{Token}}","expires_in":3600}""")(request);

    /// <summary>Limits that the card does not state, such as ids in one look-up: throws when a request is over one.</summary>
    public virtual void CheckLimits(SentRequest request)
    {
    }

    public ConnectorSettings SettingsOf(int example)
    {
        var secrets = Connector.Settings.Where(field => field.Kind is SettingKind.Secret).Select(field => field.Name).ToHashSet();
        var values = Settings[example];
        return new(
            "con_1",
            values.Where(value => !secrets.Contains(value.Name)).ToImmutableDictionary(value => value.Name, value => value.Value),
            values.Where(value => secrets.Contains(value.Name)).ToImmutableDictionary(value => value.Name, value => value.Value));
    }

    /// <param name="operations">Taken in turn.</param>
    public DeliveryBatch Batch(DeliveryForm form, int rows, params ImmutableArray<DeliveryOperation> operations)
    {
        var members = Enumerable.Range(0, rows).Select(number => (Number: number, Operation: operations[number % operations.Length], Fields: Member(number))).ToList();
        return new()
        {
            Audience = new("dst_1", "lapsed_loyal", "Lapsed loyal", ExternalId),
            Form = form,
            RunId = "run_1",
            MessageId = "msg_1",
            Number = 0,
            AsOf = Samples.Now,
            FieldNames = members.Count == 0 ? [] : [.. members[0].Fields.Select(cell => cell.Key)],
            Rows = [.. members.Select(member => new DeliveryRow(
                $"op_{member.Number}", $"c-{member.Number}", member.Operation,
                member.Operation is DeliveryOperation.Remove && form is DeliveryForm.Membership ? IdentifiersOf(member.Fields) : member.Fields))],
        };
    }

    /// <summary>The forms of the card with the operations that each takes.</summary>
    public IEnumerable<(DeliveryForm Form, ImmutableArray<DeliveryOperation> Operations)> Forms() =>
        from form in Connector.Capabilities.Forms
        select (form, form is DeliveryForm.Membership
            ? Connector.Capabilities.Operations
            : ImmutableArray.Create(DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove));

    private Row IdentifiersOf(Row fields)
    {
        var names = Connector.Fields.Identifiers.IsEmpty ? ["user_id"] : Connector.Fields.IdentifierNames.ToHashSet();
        return new(fields.Where(cell => names.Contains(cell.Key)));
    }

    private static Cell IdentifierValue(Identifier source, int number) =>
        source == Identifier.Email ? Cell.Of($"member.{number}@example.com")
        : source == Identifier.Phone ? Cell.Of($"+1415555{number:D4}")
        : source == Identifier.Idfa || source == Identifier.Gaid ? Cell.Of($"38400000-8cf0-11bd-b23e-{number:x12}")
        : Cell.Of($"c-{number}");

    private static Cell ValueOf(FieldType type) => type switch
    {
        FieldType.Number => Cell.Of(42L),
        FieldType.Boolean => Cell.Of(true),
        FieldType.Date => Cell.Of(new DateOnly(1990, 5, 17)),
        FieldType.TextList => Cell.Of(["one", "two"]),
        _ => Cell.Of("sample"),
    };
}
