using System.Collections.Immutable;
using AudienceSync.Connectors;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Delivery;

public sealed class RecordingClientTests : IConnectorClient, IDisposable
{
    private static readonly ConnectorSettings Settings = Samples.Settings();

    private readonly MemoryDeliveryRecords _records = new();
    private readonly ManualTimeProvider _time = new(Samples.Now);
    private readonly LogLines _log = new();
    private readonly RecordingClient _client;
    private DeliveryOutcome _outcome = DeliveryOutcome.AllAccepted(Samples.AnaAndBo());
    private ImmutableArray<Exchange> _exchanges =
    [
        new("POST", "https://hooks.example/a", [], """{"email":"ana@example.com"}""", 200, [], "{}", TimeSpan.FromMilliseconds(12), null),
    ];

    public RecordingClientTests() => _client = new(this, _records, new("a secret"u8.ToArray()), new() { RecordedBatches = 2 }, _time, new LoggerFactory([_log]).CreateLogger<RecordingClient>());

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Deliver_FirstBatches_AreRecordedAndLaterSuccessesAreNot()
    {
        foreach (var number in Enumerable.Range(0, 5))
        {
            await DeliverAsync(number);
        }

        _records.All.Select(record => record.Batch).ShouldBe([0, 1], ignoreOrder: true);
    }

    [Fact]
    public async Task Deliver_Success_IsRecordedWithAllThatMatters()
    {
        var report = await DeliverAsync(0);

        report.Outcome.ShouldBeSameAs(_outcome);
        var record = _records.All.ShouldHaveSingleItem();
        record.Id.ShouldMatch("^evt_[0-9a-f][0-9A-Z]{26}$");
        (record.At, record.DestinationId, record.RunId, record.ConnectionId, record.Connector, record.MessageId).ShouldBe((Samples.Now, "dst_1", "run_1", "con_1", "sample", "msg_1"));
        (record.Call, record.Outcome, record.Code, record.Detail, record.Attempt).ShouldBe((DeliveryCall.Batch, DeliveryVerdict.Delivered, null, null, 1));
        (record.Adds, record.Updates, record.Removes, record.Accepted, record.Rejected).ShouldBe((1, 0, 1, 2, 0));
        (record.Status, record.Ms, record.Requests).ShouldBe((200, 150, 1));
        record.Fields.ShouldBe(["user_id", "email", "orders"]);
        record.Exchanges.ShouldHaveSingleItem().RequestBody.ShouldBe("""{"email":"•••"}""");
    }

