using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Connectors;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync;

/// <summary>Rules over every connector: a new one is held to them by being in the list.</summary>
public sealed class CatalogTests
{
    /// <summary>Settings of which each connector makes requests; every secret is one that would stand out.</summary>
    private static readonly Dictionary<string, (string, string)[][]> Examples = new()
    {
        ["webhook"] =
        [
            [("url", "https://hooks.example/a"), ("auth", "header"), ("headerName", "X-Key"), ("headerValue", "s3cret-header"), ("signingSecret", "whsec_c2VjcmV0LWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHM="),
                ("previousSigningSecret", "whsec_b3RoZXItc2VjcmV0LWtleS1vZi0zMi1ieXRlcy10ZXN0")],
            [("url", "https://hooks.example/a"), ("auth", "basic"), ("username", "me"), ("password", "s3cret-password")],
            [("url", "https://hooks.example/a"), ("auth", "bearer"), ("token", "s3cret-token")],
        ],
        ["azure-blob"] =
        [
            [("account", "exampleacct"), ("container", "drop"), ("accountKey", "czNjcmV0LWFjY291bnQta2V5")],
            [("account", "exampleacct"), ("container", "drop"), ("sasToken", "sv=2022&sp=racwdl&sig=s3cret%2Bsas")],
            [("account", "exampleacct"), ("container", "drop"), ("tenantId", "t"), ("clientId", "c"), ("clientSecret", "s3cret-client")],
        ],
    };

    public static TheoryData<string> Types => [.. ConnectorList.All.All.Select(connector => connector.Type)];

    public static TheoryData<string, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (var (type, examples) in Examples)
            {
                foreach (var (index, _) in examples.Index())
                {
                    cases.Add(type, index);
                }
            }

