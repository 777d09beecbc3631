using System.Collections.Immutable;
using System.Text;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Kit;

public sealed class ConnectorClientTests
{
    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Fact]
    public async Task Deliver_RowThatCannotBeSent_IsSettledAndTheRestIsSent()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200));
        var sentRows = 0;
        var connector = Samples.Connector(Samples.Post("https://api.example/members", (_, batch) =>
        {
            sentRows = batch.Rows.Length;
            return DeliveryOutcome.AllAccepted(batch);
        })) with
        {
            CheckRow = static (row, _, _) => row.ProfileId == "c-1" ? new(RowFate.Rejected, "too_long", "The member is too long.") : null,
        };

        var report = await new ConnectorClient(outbound, new ManualTimeProvider(Samples.Now)).DeliverAsync(connector, Samples.Settings(), Samples.AnaAndBo(), CancellationToken.None);

        sentRows.ShouldBe(1);
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Code).ShouldBe(["too_long", null]);
    }

    [Fact]
    public async Task Deliver_NoRowCanBeSent_MakesNoCall()
    {
        var outbound = new ScriptedOutbound();
        var connector = Samples.Connector() with { CheckRow = static (_, _, _) => new(RowFate.Rejected, "too_long") };

        var report = await new ConnectorClient(outbound, new ManualTimeProvider(Samples.Now)).DeliverAsync(connector, Samples.Settings(), Samples.AnaAndBo(), CancellationToken.None);

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Rejected);
        report.Exchanges.ShouldBeEmpty();
    }

    [Fact]
    public async Task Deliver_SeveralSteps_RunInOrderAndShareNotes()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, "id-7"), ScriptedOutbound.Answer(200));
        var connector = Samples.Connector(
            new Step<DeliveryBatch>
            {
                Name = "look up",
                BuildRequest = (_, _, _) => new(HttpMethod.Get, "https://api.example/find"),
                ReadResponse = (response, _, _, notes) =>
                {
                    notes.Set("id", response.Text);
                    return StepResult.Next;
                },
            },
            new Step<DeliveryBatch> { Name = "skipped", BuildRequest = (_, _, _) => null, ReadResponse = (_, _, _, _) => throw new InvalidOperationException() },
            new Step<DeliveryBatch>
            {
                Name = "add",
                BuildRequest = (_, _, notes) => new(HttpMethod.Put, $"https://api.example/members/{notes.Get<string>("id")}"),
                ReadResponse = (_, batch, _, _) => DeliveryOutcome.AllAccepted(batch),
            });

        var report = await DeliverAsync(outbound, connector);

        Accepted(report.Outcome);
        outbound.Sent.Select(sent => sent.Url.AbsolutePath).ShouldBe(["/find", "/members/id-7"]);
        report.Exchanges.Select(exchange => exchange.Status).ShouldBe([200, 200]);
    }

    [Fact]
    public async Task Deliver_StepsRunOut_AcceptsAllRows()
    {
        var connector = Samples.Connector(Samples.Post("https://api.example/", (_, _) => StepResult.Next));

        Accepted((await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(204)), connector)).Outcome);
    }

    [Fact]
    public async Task Deliver_AskedAgain_RepeatsTheStepAfterThePause()
    {
        var calls = 0;
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(200));
        var connector = Samples.Connector(Samples.Post(
            "https://api.example/", (_, batch) => ++calls < 2 ? new StepResult.Again(TimeSpan.FromSeconds(5)) : DeliveryOutcome.AllAccepted(batch)));

        var delivery = DeliverAsync(outbound, connector);
        calls.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(5));

        Accepted((await delivery).Outcome);
        calls.ShouldBe(2);
    }

    [Fact]
    public async Task Deliver_AskedAgainWithoutEnd_Fails()
    {
        var outbound = new ScriptedOutbound(Enumerable.Repeat(ScriptedOutbound.Answer(200), StepResult.MaxRepeats + 1));
        var connector = Samples.Connector(Samples.Post("https://api.example/", (_, _) => new StepResult.Again(TimeSpan.Zero)));

        (await DeliverAsync(outbound, connector)).Outcome.ShouldBeOfType<DeliveryOutcome.Failed>().Code.ShouldBe("still_pending");
    }

    [Fact]
    public async Task Deliver_BodyOverTheLimit_IsRefusedUnsent()
    {
        var outbound = new ScriptedOutbound();
        var connector = Samples.Connector() with { Capabilities = Samples.Connector().Capabilities with { MaxBodyBytes = 10 } };

        var report = await DeliverAsync(outbound, connector);

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Refused>().Code.ShouldBe("body_too_large");
        outbound.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task Deliver_SettingsMakeNoRequest_IsMisconfiguredWithoutRepeatingThem()
    {
        var connector = Samples.Connector(Samples.Post("https://[not-an-address-s3cret"));

        var outcome = (await DeliverAsync(new ScriptedOutbound(), connector)).Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>();

        outcome.Code.ShouldBe("request_invalid");
        outcome.Detail.ShouldNotContain("s3cret");
    }

    [Fact]
    public async Task Deliver_AnswerRepeatsThePerson_IsMasked()
    {
        var batch = Samples.Batch(Samples.Row("c-1", DeliveryOperation.Add, ("email", "ana@example.com"), ("phone", "+49 170 1234567"), ("orders", 3)));
        var connector = Samples.Connector(Samples.Post("https://api.example/", (_, _) => new DeliveryOutcome.Settled(
            [new(RowFate.Rejected, "bad", "ANA@example.com is fake, call +49 170 1234567 or bo@example.org about 3 orders of c-1, not c-12")])));

        var report = await new ConnectorClient(new ScriptedOutbound(ScriptedOutbound.Answer(200)), _time)
            .DeliverAsync(connector, Samples.Settings(), batch, CancellationToken.None);

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows[0].Detail
            .ShouldBe("••• is fake, call ••• or ••• about ••• orders of •••, not c-12");
    }

    [Theory]
    [InlineData("http_422", "http_422")] // 422 orders are no reason to rename a code
    [InlineData("ana@example.com unknown", "••• unknown")]
    public async Task Deliver_CodeOfARow_StaysACode(string code, string expected)
    {
        var batch = Samples.Batch(Samples.Row("c-1", DeliveryOperation.Add, ("email", "ana@example.com"), ("orders", 422)));
        var connector = Samples.Connector(Samples.Post("https://api.example/", (_, _) => new DeliveryOutcome.Settled([new(RowFate.Rejected, code)])));

        var report = await new ConnectorClient(new ScriptedOutbound(ScriptedOutbound.Answer(200)), _time)
            .DeliverAsync(connector, Samples.Settings(), batch, CancellationToken.None);

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows[0].Code.ShouldBe(expected);
    }

    [Fact]
    public async Task Deliver_RefusalRepeatsPeopleAndSecrets_BothAreGone()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(400, """{"error":"ana@example.com may not use key s3cret-token (c-9)"}"""));

        var refused = (await DeliverAsync(outbound, Samples.Connector(), ("token", "s3cret-token"))).Outcome.ShouldBeOfType<DeliveryOutcome.Refused>();

        refused.Detail.ShouldBe("""The platform answered 400: {"error":"••• may not use key redacted (•••)"}""");
    }

    [Fact]
    public async Task Deliver_Exchange_HoldsNoSecretInAnyPlace()
    {
        const string Secret = "s3cret/+=\"token";
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, $$"""{"echo":"s3cret/+=\"token","access_token":"other"}""", ("X-Echo", Secret), ("Set-Cookie", "session=1")));
        var connector = Samples.Connector(Samples.Post($"https://api.example/{Uri.EscapeDataString(Secret)}?sig=abc&x=1&token=def")) with
        {
            Authorize = context =>
            {
                context.Request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {context.Settings["token"]}");
                context.Request.Headers.TryAddWithoutValidation("X-Copy", $"https://a.example/b?sv=1&sig=abc");
                context.Request.Headers.TryAddWithoutValidation("X-Plain", Convert.ToBase64String(Encoding.UTF8.GetBytes(context.Settings["token"])));
            },
        };

        var exchange = (await DeliverAsync(outbound, connector, ("token", Secret))).Exchanges.Single();

        exchange.Url.ShouldBe("https://api.example/redacted?sig=redacted&x=1&token=redacted");
        exchange.RequestHeaders.ShouldContain(KeyValuePair.Create("Authorization", "redacted"));
        exchange.RequestHeaders.ShouldContain(KeyValuePair.Create("X-Copy", "https://a.example/b?sv=1&sig=redacted"));
        exchange.RequestHeaders.ShouldContain(KeyValuePair.Create("X-Plain", "redacted"));
        exchange.ResponseHeaders.ShouldContain(KeyValuePair.Create("X-Echo", "redacted"));
        exchange.ResponseHeaders.ShouldContain(KeyValuePair.Create("Set-Cookie", "redacted"));
        exchange.ResponseBody.ShouldBe("""{"echo":"redacted","access_token":"redacted"}""");
        exchange.RequestBody.ShouldBe("""{"hello":"there"}""");
        outbound.Sent.Single().Headers["authorization"].ShouldBe($"Bearer {Secret}"); // what was sent is whole
    }

    [Fact]
    public async Task Deliver_LongBody_IsCutAndNoSecretIsCutInHalf()
    {
        var body = new string('x', (16 * 1024) - 4) + "s3cret-token" + new string('y', 10_000);
        var exchange = (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, body)), Samples.Connector(), ("token", "s3cret-token"))).Exchanges.Single();

        exchange.ResponseBody.ShouldNotBeNull().Length.ShouldBeLessThan((16 * 1024) + 50);
        exchange.ResponseBody.ShouldContain("xxred");
        exchange.ResponseBody.ShouldNotContain("s3c");
    }

    [Fact]
    public async Task Deliver_NetworkFault_IsRecorded()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Fault(new HttpRequestException(HttpRequestError.ConnectionError, "refused")));

        var report = await DeliverAsync(outbound, Samples.Connector());

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Failed>().Code.ShouldBe("network_error");
        report.Exchanges.Single().Status.ShouldBe(0);
        report.Exchanges.Single().Failure.ShouldBe("network_error");
    }

    [Fact]
    public async Task Preview_Steps_AreSignedRedactedAndNotSent()
    {
        var outbound = new ScriptedOutbound();
        var connector = Samples.Connector() with
        {
            Authorize = context => context.Request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {context.Settings["token"]}"),
        };

        var exchanges = await new ConnectorClient(outbound, _time).PreviewAsync(connector, Samples.Settings(("token", "s3cret-token")), Samples.AnaAndBo(), CancellationToken.None);

        outbound.Sent.ShouldBeEmpty();
        var exchange = exchanges.Single();
        (exchange.Method, exchange.Url, exchange.Status).ShouldBe(("POST", "https://api.example/members", 0));
        exchange.RequestHeaders.ShouldContain(KeyValuePair.Create("Authorization", "redacted"));
    }

    [Fact]
    public async Task Deliver_TokenNeeded_IsFetchedOnceForAll()
    {
        var fetches = 0;
        var gate = new TaskCompletionSource<HttpResponseMessage>();
        var outbound = new AsyncOutbound(async request =>
        {
            if (request.RequestUri!.Host is not "login.example")
            {
                request.Headers.Authorization!.Parameter.ShouldBe("t-1");
                return new(System.Net.HttpStatusCode.OK);
            }

            Interlocked.Increment(ref fetches);
            return await gate.Task;
        });
        var client = new ConnectorClient(outbound, _time);
        var connector = WithToken();

        var deliveries = Enumerable.Range(0, 8)
            .Select(_ => client.DeliverAsync(connector, Samples.Settings(("token", "s3cret-token")), Samples.AnaAndBo(), CancellationToken.None)).ToArray();
        gate.SetResult(new(System.Net.HttpStatusCode.OK) { Content = new StringContent("""{"access_token":"t-1","expires_in":3600}""") });

        foreach (var report in await Task.WhenAll(deliveries))
        {
            Accepted(report.Outcome);
            report.Exchanges.ShouldAllBe(exchange => exchange.ResponseBody == null || !exchange.ResponseBody.Contains("t-1"));
        }

        fetches.ShouldBe(1);
    }

    [Fact]
    public async Task Deliver_TokenNearItsEnd_IsRenewed()
    {
        var outbound = new ScriptedOutbound(
            Token("t-1"), ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(200), Token("t-2"), ScriptedOutbound.Answer(200));
        var client = new ConnectorClient(outbound, _time);
        var settings = Samples.Settings(("token", "s3cret-token"));

        await client.DeliverAsync(WithToken(), settings, Samples.AnaAndBo(), CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(57));
        await client.DeliverAsync(WithToken(), settings, Samples.AnaAndBo(), CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(1));
        await client.DeliverAsync(WithToken(), settings, Samples.AnaAndBo(), CancellationToken.None);

        outbound.Sent.Select(sent => sent.Headers.GetValueOrDefault("authorization") ?? "login").ShouldBe(["login", "Bearer t-1", "Bearer t-1", "login", "Bearer t-2"]);
    }

    [Fact]
    public async Task Deliver_TokenWithdrawn_IsRenewedOnceThenUnauthorized()
    {
        var outbound = new ScriptedOutbound(
            Token("t-1"), ScriptedOutbound.Answer(401), Token("t-2"), ScriptedOutbound.Answer(200),
            ScriptedOutbound.Answer(401), Token("t-3"), ScriptedOutbound.Answer(401));
        var client = new ConnectorClient(outbound, _time);
        var settings = Samples.Settings(("token", "s3cret-token"));

        var first = await client.DeliverAsync(WithToken(), settings, Samples.AnaAndBo(), CancellationToken.None);
        var second = await client.DeliverAsync(WithToken(), settings, Samples.AnaAndBo(), CancellationToken.None);

        Accepted(first.Outcome);
        second.Outcome.ShouldBeOfType<DeliveryOutcome.Unauthorized>();
        outbound.Unused.ShouldBe(0);
    }

    [Fact]
    public async Task Deliver_CredentialsChanged_FetchesAnotherToken()
    {
        var outbound = new ScriptedOutbound(Token("t-1"), ScriptedOutbound.Answer(200), Token("t-2"), ScriptedOutbound.Answer(200));
        var client = new ConnectorClient(outbound, _time);

        await client.DeliverAsync(WithToken(), Samples.Settings(("token", "old-secret")), Samples.AnaAndBo(), CancellationToken.None);
        await client.DeliverAsync(WithToken(), Samples.Settings(("token", "new-secret")), Samples.AnaAndBo(), CancellationToken.None);

        outbound.Sent[^1].Headers["authorization"].ShouldBe("Bearer t-2");
    }

    [Theory]
    [InlineData(400, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(401, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(200, typeof(DeliveryOutcome.Unauthorized))] // an answer without a token
    [InlineData(429, typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, typeof(DeliveryOutcome.Failed))]
    [InlineData(404, typeof(DeliveryOutcome.Misconfigured))]
    public async Task Deliver_NoTokenGiven_SaysWhoMustAct(int status, Type expected)
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(status, """{"error":"invalid_client"}"""));

        (await DeliverAsync(outbound, WithToken())).Outcome.ShouldBeOfType(expected);
    }

    [Fact]
    public async Task Poll_Job_RunsThePollSteps()
    {
        var connector = Samples.Connector() with
        {
            PollJob =
            [
                new()
                {
                    Name = "poll",
                    BuildRequest = (job, _, _) => new(HttpMethod.Get, $"https://api.example/jobs/{job.JobId}"),
                    ReadResponse = (response, job, _, _) => response.Text is "done" ? DeliveryOutcome.AllAccepted(job.Batch) : new DeliveryOutcome.Pending(job.JobId, TimeSpan.FromSeconds(30)),
                },
            ],
        };
        var client = new ConnectorClient(new ScriptedOutbound(ScriptedOutbound.Answer(200, "running"), ScriptedOutbound.Answer(200, "done")), _time);

        (await client.PollAsync(connector, Samples.Settings(), Samples.AnaAndBo(), "j-1", CancellationToken.None)).Outcome
            .ShouldBe(new DeliveryOutcome.Pending("j-1", TimeSpan.FromSeconds(30)));
        Accepted((await client.PollAsync(connector, Samples.Settings(), Samples.AnaAndBo(), "j-1", CancellationToken.None)).Outcome);
    }

    [Fact]
    public async Task Complete_ConnectorWithoutSuchStep_IsNull() => (await new ConnectorClient(new ScriptedOutbound(), _time).CompleteAsync(
        Samples.Connector(), Samples.Settings(), new(Samples.AnaAndBo().Audience, "run_1", Samples.Now, IsFull: false, []), CancellationToken.None)).ShouldBeNull();

    [Fact]
    public async Task ResolveAudience_NotFound_IsCreated()
    {
        var connector = Samples.Connector() with
        {
            FindAudience = [Lookup("find", HttpMethod.Get)],
            CreateAudience = [Lookup("create", HttpMethod.Post)],
        };
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, ""), ScriptedOutbound.Answer(201, "x-9"));
        var client = new ConnectorClient(outbound, _time);

        var created = await client.ResolveAudienceAsync(connector, Samples.Settings(), Samples.AnaAndBo().Audience, CancellationToken.None);
        var known = await client.ResolveAudienceAsync(connector, Samples.Settings(), Samples.AnaAndBo().Audience with { ExternalId = "x-9" }, CancellationToken.None);

        created.ExternalId.ShouldBe("x-9");
        known.ExternalId.ShouldBe("x-9");
        outbound.Sent.Select(sent => sent.Method).ShouldBe(["GET", "POST"]);

        static Step<AudienceRef> Lookup(string name, HttpMethod method) => new()
        {
            Name = name,
            BuildRequest = (_, _, _) => new(method, "https://api.example/audiences"),
            ReadResponse = (response, _, _, _) => response.Text is { Length: > 0 } id ? new StepResult.Found(id) : StepResult.Next,
        };
    }

    [Theory]
    [InlineData(200, "resolve,connect,authenticate", true)]
    [InlineData(401, "resolve,connect,authenticate", false)]
    [InlineData(403, "resolve,connect,authenticate", false)]
    [InlineData(404, "resolve,connect,request", false)]
    [InlineData(429, "resolve,connect,request", false)]
    [InlineData(500, "resolve,connect,request", false)]
    public async Task Check_Status_EndsAtTheStepAtFault(int status, string names, bool ok)
    {
        var steps = await new ConnectorClient(new ScriptedOutbound(ScriptedOutbound.Answer(status, "s3cret-token")), _time)
            .CheckAsync(Samples.Connector(), Samples.Settings(("token", "s3cret-token")), CancellationToken.None);

        string.Join(',', steps.Select(step => step.Name)).ShouldBe(names);
        steps[^1].Ok.ShouldBe(ok);
        steps[..^1].ShouldAllBe(step => step.Ok);
        (steps[^1].Detail ?? "").ShouldNotContain("s3cret");
    }

    private static ConnectorDefinition WithToken() => Samples.Connector() with
    {
        Token = new()
        {
            BuildRequest = settings => OAuthTokens.ClientCredentials(new("https://login.example/token"), "me", settings["token"], "all"),
            ReadResponse = OAuthTokens.Read,
        },
        Authorize = context => context.Request.Headers.Authorization = new("Bearer", context.Token),
    };

    private static Func<SentRequest, HttpResponseMessage> Token(string token) => ScriptedOutbound.Answer(200, $$"""{"access_token":"{{token}}","expires_in":3599}""");

    private static void Accepted(DeliveryOutcome outcome) =>
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Accepted);

    private Task<DeliveryReport> DeliverAsync(IOutbound outbound, ConnectorDefinition connector, params (string, string)[] settings) =>
        new ConnectorClient(outbound, _time).DeliverAsync(connector, Samples.Settings(settings), Samples.AnaAndBo(), CancellationToken.None);

    private sealed class AsyncOutbound(Func<HttpRequestMessage, Task<HttpResponseMessage>> answer) : IOutbound
    {
        public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => answer(request);
    }
}
