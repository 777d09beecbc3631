using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Connections;

public sealed class ConnectionServiceTests
{
    private const string Sound = """
        {"key":"hook","type":"open","name":"Hook","settings":{"url":"https://hooks.example/audience","rows":50,"nested":true},"secrets":{"apiKey":"s3cr3t-key"}}
        """;

    private readonly ManualTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MemoryConnectionStore _store = new();
    private readonly ReversibleSealer _sealer = new();
    private readonly Usage _usage = new();

    [Fact]
    public async Task Create_SoundBody_GivesTheConnectionWithItsDefaults()
    {
        var view = await CreateAsync();

        view.Id.ShouldStartWith("con_");
        view.Key.ShouldBe("hook");
        view.Status.ShouldBe(ConnectionStatus.Unchecked);
        view.Settings.GetRawText().ShouldBe("""{"nested":true,"rows":50,"url":"https://hooks.example/audience"}""", "numbers and flags stay what they are");
        view.Secrets["apiKey"].ShouldBe(new(true, _time.GetUtcNow()));
        (await Service().GetAsync(view.Id, default)).ShouldBeOk().Key.ShouldBe("hook");
    }

    [Fact]
    public async Task Create_AnyAnswer_NeverHoldsASecret()
    {
        var view = await CreateAsync();

        var json = JsonSerializer.Serialize(view, ConnectionJson.Default.ConnectionView);

        json.ShouldNotContain("s3cr3t-key");
        json.ShouldNotContain("yek-t3rc3s");
        json.ShouldContain("\"secrets\":{\"apiKey\":{\"set\":true,\"updatedAt\":\"2026-01-01T00:00:00Z\"}}");
        (await _store.GetAsync(view.Id, default))!.Secrets["apiKey"].Sealed.ShouldNotContain("s3cr3t-key");
    }

    [Fact]
    public async Task Create_NeitherKeyNorName_TakesThemFromTheConnector()
    {
        const string body = """{"type":"strict"}""";

        var first = (await Service().CreateAsync(JsonElement.Parse(body), default)).ShouldBeOk();
        var second = (await Service().CreateAsync(JsonElement.Parse(body), default)).ShouldBeOk();

        (first.Key, first.Name).ShouldBe(("strict-list", "Strict list"));
        second.Key.ShouldBe("strict-list-2");
    }

    [Fact]
    public async Task Create_KeyTaken_IsAConflict()
    {
        await CreateAsync();

        (await Service().CreateAsync(JsonElement.Parse(Sound), default)).ShouldBeRefused("key_taken").Kind.ShouldBe(RefusalKind.Conflict);
    }

    public static TheoryData<string, string, string> Faulty => new()
    {
        { """{"name":"x"}""", "/type", "required" },
        { """{"type":"opne"}""", "/type", "unknown_connector" },
        { """{"type":"open","key":"Not a key"}""", "/key", "invalid_key" },
        { """{"type":"open","settings":{"url":"https://a.example"}}""", "/secrets/apiKey", "required" },
        { """{"type":"open","secrets":{"apiKey":"x"}}""", "/settings/url", "required" },
        { """{"type":"open","settings":{"ulr":"https://a.example"}}""", "/settings/ulr", "unknown_field" },
        { """{"type":"open","settings":{"apiKey":"x"}}""", "/settings/apiKey", "unknown_field" },
        { """{"type":"open","secrets":{"url":"https://a.example"}}""", "/secrets/url", "unknown_field" },
        { """{"type":"open","settings":{"url":"https://a.example","baseUrl":"https://elsewhere.example"},"secrets":{"apiKey":"x"}}""", "/settings/baseUrl", "local_use_only" },
        { """{"type":"open","settings":{"url":"nowhere"}}""", "/settings/url", "invalid_url" },
        { """{"type":"open","settings":{"url":"http://a.example"}}""", "/settings/url", "https_required" },
        { """{"type":"open","settings":{"region":"moon"}}""", "/settings/region", "invalid_choice" },
        { """{"type":"open","settings":{"rows":0}}""", "/settings/rows", "out_of_range" },
        { """{"type":"open","settings":{"listId":"abc"}}""", "/settings/listId", "invalid_format" },
        { """{"type":"open","settings":{"rows":[1]}}""", "/settings/rows", "wrong_type" },
        { """{"type":"open","secrets":{"apiKey":5}}""", "/secrets/apiKey", "wrong_type" },
        { """{"type":"open","secrets":{"signingSecret":"nope"}}""", "/secrets/signingSecret", "invalid_format" },
        { """{"type":"open","settngs":{}}""", "/settngs", "unknown_field" },
        { """{"type":"open","defaults":{"mode":"miror"}}""", "/defaults/mode", "unknown_value" },
        { """{"type":"open","defaults":{"intervalMinutes":1}}""", "/defaults/intervalMinutes", "out_of_range" },
        { """{"type":"open","defaults":{"mapping":[{"from":"id","to":""}]}}""", "/defaults/mapping/0/to", "required" },
        { """{"type":"open","defaults":{"mapping":[{"from":"id","to":"a"}]}}""", "/defaults/mapping", "identifier_missing" },
        { """{"type":"open","defaults":{"audienceName":"{{segmnt.name}}"}}""", "/defaults/audienceName", "unknown_name" },
        { """{"type":"strict","defaults":{"mode":"mirror"}}""", "/defaults/mode", "mode_unsupported" },
        { """{"type":"strict","defaults":{"mapping":[{"from":"email","to":"emial","identifier":true}]}}""", "/defaults/mapping/0/to", "unknown_field" },
    };