            return cases;
        }
    }

    [Fact]
    public void Examples_EveryConnector_HasSome() => Examples.Keys.Order().ShouldBe(ConnectorList.All.All.Select(connector => connector.Type));

    [Theory]
    [MemberData(nameof(Types))]
    public void Definition_IsComplete(string type)
    {
        var connector = ConnectorList.All.Find(type).ShouldNotBeNull();

        type.ShouldMatch("^[a-z][a-z0-9]*(-[a-z0-9]+)*$");
        connector.DisplayName.ShouldNotBeNullOrWhiteSpace();
        connector.DocsUrl.Scheme.ShouldBe("https");
        connector.Capabilities.Forms.ShouldNotBeEmpty();
        connector.Capabilities.RowsPerBatch.ShouldBePositive();
        connector.Steps.ShouldNotBeEmpty();
        connector.Fields.Check([.. connector.DefaultMapping.Select(entry => entry.To)]).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Settings_AreNamedLabelledAndExplained(string type)
    {
        var fields = ConnectorList.All.Find(type)!.Settings;

        fields.Select(field => field.Name).ShouldBeUnique();
        foreach (var field in fields)
        {
            field.Name.ShouldMatch("^[a-z][A-Za-z0-9]*$");
            field.Label.ShouldNotBeNullOrWhiteSpace(field.Name);
            field.Help.ShouldEndWith(".", Case.Sensitive, field.Name);
            (field.Kind is SettingKind.Choice).ShouldBe(!field.Choices.IsEmpty, field.Name);
            (field.Kind is SettingKind.Number).ShouldBe(field.Range is not null, field.Name);
            if (field.Pattern is { } pattern)
            {
                Should.NotThrow(() => new Regex(pattern, RegexOptions.ECMAScript), field.Name);
            }

            // What is called a key, token or password is kept secret; an id or a name is not.
            if (Regex.IsMatch(field.Name, "(key|token|secret|password|headerValue)$", RegexOptions.IgnoreCase))
            {
                field.Kind.ShouldBe(SettingKind.Secret, field.Name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Defaults_AreSound(string type)
    {
        var connector = ConnectorList.All.Find(type)!;
        var values = connector.Settings.Where(field => field.Default is not null).ToImmutableDictionary(field => field.Name, field => field.Default!);

        SettingRules.Check(connector with { CheckSettings = null }, new("con_1", values, [])).ShouldAllBe(fault => fault.Code == "required");
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Card_ShowsSettingsAndSecretsApart(string type)
    {
        var connector = ConnectorList.All.Find(type)!;

        var card = JsonNode.Parse(ConnectorCard.Of(connector).ToJsonString())!;

        card["type"]!.GetValue<string>().ShouldBe(type);
        Names(card["secrets"]!).ShouldBe(connector.Settings.Where(field => field.Kind is SettingKind.Secret).Select(field => field.Name));
        Names(card["settings"]!).ShouldBe(connector.Settings.Where(field => field.Kind is not SettingKind.Secret).Select(field => field.Name));
        card["secrets"]!["properties"]!.AsObject().ShouldAllBe(property => property.Value!["writeOnly"]!.GetValue<bool>());
        card["capabilities"]!["removes"]!.GetValue<bool>().ShouldBe(connector.Capabilities.Operations.Contains(DeliveryOperation.Remove));
        card["capabilities"]!["rowsPerBatch"]!.GetValue<int>().ShouldBe(connector.Capabilities.RowsPerBatch);

        static IEnumerable<string> Names(JsonNode schema) => schema["properties"]!.AsObject().Select(property => property.Key);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Example_Settings_AreSound(string type, int example) =>
        SettingRules.Check(ConnectorList.All.Find(type)!, Samples.Settings(Examples[type][example])).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Requests_GoOverHttpsWithinTheLimitsAndLeaveNoSecretBehind(string type, int example)
    {
        var connector = ConnectorList.All.Find(type)!;
        var settings = Samples.Settings(Examples[type][example]);
        var token = "t0ken-of-the-platform";
        var outbound = new ScriptedOutbound(Enumerable.Repeat<Func<SentRequest, HttpResponseMessage>>(
            sent => ScriptedOutbound.Answer(
                200,
                // The worst platform: it repeats all it was sent.
                $$"""{"access_token":"{{token}}","expires_in":3600,"echo":{{System.Text.Json.JsonSerializer.Serialize(sent.Text + sent.Url + string.Join('\n', sent.Headers.Values))}}}""",
                ("x-ms-copy-status", "success"))(sent),
            20));
        var client = new ConnectorClient(outbound, new ManualTimeProvider(Samples.Now));
        var exchanges = new List<Exchange>();

        foreach (var form in connector.Capabilities.Forms)
        {
            var batch = Samples.AnaAndBo() with { Form = form };
            exchanges.AddRange((await client.DeliverAsync(connector, settings, batch, CancellationToken.None)).Exchanges);
            exchanges.AddRange(await client.PreviewAsync(connector, settings, batch, CancellationToken.None));
        }

        await client.CheckAsync(connector, settings, CancellationToken.None);

        outbound.Sent.ShouldAllBe(sent => sent.Url.Scheme == "https");
        if (connector.Capabilities.MaxBodyBytes is > 0 and var most)
        {
            outbound.Sent.ShouldAllBe(sent => sent.Body.Length <= most);
        }

        exchanges.ShouldNotBeEmpty();
        foreach (var text in exchanges.SelectMany(Texts))
        {
            foreach (var secret in settings.Secrets.Values.Append(token).Append("s3cret"))
            {
                text.ShouldNotContain(secret);
                Uri.UnescapeDataString(text).ShouldNotContain(secret);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Requests_SameBatch_HaveTheSameBodiesAndAddresses(string type, int example)
    {
        var connector = ConnectorList.All.Find(type)!;
        var settings = Samples.Settings(Examples[type][example]);
        var time = new ManualTimeProvider(Samples.Now);
        var client = new ConnectorClient(new ScriptedOutbound(), time);

        var first = await client.PreviewAsync(connector, settings, Samples.AnaAndBo(), CancellationToken.None);
        time.Advance(TimeSpan.FromHours(30));
        var second = await client.PreviewAsync(connector, settings, Samples.AnaAndBo(), CancellationToken.None);

        second.Select(exchange => (exchange.Method, exchange.Url, exchange.RequestBody)).ShouldBe(first.Select(exchange => (exchange.Method, exchange.Url, exchange.RequestBody)));
    }

    private static IEnumerable<string> Texts(Exchange exchange) =>
        new[] { exchange.Url, exchange.RequestBody ?? "", exchange.ResponseBody ?? "" }
            .Concat(exchange.RequestHeaders.Concat(exchange.ResponseHeaders).Select(header => header.Value));
}
