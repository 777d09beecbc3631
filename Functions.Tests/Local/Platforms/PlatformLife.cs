using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AudienceSync.Connections;
using AudienceSync.Connectors;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Runs;

namespace AudienceSync.Local.Platforms;

/// <summary>A real connector under the real engine, over real HTTP to a platform in play; both go by the engine's clock, which passes every pause at once.</summary>
internal sealed class PlatformLife : IAsyncDisposable
{
    private readonly GuardedOutbound _outbound;
    private readonly HttpClient _http = new();
    private readonly PlatformServer _server;

    private PlatformLife(PlatformCase platform, PlatformServer server, EngineHarness engine, GuardedOutbound outbound, ConnectorSettings settings) =>
        (Case, _server, Engine, _outbound, Settings) = (platform, server, engine, outbound, settings);

    public PlatformCase Case { get; }

    public EngineHarness Engine { get; }

    public ConnectorSettings Settings { get; }

    public static async Task<PlatformLife> StartAsync(PlatformCase platform)
    {
        var connector = ConnectorList.All.Find(platform.Slug).ShouldNotBeNull();
        GuardedOutbound? outbound = null;
        var engine = new EngineHarness(connector: connector, calls: time =>
        {
            time.PassesDelays = true;
            outbound = new(new OutboundOptions { AllowPrivateAddresses = true }, time, Dns.GetHostAddressesAsync);
            return new ConnectorClient(outbound, time);
        });
        var server = await PlatformServer.StartAsync(engine.Time);
        var settings = SettingsFor(platform, connector, server);
        var life = new PlatformLife(platform, server, engine, outbound!, settings);
        await life.ConnectAsync(settings);
        await engine.ChangeAsync(destination => destination with
        {
            Mapping = platform.Mapping,
            Mode = platform.Mode,
            Audience = new("VIPs", platform.ExternalId),
        });
        return life;
    }

    /// <summary>Replaces the engine's connection by one with these settings.</summary>
    public async Task ConnectAsync(ConnectorSettings settings)
    {
        var current = (await Engine.ConnectionStore.GetAsync(EngineHarness.ConnectionId, default)).ShouldNotBeNull();
        var sealer = new ReversibleSealer();
        (await Engine.ConnectionStore.TryReplaceAsync(
            current with
            {
                Settings = settings.Values,
                Secrets = settings.Secrets.ToImmutableDictionary(secret => secret.Key, secret => new SealedSecret(sealer.Seal(secret.Value, current.Id, secret.Key), default)),
            },
            default)).ShouldNotBeNull();
    }

    public void Put(int number, bool vip = true, long orders = 1) => Engine.Put(EngineHarness.Id(number), vip, PlatformCase.Email(EngineHarness.Id(number)), orders);

    /// <summary>A run to its end, and what it came to, for messages.</summary>
    public async Task<Run> RunAsync(RunMode mode = RunMode.Incremental)
    {
        var run = await Engine.RunAsync(mode);
        Engine.Errors.ShouldBeEmpty();
        EngineHarness.ShouldAddUp(run);
        return run;
    }

    public async Task<Run> RunToSuccessAsync(RunMode mode = RunMode.Incremental)
    {
        var run = await RunAsync(mode);
        if (run.Status is not RunStatus.Succeeded)
        {
            throw new ShouldAssertException($"{Case}: the run {await DescribeAsync(run)}");
        }

        return run;
    }

    public async Task<string> DescribeAsync(Run run)
    {
        var rows = (await Engine.Rows.ListAsync(run.Id, new([], null, null, null), new(20, null), default)).Match(
            page => page.Items.Select(row => $"{row.ProfileId} {row.Outcome} {row.Code} {row.Detail}"), refusal => [$"{refusal.Detail}"]);
        var refused = (await StateAsync())["refused"]!.AsArray().TakeLast(5).Select(each => each!.ToJsonString());
        return $"is {run.Status}: stopped {run.Stopped}, errors {string.Join("; ", run.TopErrors)}\nrows:\n{string.Join('\n', rows)}\nrefused there:\n{string.Join('\n', refused)}";
    }

    public async Task<JsonObject> StateAsync()
    {
        await ControlAsync(new() { ["finishJobs"] = true });
        return (await _http.GetFromJsonAsync<JsonObject>(Page("__state"))).ShouldNotBeNull();
    }

    public async Task ForgetCallsAsync() => (await _http.DeleteAsync(Page("__state"))).StatusCode.ShouldBe(HttpStatusCode.NoContent);

    public async Task SeedAsync(JsonObject seed) => (await _http.PostAsJsonAsync(Page("__seed"), seed)).StatusCode.ShouldBe(HttpStatusCode.OK);

    public async Task ControlAsync(JsonObject control) => (await _http.PostAsJsonAsync(Page("__control"), control)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

    public Task FailAsync(string how, int times = 1) => ControlAsync(new() { ["fail"] = how, ["times"] = times, ["retryAfter"] = 2 });

    /// <summary>The audience is the segment and these strangers.</summary>
    public async Task ShouldBeInStepAsync(string when, params IEnumerable<string> strangers)
    {
        var expected = Engine.Profiles.Where(profile => profile.Value["vip"].AsBoolean()).Select(profile => Case.Key(profile.Key)).Concat(strangers).Order(StringComparer.Ordinal);
        var members = Case.Members(await StateAsync()).Order(StringComparer.Ordinal).ToList();
        members.ShouldBe([.. expected], customMessage: $"{Case} after {when}");
    }

    /// <summary>Since the calls were last forgotten; that something is not there yet is no refusal.</summary>
    public async Task ShouldHaveRefusedNothingAsync()
    {
        var refused = (await StateAsync())["refused"]!.AsArray().Where(each => each!["status"]!.GetValue<int>() != 404 && !Case.Expects(each)).Select(each => each!.ToJsonString()).ToList();
        refused.ShouldBeEmpty($"{Case} refused {string.Join('\n', refused)}");
    }

    public async ValueTask DisposeAsync()
    {
        _outbound.Dispose();
        _http.Dispose();
        await _server.DisposeAsync();
    }

    private static ConnectorSettings SettingsFor(PlatformCase platform, ConnectorDefinition connector, PlatformServer server)
    {
        var offered = server.SettingsOf(platform.Slug);
        var values = new Dictionary<string, string>();
        foreach (var (name, value) in offered)
        {
            if (name == BaseUrl.Name || (connector.Settings.Any(field => field.Name == name) && (platform.Use.IsEmpty || platform.Use.Contains(name))))
            {
                values[name] = value!.GetValue<string>();
            }
        }

        foreach (var (name, value) in platform.Settings)
        {
            values[name] = offered.TryGetPropertyValue(value.TrimStart('='), out var given) && value.StartsWith('=') ? given!.GetValue<string>() : value;
        }

        var secrets = connector.Settings.Where(field => field.Kind is SettingKind.Secret).Select(field => field.Name).ToHashSet();
        return new(
            EngineHarness.ConnectionId,
            values.Where(pair => !secrets.Contains(pair.Key)).ToImmutableDictionary(),
            values.Where(pair => secrets.Contains(pair.Key)).ToImmutableDictionary());
    }

    private Uri Page(string name) => new(_server.Address, $"{name}/{Case.Slug}");
}
