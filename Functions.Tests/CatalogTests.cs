using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Connectors;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Fakes;

namespace AudienceSync;

/// <summary>Rules over every connector: a new one is held to them by being in the list. What they need to know of it is in its <see cref="ConnectorExamples"/>.</summary>
public sealed partial class CatalogTests
{
    public static TheoryData<string> Types => [.. ConnectorList.All.All.Select(connector => connector.Type)];

    /// <summary>Those that speak HTTP: what others say is a matter of their own tests.</summary>
    public static TheoryData<string> HttpTypes => [.. ConnectorList.All.All.Where(connector => connector.Transport is null).Select(connector => connector.Type)];

    public static TheoryData<string, int> AllCases => CasesOf(_ => true);

    public static TheoryData<string, int> Cases => CasesOf(connector => connector.Transport is null);

    private static TheoryData<string, int> CasesOf(Func<ConnectorDefinition, bool> isMeant)
    {
        var cases = new TheoryData<string, int>();
        foreach (var (type, examples) in ConnectorExamples.All.Where(pair => isMeant(pair.Value.Connector)))
        {
            for (var index = 0; index < examples.Settings.Length; index++)
            {
                cases.Add(type, index);
            }
        }

        return cases;
    }

    /// <summary>Answers that no rule of a connector foresees.</summary>
    public static TheoryData<string, int> OddAnswers
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (var type in ConnectorList.All.All.Where(connector => connector.Transport is null).Select(connector => connector.Type))
            {
                foreach (var status in (int[])[200, 202, 204, 207, 302, 400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 503])
                {
                    cases.Add(type, status);
                }
            }

