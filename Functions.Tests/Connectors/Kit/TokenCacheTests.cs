using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Kit;

public sealed class TokenCacheTests
{
    private readonly ManualTimeProvider _time = new(Samples.Now);
    private readonly LocalTokens _store = new();
    private int _fetched;

    [Fact]
    public async Task Deliver_RotatingRefreshToken_UsesEachOnceAndTheNewestAfterARestart()
    {
        var outbound = new ScriptedOutbound(
            Grant("a1", "r2"), ScriptedOutbound.Answer(200),
            ScriptedOutbound.Answer(401), Grant("a2", "r3"), ScriptedOutbound.Answer(200),
            Grant("a3", null), ScriptedOutbound.Answer(200),
            Grant("a4", null), ScriptedOutbound.Answer(200));

        await DeliverAsync(new ConnectorClient(outbound, _time, _store), outbound);
        await DeliverAsync(new ConnectorClient(outbound, _time, _store), outbound); // another instance: the token is shared, and refused once
        _time.Advance(TimeSpan.FromHours(1));
        await DeliverAsync(new ConnectorClient(outbound, _time, _store), outbound);
        _time.Advance(TimeSpan.FromHours(1));
        await DeliverAsync(new ConnectorClient(outbound, _time, _store), outbound);

        outbound.Sent.Where(sent => sent.Url.AbsolutePath == "/token").Select(sent => sent.Text).ShouldBe(
            ["grant_type=refresh_token&refresh_token=r1", "grant_type=refresh_token&refresh_token=r2", "grant_type=refresh_token&refresh_token=r3", "grant_type=refresh_token&refresh_token=r3"]);
        outbound.Sent.Where(sent => sent.Url.AbsolutePath != "/token").Select(sent => sent.Headers["authorization"]).ShouldBe(["Bearer a1", "Bearer a1", "Bearer a2", "Bearer a3", "Bearer a4"]);
        outbound.Unused.ShouldBe(0);
    }

    [Fact]
    public async Task Deliver_RotatedTokens_AreInNoRecordedExchange()
    {
        var outbound = new ScriptedOutbound(Grant("access-1", "refresh-2"), ScriptedOutbound.Answer(200, "you sent access-1"));

        var report = await new ConnectorClient(outbound, _time, _store).DeliverAsync(Connector(), Settings("refresh-1"), Samples.AnaAndBo(), default);

        var texts = string.Join('\n', report.Exchanges.SelectMany(exchange => new[] { exchange.RequestBody, exchange.ResponseBody }
            .Concat(exchange.RequestHeaders.Select(header => header.Value))));
        texts.ShouldNotContain("access-1");
        texts.ShouldNotContain("refresh-1");
        texts.ShouldNotContain("refresh-2");
    }

    [Fact]
    public async Task Get_AnotherInstanceRenews_WaitsForItsToken()
    {
        var first = new TokenCache(_store, _time);
        var second = new TokenCache(_store, _time);
        var answer = new TaskCompletionSource<AccessToken?>();

        var renewing = first.GetAsync(Connector(), Settings("r1"), null, _ => Fetch(answer.Task), default);
        var waiting = second.GetAsync(Connector(), Settings("r1"), null, _ => Fetch(Task.FromResult<AccessToken?>(new("other", TimeSpan.FromHours(1)))), default);
        waiting.IsCompleted.ShouldBeFalse();
        answer.SetResult(new("one", TimeSpan.FromHours(1)));
        (await renewing)!.Value.ShouldBe("one");
        _time.Advance(TimeSpan.FromSeconds(1));

        (await waiting)!.Value.ShouldBe("one");
        _fetched.ShouldBe(1);
    }

    [Fact]
    public async Task Get_WhoRenewedDied_IsTakenOverAfterAWhile()
    {
        var dead = new TokenCache(_store, _time).GetAsync(Connector(), Settings("r1"), null, _ => new TaskCompletionSource<AccessToken?>().Task, default);
        var waiting = new TokenCache(_store, _time).GetAsync(Connector(), Settings("r1"), null, _ => Fetch(Task.FromResult<AccessToken?>(new("next", TimeSpan.FromHours(1)))), default);

        for (var second = 0; second < 125 && !waiting.IsCompleted; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        (await waiting)!.Value.ShouldBe("next");
        dead.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Get_NothingFetched_LeavesTheOldRefreshTokenAndLetsTheNextTry()
    {
        var cache = new TokenCache(_store, _time);
        (await cache.GetAsync(Connector(), Settings("r1"), null, _ => Fetch(Task.FromResult<AccessToken?>(null)), default)).ShouldBeNull();

        var asked = "";
        (await cache.GetAsync(Connector(), Settings("r1"), null, settings =>
        {
            asked = settings["refreshToken"];
            return Task.FromResult<AccessToken?>(new("one", TimeSpan.FromHours(1)));
        }, default))!.Value.ShouldBe("one");

        asked.ShouldBe("r1");
    }

    [Fact]
    public async Task Get_AnotherRefreshTokenGiven_BeginsAnew()
    {
        var cache = new TokenCache(_store, _time);
        await cache.GetAsync(Connector(), Settings("r1"), null, _ => Task.FromResult<AccessToken?>(new("one", TimeSpan.FromHours(1)) { RefreshToken = "r2" }), default);

        var token = await cache.GetAsync(
            Connector(), Settings("s1"), null, settings => Task.FromResult<AccessToken?>(new($"for {settings["refreshToken"]}", TimeSpan.FromHours(1))), default);

        token!.Value.ShouldBe("for s1");
    }

    [Fact]
    public async Task Deliver_TokenNamesAHost_CallsGoThere()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, "ignored"), ScriptedOutbound.Answer(200));
        var connector = Connector() with
        {
            Token = Connector().Token! with { ReadResponse = _ => new("t", TimeSpan.FromHours(1)) { Host = new("https://eu7.instance.example") } },
        };

        await new ConnectorClient(outbound, _time, _store).DeliverAsync(connector, Settings("r1"), Samples.AnaAndBo(), default);

        outbound.Sent.Select(sent => sent.Url.AbsoluteUri).ShouldBe(["https://login.example/token", "https://eu7.instance.example/members"]);
    }

    private Task<AccessToken?> Fetch(Task<AccessToken?> answer)
    {
        _fetched++;
        return answer;
    }

    private static async Task DeliverAsync(ConnectorClient client, ScriptedOutbound outbound) =>
        (await client.DeliverAsync(Connector(), Settings("r1"), Samples.AnaAndBo(), default)).Outcome.ShouldBeOfType<DeliveryOutcome.Settled>($"after {outbound.Sent.Count} calls");

    private static SettingField RefreshToken { get; } = SettingField.Secret("refreshToken", "Refresh token", "From the authorization.");

    private static ConnectorDefinition Connector() => Samples.Connector() with
    {
        Settings = [RefreshToken],
        Token = new()
        {
            BuildRequest = settings => OAuthTokens.Refresh(new("https://login.example/token"), settings["refreshToken"]),
            ReadResponse = OAuthTokens.Read,
            RefreshToken = RefreshToken,
        },
        Authorize = context => context.Request.Headers.Authorization = new("Bearer", context.Token),
    };

    private static ConnectorSettings Settings(string refreshToken) =>
        Samples.Settings() with { Secrets = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty.Add("refreshToken", refreshToken) };

    private static Func<SentRequest, HttpResponseMessage> Grant(string access, string? refresh) => ScriptedOutbound.Answer(
        200, $$"""{"access_token":"{{access}}","expires_in":3600{{(refresh is null ? "" : $",\"refresh_token\":\"{refresh}\"")}}}""");
}