    [Theory]
    [MemberData(nameof(Faulty))]
    public async Task Create_FaultyBody_TellsTheFaultAtItsPointer(string body, string pointer, string code)
    {
        var refusal = (await Service().CreateAsync(JsonElement.Parse(body), default)).ShouldBeRefused("validation_failed");

        refusal.Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldContain((pointer, code), string.Join(" | ", refusal.Faults));
        (await _store.ListAllAsync(default).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Create_SeveralFaults_TellsThemAllAtOnce()
    {
        var refusal = (await Service().CreateAsync(
            JsonElement.Parse("""{"type":"open","key":"A B","settings":{"url":"x","rows":0},"defaults":{"mode":"x"}}"""), default)).ShouldBeRefused("validation_failed");

        refusal.Faults.Select(fault => fault.Pointer).ShouldBe(["/key", "/settings/url", "/settings/rows", "/secrets/apiKey", "/defaults/mode"]);
    }

    [Fact]
    public async Task Create_PlainHttpWhereLocalUseAllowsIt_IsTaken()
    {
        var body = JsonElement.Parse(Sound.Replace("https://", "http://", StringComparison.Ordinal));

        (await Service(allowsPlainHttp: true).CreateAsync(body, default)).ShouldBeOk();
    }

    [Fact]
    public async Task Patch_OneSetting_KeepsTheRestAndTheSecrets()
    {
        var created = await CreateAsync();
        _time.Advance(TimeSpan.FromHours(1));

        var view = await PatchAsync(created, """{"settings":{"rows":null,"region":"us"},"name":"New"}""");

        view.Name.ShouldBe("New");
        view.Settings.GetRawText().ShouldBe("""{"nested":true,"region":"us","url":"https://hooks.example/audience"}""");
        view.Secrets["apiKey"].UpdatedAt.ShouldBe(created.CreatedAt);
        view.UpdatedAt.ShouldBe(_time.GetUtcNow());
        view.ETag.ShouldNotBe(created.ETag);
        (await OpenAsync(created.Id)).Settings["apiKey"].ShouldBe("s3cr3t-key");
    }

    [Fact]
    public async Task Patch_Secrets_SealsNewOnesAndClearsNulls()
    {
        var created = await CreateAsync();
        var with = await PatchAsync(created, """{"secrets":{"apiKey":"other","signingSecret":"whsec_abc"}}""");
        with.Secrets.Keys.ShouldBe(["apiKey", "signingSecret"]);

        var without = await PatchAsync(with, """{"secrets":{"signingSecret":null}}""");

        without.Secrets.Keys.ShouldBe(["apiKey"]);
        (await OpenAsync(created.Id)).Settings["apiKey"].ShouldBe("other");
    }

    [Fact]
    public async Task Patch_AnswerSentBackWhole_ChangesNothingButTheTime()
    {
        var created = await CreateAsync();
        var whole = JsonSerializer.Serialize(created, ConnectionJson.Default.ConnectionView);

        var view = await PatchAsync(created, whole);

        view.Settings.GetRawText().ShouldBe(created.Settings.GetRawText());
        (await OpenAsync(created.Id)).Settings["apiKey"].ShouldBe("s3cr3t-key");
    }

    [Theory]
    [InlineData("""{"secrets":{"apiKey":null}}""", "/secrets/apiKey", "required")]
    [InlineData("""{"secrets":null}""", "/secrets/apiKey", "required")]
    [InlineData("""{"key":"other"}""", "/key", "immutable")]
    [InlineData("""{"type":"strict"}""", "/type", "immutable")]
    [InlineData("""{"name":" "}""", "/name", "required")]
    [InlineData("""{"settings":{"url":null}}""", "/settings/url", "required")]
    [InlineData("""["x"]""", "", "wrong_type")]
    public async Task Patch_FaultyChange_IsRefusedAndNothingChanges(string patch, string pointer, string code)
    {
        var created = await CreateAsync();

        var refusal = (await Service().PatchAsync(created.Id, JsonElement.Parse(patch), created.ETag, default)).ShouldBeRefused("validation_failed");

        refusal.Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldContain((pointer, code));
        (await Service().GetAsync(created.Id, default)).ShouldBeOk().ETag.ShouldBe(created.ETag);
    }

    [Fact]
    public async Task Patch_StaleETag_IsRefusedWithTheCurrentOne()
    {
        var created = await CreateAsync();
        var changed = await PatchAsync(created, """{"name":"New"}""");

        var refusal = (await Service().PatchAsync(created.Id, JsonElement.Parse("""{"name":"Mine"}"""), created.ETag, default)).ShouldBeRefused("etag_mismatch");

        refusal.Extensions!["etag"]!.GetValue<string>().ShouldBe(changed.ETag);
    }

    [Fact]
    public async Task Patch_MarkedMeanwhile_KeepsBothChanges()
    {
        var created = await CreateAsync();
        _store.BeforeWrite = () =>
        {
            _store.BeforeWrite = null;
            Service().MarkUnauthorizedAsync(created.Id, "401", default).GetAwaiter().GetResult();
        };

        var view = await PatchAsync(created, """{"name":"New"}""");

        (view.Name, view.Status).ShouldBe(("New", ConnectionStatus.Unauthorized));
    }

    [Fact]
    public async Task Patch_NewSecretAfterUnauthorized_IsUncheckedAgain()
    {
        var created = await CreateAsync();
        await Service().MarkUnauthorizedAsync(created.Id, "401", default);

        (await PatchAsync(created, """{"name":"New"}""") is var renamed && renamed.Status is ConnectionStatus.Unauthorized).ShouldBeTrue("a name cures nothing");
        (await PatchAsync(renamed, """{"secrets":{"apiKey":"fresh"}}""")).ShouldSatisfyAllConditions(
            view => view.Status.ShouldBe(ConnectionStatus.Unchecked),
            view => view.StatusDetail.ShouldBeNull());
    }

    [Fact]
    public async Task Patch_SecretSealedWithALostKey_AsksForItAgainAndTakesIt()
    {
        var created = await CreateAsync();
        _sealer.Key = "k2";

        (await Service().OpenAsync(created.Id, default)).ShouldBeRefused("secret_unreadable");
        (await Service().PatchAsync(created.Id, JsonElement.Parse("""{"name":"New"}"""), created.ETag, default))
            .ShouldBeRefused("validation_failed").Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldContain(("/secrets/apiKey", "secret_unreadable"));

        await PatchAsync(created, """{"secrets":{"apiKey":"again"}}""");
        (await OpenAsync(created.Id)).Settings["apiKey"].ShouldBe("again");
    }

    [Fact]
    public async Task Mark_SameStatusTwice_WritesOnceAndShowsWithoutBarringAChange()
    {
        var created = await CreateAsync();
        var writes = 0;
        _store.BeforeWrite = () => writes++;

        await Service().MarkHealthyAsync(created.Id, default);
        await Service().MarkHealthyAsync(created.Id, default);

        writes.ShouldBe(1);
        (await Service().GetAsync(created.Id, default)).ShouldBeOk().ShouldSatisfyAllConditions(
            view => view.Status.ShouldBe(ConnectionStatus.Healthy),
            view => view.ETag.ShouldNotBe(created.ETag),
            view => ETags.Holds(created.ETag, view.ETag).ShouldBeTrue());
    }

    [Fact]
    public async Task Delete_InUse_IsRefusedWithItsUsersThenTaken()
    {
        var created = await CreateAsync();
        _usage.Users = [new("destination", "dst_1", "Lapsed")];

        var refusal = (await Service().DeleteAsync(created.Id, created.ETag, default)).ShouldBeRefused("in_use");

        refusal.Kind.ShouldBe(RefusalKind.Conflict);
        refusal.Extensions!["usedBy"]![0]!["id"]!.GetValue<string>().ShouldBe("dst_1");
        _usage.Users = [];
        (await Service().DeleteAsync(created.Id, ETags.Any, default)).ShouldBeOk();
        (await Service().GetAsync(created.Id, default)).ShouldBeRefused("not_found");
    }

    [Fact]
    public async Task List_ThreeConnections_ComesInPages()
    {
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            (await Service().CreateAsync(JsonElement.Parse("""{"type":"strict"}"""), default)).ShouldBeOk();
        }

        var first = await ListAsync(new(new(2, null)));
        var second = await ListAsync(new(new(2, first.Next)));

        first.Items.Concat(second.Items).Select(view => view.Key).ShouldBe(["strict-list", "strict-list-2", "strict-list-3"]);
        second.Next.ShouldBeNull();
    }

    [Fact]
    public async Task List_SearchStatusTypeAndOrder_TakeTheirPart()
    {
        var hook = await CreateAsync();
        foreach (var name in (string[])["beta", "Alpha", "gamma"])
        {
            (await Service().CreateAsync(JsonElement.Parse($$"""{"type":"strict","name":"{{name}}"}"""), default)).ShouldBeOk();
        }

        await Service().MarkUnauthorizedAsync(hook.Id, "Refused.", default);

        (await NamesAsync(new(new(9, null), "LPH"))).ShouldBe(["Alpha"]);
        (await NamesAsync(new(new(9, null), Order: new(ListSort.Name)), types: ["strict"])).ShouldBe(["Alpha", "beta", "gamma"]);
        (await NamesAsync(new(new(9, null), Order: new(ListSort.Name, IsDescending: true)), types: ["strict"])).ShouldBe(["gamma", "beta", "Alpha"]);
        (await NamesAsync(new(new(9, null)), statuses: [ConnectionStatus.Unauthorized])).ShouldBe([hook.Name]);
        (await NamesAsync(new(new(9, null)), statuses: [ConnectionStatus.Unauthorized], types: ["strict"])).ShouldBeEmpty();

        async Task<IEnumerable<string>> NamesAsync(ListQuery query, ConnectionStatus[]? statuses = null, string[]? types = null) =>
            (await Service().ListAsync(query, statuses ?? [], types ?? [], default)).Items.Select(view => view.Name);
    }

    private Task<ListPage<ConnectionView>> ListAsync(ListQuery query) => Service().ListAsync(query, [], [], default);

    private async Task<ConnectionView> CreateAsync() => (await Service().CreateAsync(JsonElement.Parse(Sound), default)).ShouldBeOk();

    private async Task<ConnectionView> PatchAsync(ConnectionView current, string patch) =>
        (await Service().PatchAsync(current.Id, JsonElement.Parse(patch), current.ETag, default)).ShouldBeOk();

    private async Task<OpenedConnection> OpenAsync(string id) => (await Service().OpenAsync(id, default)).ShouldBeOk();

    [Fact]
    public async Task Delete_ConnectionWithTokens_ForgetsThemToo()
    {
        var connector = TestConnectors.Open with { Token = new() { BuildRequest = _ => null, ReadResponse = _ => null, RefreshToken = SettingField.Secret("apiKey", "Key", "A key.") } };
        var catalog = new ConnectorCatalog(connector);
        var tokens = new LocalTokens();
        var service = new ConnectionService(_store, catalog, new(catalog, new ConnectionDefaultsRules(), new(false)), new(_sealer, _time), [], _time, tokens);
        var view = (await service.CreateAsync(JsonElement.Parse(Sound), default)).ShouldBeOk();
        var opened = (await service.OpenAsync(view.Id, default)).ShouldBeOk();
        await new TokenCache(tokens, _time).GetAsync(
            connector, opened.Settings, null, _ => Task.FromResult<AccessToken?>(new("access", TimeSpan.FromHours(1)) { RefreshToken = "next" }), default);
        var key = TokenCache.KeyOf(connector, opened.Settings);
        (await tokens.ReadAsync(key, default)).ShouldNotBeNull();

        (await service.DeleteAsync(view.Id, view.ETag, default)).ShouldBeOk();

        (await tokens.ReadAsync(key, default)).ShouldBeNull();
    }

    private ConnectionService Service(bool allowsPlainHttp = false) => new(
        _store,
        TestConnectors.Catalog,
        new(TestConnectors.Catalog, new ConnectionDefaultsRules(), new(allowsPlainHttp)),
        new(_sealer, _time),
        [_usage],
        _time);

    private sealed class Usage : IConnectionUsage
    {
        public ImmutableArray<ConnectionUser> Users { get; set; } = [];

        public Task<ImmutableArray<ConnectionUser>> UsersOfAsync(string connectionId, CancellationToken cancellationToken) => Task.FromResult(Users);
    }
}