    public static TheoryData<DeliveryOutcome, DeliveryVerdict, string?> Outcomes => new()
    {
        { new DeliveryOutcome.Settled([RowOutcome.Accepted, new(RowFate.Rejected, "bad", "No.")]), DeliveryVerdict.Partial, "bad" },
        { new DeliveryOutcome.Settled([new(RowFate.Retryable), new(RowFate.Uncertain, "lost")]), DeliveryVerdict.Rejected, "lost" },
        { new DeliveryOutcome.Throttled(TimeSpan.FromSeconds(3), "http_429"), DeliveryVerdict.Throttled, "http_429" },
        { new DeliveryOutcome.Failed("http_500", "Down."), DeliveryVerdict.Failed, "http_500" },
        { new DeliveryOutcome.Unauthorized("http_401", "Who?"), DeliveryVerdict.Unauthorized, "http_401" },
        { new DeliveryOutcome.Refused("http_400", "What?"), DeliveryVerdict.Refused, "http_400" },
        { new DeliveryOutcome.Misconfigured("http_404", "Where?"), DeliveryVerdict.Misconfigured, "http_404" },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task Deliver_Failure_IsAlwaysRecorded(DeliveryOutcome outcome, DeliveryVerdict verdict, string? code)
    {
        _outcome = outcome;

        await DeliverAsync(7);

        var record = _records.All.ShouldHaveSingleItem();
        (record.Outcome, record.Code).ShouldBe((verdict, code));
    }

    [Fact]
    public async Task Deliver_RowErrors_AreCountedByCode()
    {
        _outcome = new DeliveryOutcome.Settled([new(RowFate.Rejected, "b", "First."), new(RowFate.Retryable, "a"), new(RowFate.Uncertain, "b"), RowOutcome.Accepted]);

        await DeliverAsync(7);

        var record = _records.All.ShouldHaveSingleItem();
        record.Reasons.ShouldBe([new("b", 2), new("a", 1)]);
        (record.Accepted, record.Rejected, record.Retryable, record.Uncertain, record.Detail).ShouldBe((1, 1, 1, 1, "First."));
    }

    [Fact]
    public async Task Deliver_Retry_IsRecordedWithItsNumber()
    {
        await _client.DeliverAsync(Samples.Connector(), Settings, Samples.AnaAndBo() with { Number = 7, Attempt = 3 }, default);

        _records.All.ShouldHaveSingleItem().Attempt.ShouldBe(3);
    }

    [Fact]
    public async Task Poll_UnderWay_IsNotRecordedUntilItEnds()
    {
        _outcome = new DeliveryOutcome.Pending("job", TimeSpan.FromSeconds(1));
        await _client.PollAsync(Samples.Connector(), Settings, Samples.AnaAndBo(), "job", default);
        _records.All.ShouldBeEmpty();

        _outcome = DeliveryOutcome.AllAccepted(Samples.AnaAndBo());
        await _client.PollAsync(Samples.Connector(), Settings, Samples.AnaAndBo(), "job", default);
        _records.All.ShouldHaveSingleItem().Call.ShouldBe(DeliveryCall.Poll);
    }

    [Fact]
    public async Task Complete_IsRecordedWithoutABatch()
    {
        await _client.CompleteAsync(Samples.Connector(), Settings, new(Samples.AnaAndBo().Audience, "run_1", Samples.Now, true, []), default);

        var record = _records.All.ShouldHaveSingleItem();
        (record.Call, record.Batch, record.MessageId, record.Outcome).ShouldBe((DeliveryCall.Completion, null, null, DeliveryVerdict.Delivered));
    }

    [Fact]
    public async Task ResolveAudience_IsRecordedWithoutARun()
    {
        await _client.ResolveAudienceAsync(Samples.Connector(), Settings, Samples.AnaAndBo().Audience, mayCreate: true, default);
        _outcome = new DeliveryOutcome.Failed("http_500", "Down.");
        await _client.ResolveAudienceAsync(Samples.Connector(), Settings, Samples.AnaAndBo().Audience, mayCreate: true, default);

        _records.All.Select(record => (record.Call, record.RunId, record.Outcome)).ShouldBe(
            [(DeliveryCall.Audience, "", DeliveryVerdict.Delivered), (DeliveryCall.Audience, "", DeliveryVerdict.Failed)], ignoreOrder: true);
    }

    [Fact]
    public async Task Deliver_StorageDown_TheDeliveryCountsAllTheSame()
    {
        _records.IsUp = false;

        (await DeliverAsync(0)).Outcome.ShouldBeSameAs(_outcome);

        _log.Text.ShouldContain("run_1 batch 0");
        _log.Text.ShouldNotContain("ana@example.com");
    }

    [Fact]
    public async Task Deliver_LongConversation_KeepsItsBeginAndEnd()
    {
        _exchanges = [.. Enumerable.Range(0, 50).Select(number => _exchanges[0] with { Url = $"https://hooks.example/{number}" })];

        await DeliverAsync(0);

        var record = _records.All.ShouldHaveSingleItem();
        record.Requests.ShouldBe(50);
        record.Exchanges.Select(exchange => exchange.Url[22..]).ShouldBe([.. Enumerable.Range(0, 10).Concat(Enumerable.Range(40, 10)).Select(number => $"{number}")]);
    }

    [Fact]
    public async Task Deliver_LongBodies_AreCutAtAWholeCharacter()
    {
        _exchanges = [_exchanges[0] with { RequestBody = $"x{string.Concat(Enumerable.Repeat("\U0001F600", 9_000))}", ResponseBody = new('y', 9_000) }];

        await DeliverAsync(0);

        var exchange = _records.All.ShouldHaveSingleItem().Exchanges[0];
        exchange.RequestBody!.Length.ShouldBe(DeliveryRecord.MaxBody - 1 + "… (cut)".Length);
        exchange.RequestBody.ShouldEndWith("\U0001F600… (cut)");
        exchange.ResponseBody.ShouldBe($"{new string('y', DeliveryRecord.MaxBody)}… (cut)");
    }

    public async Task<DeliveryReport> DeliverAsync(ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken)
    {
        _time.Advance(TimeSpan.FromMilliseconds(150));
        return await Task.FromResult(new DeliveryReport(_outcome, _exchanges));
    }

    public Task<DeliveryReport> PollAsync(ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, string jobId, CancellationToken cancellationToken) =>
        Task.FromResult(new DeliveryReport(_outcome, _exchanges));

    public Task<DeliveryReport?> CompleteAsync(ConnectorDefinition connector, ConnectorSettings settings, DeliveryCompletion completion, CancellationToken cancellationToken) =>
        Task.FromResult<DeliveryReport?>(new(new DeliveryOutcome.Settled([]), _exchanges));

    public Task<AudienceReport> ResolveAudienceAsync(
        ConnectorDefinition connector, ConnectorSettings settings, AudienceRef audience, bool mayCreate, CancellationToken cancellationToken) =>
        Task.FromResult(new AudienceReport("aud_1", _outcome is DeliveryOutcome.Failed ? _outcome : null, _exchanges));

    public Task<ImmutableArray<Exchange>> PreviewAsync(ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<ImmutableArray<CheckStep>> CheckAsync(ConnectorDefinition connector, ConnectorSettings settings, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    private Task<DeliveryReport> DeliverAsync(int number) =>
        _client.DeliverAsync(Samples.Connector(), Settings, Samples.AnaAndBo() with { Number = number }, default);
}
