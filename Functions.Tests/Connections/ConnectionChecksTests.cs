using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using Moq;

namespace AudienceSync.Connections;

public sealed class ConnectionChecksTests
{
    private const string Body = """{"type":"open","settings":{"url":"https://a.example"},"secrets":{"apiKey":"s3cr3t"}}""";

    private readonly MemoryConnectionStore _store = new();
    private readonly Mock<IConnectorClient> _client = new();
    private readonly ConnectionService _service;
    private readonly ConnectionChecks _checks;

    public ConnectionChecksTests()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UnixEpoch);
        _service = new(
            _store, TestConnectors.Catalog, new(TestConnectors.Catalog, new ConnectionDefaultsRules(), new(false)), new(new ReversibleSealer(), time), [], time);
        _checks = new(_service, _client.Object);
    }

    [Fact]
    public async Task Check_EveryStepGood_MarksTheConnectionHealthy()
    {
        var id = await CreateAsync();
        Answer(new CheckStep("resolve", true, TimeSpan.FromMilliseconds(2.6)), new CheckStep("authenticate", true, TimeSpan.FromMilliseconds(80)));

        var check = (await _checks.CheckAsync(id, default)).ShouldBeOk();

        check.Ok.ShouldBeTrue();
        JsonSerializer.Serialize(check, ConnectionJson.Default.ConnectionCheck).ShouldBe(
            """{"ok":true,"steps":[{"name":"resolve","ok":true,"ms":3},{"name":"authenticate","ok":true,"ms":80}]}""");
        (await StatusAsync(id)).ShouldBe((ConnectionStatus.Healthy, null));
        _client.Verify(client => client.CheckAsync(TestConnectors.Catalog.Find("open")!, It.Is<ConnectorSettings>(settings => settings["apiKey"] == "s3cr3t"), default));
    }

    [Fact]
    public async Task Check_CredentialsRefused_MarksTheConnectionUnauthorized()
    {
        var id = await CreateAsync();
        Answer(new CheckStep("resolve", true, TimeSpan.Zero), new CheckStep("authenticate", false, TimeSpan.Zero, "401: the key is not known."));

        (await _checks.CheckAsync(id, default)).ShouldBeOk().Ok.ShouldBeFalse();

        (await StatusAsync(id)).ShouldBe((ConnectionStatus.Unauthorized, "401: the key is not known."));
    }

    [Fact]
    public async Task Check_AddressDoesNotAnswer_SaysNothingAboutTheCredentials()
    {
        var id = await CreateAsync();
        await _service.MarkHealthyAsync(id, default);
        Answer(new CheckStep("resolve", false, TimeSpan.Zero, "No such host."));

        (await _checks.CheckAsync(id, default)).ShouldBeOk().Ok.ShouldBeFalse();

        (await StatusAsync(id)).ShouldBe((ConnectionStatus.Healthy, null));
    }

    [Fact]
    public async Task CheckUnsaved_SoundSettings_ChecksAndKeepsNothing()
    {
        Answer(new CheckStep("resolve", true, TimeSpan.Zero));

        (await _checks.CheckUnsavedAsync(JsonElement.Parse(Body), default)).ShouldBeOk().Ok.ShouldBeTrue();

        (await _store.ListAllAsync(default).ToListAsync()).ShouldBeEmpty();
        _client.Verify(client => client.CheckAsync(TestConnectors.Catalog.Find("open")!, It.Is<ConnectorSettings>(settings => settings["apiKey"] == "s3cr3t"), default));
    }

    [Fact]
    public async Task CheckUnsaved_FaultySettings_SendsNothing()
    {
        (await _checks.CheckUnsavedAsync(JsonElement.Parse("""{"type":"open"}"""), default)).ShouldBeRefused("validation_failed");

        _client.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task Check_UnknownConnection_IsNotFound() => (await _checks.CheckAsync("con_0", default)).ShouldBeRefused("not_found");

    private async Task<string> CreateAsync() => (await _service.CreateAsync(JsonElement.Parse(Body), default)).ShouldBeOk().Id;

    private async Task<(ConnectionStatus Status, string? Detail)> StatusAsync(string id) =>
        (await _store.GetAsync(id, default)) is { } connection ? (connection.Status, connection.StatusDetail) : throw new InvalidOperationException("It is gone.");

    private void Answer(params ImmutableArray<CheckStep> steps) => _client
        .Setup(client => client.CheckAsync(It.IsAny<ConnectorDefinition>(), It.IsAny<ConnectorSettings>(), It.IsAny<CancellationToken>()))
        .ReturnsAsync(steps);
}
