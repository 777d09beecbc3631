using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors;

/// <summary>Batches, settings and connectors for tests.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Now = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    public static ConnectorSettings Settings(params (string Name, string Value)[] values) => new(
        "con_1",
        values.Where(value => !SecretNames.Contains(value.Name)).ToImmutableDictionary(value => value.Name, value => value.Value),
        values.Where(value => SecretNames.Contains(value.Name)).ToImmutableDictionary(value => value.Name, value => value.Value));

    public static DeliveryRow Row(string id, DeliveryOperation operation, params (string Name, object Value)[] fields) =>
        new($"op_{id}", id, operation, new Row(fields.Select(field => KeyValuePair.Create(field.Name, CellOf(field.Value)))));

    /// <summary>The step of a journey.</summary>
    public static AudienceRef Step { get; } =
        new("dst_1", "j_o_opened_email__dje83h", "Opened email", null) { Step = new("spa_0123456789abcdef01234567", "Customer.io") };

    public static DeliveryBatch Batch(params DeliveryRow[] rows) => new()
    {
        Audience = new("dst_1", "lapsed_loyal", "Lapsed loyal", null),
        Form = DeliveryForm.Membership,
        RunId = "run_1",
        MessageId = "msg_1",
        Number = 0,
        AsOf = Now,
        FieldNames = ["user_id", "email", "orders"],
        Rows = [.. rows],
    };

    /// <summary>Ana enters with three orders, Bo leaves.</summary>
    public static DeliveryBatch AnaAndBo() => Batch(
        Row("c-1", DeliveryOperation.Add, ("user_id", "c-1"), ("email", "ana@example.com"), ("orders", 3)),
        Row("c-9", DeliveryOperation.Remove, ("user_id", "c-9")));

    /// <summary>A connector of one step that accepts all on success; the rest is for the test to change.</summary>
    public static ConnectorDefinition Connector(params Step<DeliveryBatch>[] steps) => new()
    {
        Type = "sample",
        DisplayName = "Sample",
        DocsUrl = new("https://example.com/docs"),
        Settings = [SettingField.Secret("token", "Token", "A token.")],
        Capabilities = new() { Forms = [DeliveryForm.Membership], Operations = [DeliveryOperation.Add], RowsPerBatch = 100 },
        Steps = steps is [] ? [Post("https://api.example/members")] : [.. steps],
        Check = new()
        {
            Name = "ping",
            BuildRequest = static (_, _, _) => new(HttpMethod.Get, "https://api.example/ping"),
            ReadResponse = static (response, _, _, _) => ResponseRules.Read(response, static () => StepResult.Next),
        },
    };

    public static Step<DeliveryBatch> Post(string url, Func<ConnectorResponse, DeliveryBatch, StepResult>? read = null) => new()
    {
        Name = "post",
        BuildRequest = (_, _, _) => new(HttpMethod.Post, url) { Content = new StringContent("""{"hello":"there"}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")) },
        ReadResponse = (response, batch, _, _) => read is not null ? read(response, batch) : ResponseRules.Read(response, () => DeliveryOutcome.AllAccepted(batch)),
    };

    private static readonly ImmutableHashSet<string> SecretNames =
        [.. ConnectorList.All.All.SelectMany(connector => connector.Settings).Where(field => field.Kind is SettingKind.Secret).Select(field => field.Name)];

    private static Cell CellOf(object value) => value switch
    {
        string text => Cell.Of(text),
        int number => Cell.Of(number),
        long number => Cell.Of(number),
        decimal number => Cell.Of(number),
        bool flag => Cell.Of(flag),
        DateTimeOffset moment => Cell.Of(moment),
        string[] texts => Cell.Of([.. texts]),
        _ => throw new ArgumentException($"No cell is made of {value.GetType()}.", nameof(value)),
    };
}