            return cases;
        }
    }

    [Fact]
    public void Examples_EveryConnector_HasSome() => ConnectorExamples.All.Keys.ShouldBe(ConnectorList.All.All.Select(connector => connector.Type));

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
        connector.Steps.IsEmpty.ShouldBe(connector.Transport is not null);
        (connector.Check is null).ShouldBe(connector.Transport is not null);
        connector.Fields.Check([.. connector.DefaultMapping.Select(entry => entry.To)]).ShouldBeEmpty();
        connector.Summary.ShouldMatch(@"^\S.*\.$");
        connector.RowAnswers.ShouldMatch(@"^\S.*\.$");
        connector.Notes.ShouldAllBe(note => note.EndsWith('.'));
        connector.Sources.ShouldNotBeEmpty();
        connector.Sources.ShouldAllBe(source => source.Url.StartsWith("https://", StringComparison.Ordinal) && source.Title.Length > 0 && Regex.IsMatch(source.Read, @"^20\d\d-\d\d$"));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Fields_AreSound(string type)
    {
        var fields = ConnectorList.All.Find(type)!.Fields;

        fields.IdentifierNames.ShouldBeUnique();
        fields.Known.ShouldBeUnique();
        fields.Typed.Select(field => field.Name).ShouldBeUnique();
        (fields.Need is not IdentifierNeed.Any && fields.Identifiers.IsEmpty).ShouldBeFalse("What is asked for must be named.");
        if (fields.NamePattern is { } pattern)
        {
            Should.NotThrow(() => new Regex(pattern, RegexOptions.ECMAScript));
            fields.NameHint.ShouldNotBeNullOrWhiteSpace();
        }
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
        var shown = connector.Settings.Where(field => !field.Hidden).ToList();

        var card = JsonNode.Parse(ConnectorCard.Of(connector).ToJsonString())!;

        card["type"]!.GetValue<string>().ShouldBe(type);
        Names(card["secrets"]!).ShouldBe(shown.Where(field => field.Kind is SettingKind.Secret).Select(field => field.Name));
        Names(card["settings"]!).ShouldBe(shown.Where(field => field.Kind is not SettingKind.Secret).Select(field => field.Name));
        card["secrets"]!["properties"]!.AsObject().ShouldAllBe(property => property.Value!["writeOnly"]!.GetValue<bool>());
        card["capabilities"]!["removes"]!.GetValue<bool>().ShouldBe(connector.Capabilities.Operations.Contains(DeliveryOperation.Remove));
        card["capabilities"]!["rowsPerBatch"]!.GetValue<int>().ShouldBe(connector.Capabilities.RowsPerBatch);

        static IEnumerable<string> Names(JsonNode schema) => schema["properties"]!.AsObject().Select(property => property.Key);
    }

    [Theory]
    [MemberData(nameof(HttpTypes))]
    public void Wire_EachConnectorHasItsFiles(string type) =>
        Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Wire", type), "*.http").ShouldNotBeEmpty();

    [Theory]
    [MemberData(nameof(AllCases))]
    public void Example_Settings_AreSound(string type, int example)
    {
        var examples = ConnectorExamples.All[type];
        var settings = examples.SettingsOf(example);

        SettingRules.Check(examples.Connector, settings).ShouldBeEmpty();
        settings.Secrets.Values.ShouldAllBe(value => value.Length >= 6);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Example_Member_FitsTheCard(string type)
    {
        var examples = ConnectorExamples.All[type];
        var member = examples.Member(1);

        examples.Connector.Fields.Missing(member).ShouldBeNull();
        examples.Connector.Fields.Check([.. member.Select(cell => cell.Key)]).ShouldBeEmpty();
        examples.Member(2).ShouldNotBe(member);
    }

    /// <summary>The largest batch of ordinary members makes requests within every limit, over https, in each form and operation.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Requests_OfTheLargestBatch_KeepToTheLimits(string type, int example)
    {
        var examples = ConnectorExamples.All[type];
        var settings = examples.SettingsOf(example);
        foreach (var (form, operations) in examples.Forms())
        {
            var card = examples.Connector.CapabilitiesOf(settings, form);
            ImmutableArray<ImmutableArray<DeliveryOperation>> mixes = card.MixesOperations ? [[.. operations]] : [.. operations.Select(operation => ImmutableArray.Create(operation))];
            foreach (var mix in mixes)
            {
                var outbound = Platform(examples.Answer);
                var report = await EndAsync(time => new ConnectorClient(outbound, time).DeliverAsync(
                    examples.Connector, settings, examples.Batch(form, mix is [DeliveryOperation.Remove] && card.RemovalsPerBatch > 0 ? card.RemovalsPerBatch : card.RowsPerBatch, mix), CancellationToken.None));

                outbound.Sent.ShouldNotBeEmpty($"{form} {mix[0]}: {report.Outcome}");
                outbound.Sent.ShouldAllBe(sent => sent.Url.Scheme == "https");
                (report.Outcome is DeliveryOutcome.Refused { Code: "body_too_large" or "too_many_rows" }).ShouldBeFalse($"{form} {mix[0]}: {report.Outcome}");
                foreach (var sent in outbound.Sent)
                {
                    if (card.MaxBodyBytes > 0)
                    {
                        sent.Body.Length.ShouldBeLessThanOrEqualTo(card.MaxBodyBytes);
                    }

                    examples.CheckLimits(sent);
                }
            }
        }
    }

    /// <summary>The worst platform repeats all it was sent, secrets and people; nothing of that is left in what is recorded or answered.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Exchanges_LeaveNoSecretBehind(string type, int example)
    {
        var examples = ConnectorExamples.All[type];
        var settings = examples.SettingsOf(example);
        var outbound = Platform(Echo(examples));
        var exchanges = new List<Exchange>();
        var outcomes = new List<DeliveryOutcome?>();

        foreach (var (form, operations) in examples.Forms())
        {
            var batch = examples.Batch(form, rows: 2, examples.Connector.CapabilitiesOf(settings, form).MixesOperations ? operations : operations[..1]);
            batch = batch with { Rows = batch.Rows[..Math.Min(2, examples.Connector.CapabilitiesOf(settings, form).RowsPerBatch)] };
            var report = await EndAsync(time => new ConnectorClient(outbound, time).DeliverAsync(examples.Connector, settings, batch, CancellationToken.None));
            exchanges.AddRange(report.Exchanges);
            outcomes.Add(report.Outcome);
            exchanges.AddRange(await Client(outbound).PreviewAsync(examples.Connector, settings, batch, CancellationToken.None));
            if (!examples.Connector.PollJob.IsEmpty)
            {
                var poll = await EndAsync(time => new ConnectorClient(outbound, time).PollAsync(examples.Connector, settings, batch, "job-1", CancellationToken.None));
                exchanges.AddRange(poll.Exchanges);
                outcomes.Add(poll.Outcome);
            }
        }

        var audience = examples.Batch(examples.Connector.Capabilities.Forms[0], 0, DeliveryOperation.Add).Audience with { ExternalId = null };
        var found = await EndAsync(time => new ConnectorClient(outbound, time).ResolveAudienceAsync(examples.Connector, settings, audience, mayCreate: true, CancellationToken.None));
        exchanges.AddRange(found.Exchanges);
        outcomes.Add(found.Failure);
        var steps = await EndAsync(time => new ConnectorClient(outbound, time).CheckAsync(examples.Connector, settings, CancellationToken.None));

        outbound.Sent.ShouldAllBe(sent => sent.Url.Scheme == "https");
        exchanges.ShouldNotBeEmpty();
        foreach (var text in exchanges.SelectMany(Texts).Concat(outcomes.Select(outcome => Describe(outcome))).Concat(steps.Select(step => step.Detail ?? "")))
        {
            foreach (var secret in settings.Secrets.Values.Append(ConnectorExamples.Token).Append(ConnectorExamples.SecretMark))
            {
                text.ShouldNotContain(secret);
                Uri.UnescapeDataString(text).ShouldNotContain(secret);
            }
        }
    }

    /// <summary>The same platform, and what is kept of it for people to look at: nobody is in it, in no spelling that went over the wire.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Records_HoldNobody(string type, int example)
    {
        var examples = ConnectorExamples.All[type];
        var settings = examples.SettingsOf(example);
        foreach (var (form, operations) in examples.Forms())
        {
            foreach (var operation in operations)
            {
                var batch = examples.Batch(form, rows: 1, operation);
                var outbound = Platform(Echo(examples));
                var report = await EndAsync(time => new ConnectorClient(outbound, time).DeliverAsync(examples.Connector, settings, batch, CancellationToken.None));

                var record = DeliveryRecord.Of(DeliveryCall.Batch, examples.Connector, settings, batch, report, Samples.Now, TimeSpan.Zero);

                record.Requests.ShouldBe(outbound.Sent.Count);
                var person = batch.Rows[0].Fields;
                string[] identifiers =
                [
                    .. examples.Connector.Fields.Identifiers.SelectMany(rule => new[] { person[rule.Field].ToString(), rule.Of(person) }),
                    .. person.Select(cell => cell.Value.ToString()).Where(value => value.Contains('@', StringComparison.Ordinal)),
                ];
                foreach (var text in record.Exchanges.SelectMany(Texts).Append($"{record.Code} {record.Detail} {string.Join(' ', record.Reasons)}"))
                {
                    foreach (var identifier in identifiers.Where(identifier => identifier.Length > 6))
                    {
                        text.ShouldNotContain(identifier, Case.Insensitive, $"{form} {operation}");
                        Uri.UnescapeDataString(text).ShouldNotContain(identifier, Case.Insensitive, $"{form} {operation}");
                    }
                }
            }
        }
    }

    /// <summary>Whatever a platform answers, it is read without an exception, and no word of it names a person. Outcomes reach logs and runs.</summary>
    [Theory]
    [MemberData(nameof(OddAnswers))]
    public async Task Answers_OfAnyKind_AreReadAndNameNobody(string type, int status)
    {
        var examples = ConnectorExamples.All[type];
        var settings = examples.SettingsOf(0);
        var first = examples.Member(0);
        string[] bodies =
        [
            "", "null", "[]", "{}", "\"ok\"", "17", "[null]", "{\"errors\":null}", "{\"errors\":[null,17,\"x\",{}]}", "{\"data\":[[]],\"results\":{},\"errors\":{\"0\":[]}}",
            "<html><body>Bad gateway</body></html>", "{\"cut\":", "\u0000\uFFFF",
            $$"""{"message":{{JsonSerializer.Serialize(string.Join(" and ", first.Select(cell => cell.Value.ToString())))}},"errors":[{"message":"no such member.0@example.com","code":"member.0@example.com","index":0}]}""",
        ];
        foreach (var (form, operations) in examples.Forms())
        {
            foreach (var body in bodies)
            {
                var outbound = Platform(sent => IsToken(sent) ? examples.Answer(sent) : ScriptedOutbound.Answer(status, body)(sent));
                var batch = examples.Batch(form, 1, operations[0]);
                var report = await EndAsync(time => new ConnectorClient(outbound, time).DeliverAsync(examples.Connector, settings, batch, CancellationToken.None));

                if (report.Outcome is DeliveryOutcome.Settled settled)
                {
                    settled.Rows.Length.ShouldBe(1, $"{form} {status} {body}");
                }

                Describe(report.Outcome).ShouldNotContain("member.0@example.com", Case.Insensitive, $"{form} {status} {body}");
                foreach (var rule in examples.Connector.Fields.Identifiers)
                {
                    if (first[rule.Field].ToString() is { Length: > 6 } identifier)
                    {
                        Describe(report.Outcome).ShouldNotContain(identifier, Case.Insensitive, $"{form} {status} {body}");
                    }
                }
            }
        }

        // A token's own call may be refused too, which is another test's matter.
        static bool IsToken(SentRequest sent) => sent.Text.Contains("grant_type", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Requests_SameBatch_HaveTheSameBodiesAndAddresses(string type, int example)
    {
        var examples = ConnectorExamples.All[type];
        var settings = examples.SettingsOf(example);
        foreach (var (form, operations) in examples.Forms())
        {
            var rows = Math.Min(3, examples.Connector.CapabilitiesOf(settings, form).RowsPerBatch);
            foreach (var operation in operations)
            {
                var first = Platform(examples.Answer);
                var second = Platform(examples.Answer);
                await EndAsync(time => new ConnectorClient(first, time).DeliverAsync(examples.Connector, settings, examples.Batch(form, rows, operation), CancellationToken.None));
                await EndAsync(
                    time => new ConnectorClient(second, time).DeliverAsync(examples.Connector, settings, examples.Batch(form, rows, operation), CancellationToken.None),
                    Samples.Now.AddHours(30));

                second.Sent.Select(Unsigned).ShouldBe(first.Sent.Select(Unsigned));
            }
        }
    }

    /// <summary>What a request says, without what signs it: that holds the time of the attempt.</summary>
    private static (string Method, string Url, string Body) Unsigned(SentRequest sent) => (sent.Method, Signature().Replace(sent.Url.AbsoluteUri, ""), Signature().Replace(sent.Text, ""));

    [GeneratedRegex("(?:appsecret_proof|appsecret_time|assertion)=[^&]*")]
    private static partial Regex Signature();

    /// <summary>Runs a conversation to its end: whenever it waits, the clock is moved on.</summary>
    private static async Task<T> EndAsync<T>(Func<TimeProvider, Task<T>> run, DateTimeOffset? start = null)
    {
        var time = new ManualTimeProvider(start ?? Samples.Now);
        var task = run(time);
        while (!task.IsCompleted)
        {
            if (time.ActiveTimers > 0)
            {
                time.Advance(TimeSpan.FromSeconds(1));
            }

            await Task.Yield();
        }

        return await task;
    }

    private static ConnectorClient Client(IOutbound outbound) => new(outbound, new ManualTimeProvider(Samples.Now));

    private static ScriptedOutbound Platform(Func<SentRequest, HttpResponseMessage> answer) => new(Enumerable.Repeat(answer, 5_000));

    /// <summary>As the connector's own answer, with all that was sent repeated in it.</summary>
    private static Func<SentRequest, HttpResponseMessage> Echo(ConnectorExamples examples) => sent =>
    {
        var answer = examples.Answer(sent);
        var echo = sent.Text + sent.Url + string.Join('\n', sent.Headers.Values);
        var body = answer.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        var isObject = body.StartsWith('{') && JsonNode.Parse(body) is JsonObject;
        var repeated = isObject
            ? $"{body.TrimEnd()[..^1]}{(body.Contains(':', StringComparison.Ordinal) ? "," : "")}\"echo\":{JsonSerializer.Serialize(echo)}}}"
            : body;
        answer.Content = new StringContent(repeated, Encoding.UTF8, "application/json");
        answer.Headers.TryAddWithoutValidation("X-Echo", echo.ReplaceLineEndings(" "));
        return answer;
    };

    private static string Describe(DeliveryOutcome? outcome) => outcome switch
    {
        null => "",
        DeliveryOutcome.Settled settled => string.Join('\n', settled.Rows.Select(row => row.ToString())),
        _ => outcome.ToString(),
    };

    private static IEnumerable<string> Texts(Exchange exchange) =>
        new[] { exchange.Url, exchange.RequestBody ?? "", exchange.ResponseBody ?? "" }
            .Concat(exchange.RequestHeaders.Concat(exchange.ResponseHeaders).Select(header => header.Value));
}
