using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>Ids of the platform that runs remember.</summary>
public sealed class RemoteIdTests
{
    private readonly EngineHarness _engine = new();

    public RemoteIdTests() => _engine.Platform.Script = _ => new Reply.PerRow(row => RowOutcome.AcceptedAs(row.RemoteId ?? $"id-of-{row.Fields["user_id"]}"));

    [Fact]
    public async Task Run_IdLearnt_IsGivenBackOnUpdatesAndRemovals()
    {
        _engine.PutMany(7);
        await _engine.RunAsync();
        _engine.Put(EngineHarness.Id(3), orders: 9);
        _engine.Put(EngineHarness.Id(5), vip: false);
        await _engine.RunAsync();

        SentOf(DeliveryOperation.Add).ShouldAllBe(row => row.RemoteId == null);
        SentOf(DeliveryOperation.Update).Single().RemoteId.ShouldBe("id-of-c-0003");
        SentOf(DeliveryOperation.Remove).Single().RemoteId.ShouldBe("id-of-c-0005");
    }

    [Fact]
    public async Task Run_UnchangedMembers_KeepTheirIdsThroughOtherRuns()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        for (var run = 0; run < 3; run++)
        {
            _engine.Put(EngineHarness.Id(1), orders: 10 + run);
            await _engine.RunAsync();
        }

        _engine.Put(EngineHarness.Id(2), orders: 7);
        await _engine.RunAsync();

        SentOf(DeliveryOperation.Update).Select(row => row.RemoteId).ShouldBe(["id-of-c-0001", "id-of-c-0001", "id-of-c-0001", "id-of-c-0002"]);
    }

    [Theory]
    [InlineData(RowFate.Uncertain)]
    [InlineData(RowFate.Rejected)]
    public async Task Run_UpdateDoesNotSucceed_KeepsTheId(RowFate fate)
    {
        _engine.Put("c-1");
        await _engine.RunAsync();
        _engine.Platform.Then(new Reply.PerRow(_ => new(fate, "no")));
        _engine.Put("c-1", orders: 2);
        await _engine.RunAsync();
        _engine.Put("c-1", orders: 3);
        await _engine.RunAsync();

        _engine.Platform.Calls[^1].Rows.Single().RemoteId.ShouldBe("id-of-c-1");
    }

    [Fact]
    public async Task Run_PlatformForgotTheId_SendsTheRowOnceMoreWithoutItAndRemembersTheNext()
    {
        _engine.Put("c-1");
        await _engine.RunAsync();
        _engine.Put("c-1", orders: 2);
        _engine.Platform.Then(new Reply.PerRow(_ => RowOutcome.Forgotten), new Reply.PerRow(_ => RowOutcome.AcceptedAs("second")));
        await _engine.RunAsync();
        _engine.Put("c-1", orders: 3);
        await _engine.RunAsync();

        _engine.Platform.Calls.Select(batch => batch.Rows.Single().RemoteId).ShouldBe([null, "id-of-c-1", null, "second"]);
    }

    [Fact]
    public async Task Run_PlatformForgotTheIdAndGivesNone_ForgetsItToo()
    {
        _engine.Put("c-1");
        await _engine.RunAsync();
        _engine.Put("c-1", orders: 2);
        _engine.Platform.Then(new Reply.PerRow(_ => RowOutcome.Forgotten), new Reply.PerRow(_ => RowOutcome.Accepted));
        await _engine.RunAsync();
        _engine.Platform.Then(new Reply.PerRow(_ => RowOutcome.Accepted));
        _engine.Put("c-1", orders: 3);
        await _engine.RunAsync();

        _engine.Platform.Calls[^1].Rows.Single().RemoteId.ShouldBeNull();
    }

    [Fact]
    public async Task Run_MatchKeyChanged_TakesTheOldIdForTheRemovalOnly()
    {
        await _engine.ChangeAsync(destination => destination with { Mapping = EngineHarness.Mapping(("email", "user_id", true), ("orders", "orders", false)) });
        _engine.Put("c-1", email: "old@example.com");
        await _engine.RunAsync();
        _engine.Put("c-1", email: "new@example.com");
        await _engine.RunAsync();

        _engine.Platform.Calls.Skip(1).SelectMany(batch => batch.Rows).Select(row => (row.Operation, row.RemoteId))
            .ShouldBe([(DeliveryOperation.Remove, "id-of-old@example.com"), (DeliveryOperation.Add, null)]);
    }

    [Fact]
    public async Task Run_MatchKeyChangedWhereNothingIsRemoved_LooksThePersonUpAnew()
    {
        await _engine.ChangeAsync(destination => destination with
        {
            Mode = DestinationMode.Upsert,
            Mapping = EngineHarness.Mapping(("email", "user_id", true), ("orders", "orders", false)),
        });
        _engine.Put("c-1", email: "old@example.com");
        await _engine.RunAsync();
        _engine.Put("c-1", email: "new@example.com");
        await _engine.RunAsync();

        _engine.Platform.Calls[^1].Rows.Single().RemoteId.ShouldBeNull();
    }

    [Fact]
    public async Task Run_WorkersDieAnywhere_NeverGivesAWrongId()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var engine = new EngineHarness(seed) { KillChance = 0.4 };
            engine.Platform.Script = _ => new Reply.PerRow(row => RowOutcome.AcceptedAs(row.RemoteId ?? $"id-of-{row.Fields["user_id"]}"));
            engine.PutMany(5);
            await engine.RunAsync();
            engine.PutMany(5, from: 0);
            engine.Put(EngineHarness.Id(2), orders: 5);
            engine.Put(EngineHarness.Id(4), vip: false);
            await engine.RunAsync();

            engine.Platform.Calls.SelectMany(batch => batch.Rows).ShouldAllBe(row => row.RemoteId == null || row.RemoteId == $"id-of-{row.Fields["user_id"]}");
            engine.Platform.Calls.SelectMany(batch => batch.Rows).Where(row => row.Operation is not DeliveryOperation.Add).ShouldAllBe(row => row.RemoteId != null);
        }
    }

    [Fact]
    public void Expand_Record_GivesBackIdsAndDoubts()
    {
        RowOutcome?[] rows =
        [
            RowOutcome.AcceptedAs("a"), null, RowOutcome.Accepted, new(RowFate.Rejected, "bad") { IsPartial = true, RemoteId = "" }, RowOutcome.AcceptedAs(new string('x', 200)),
        ];

        var record = new BatchRecord(RunPhase.Upserts, 0, 0, [], null, 0).With(rows);

        record.Expand(5).Select(row => row?.RemoteId).ShouldBe(["a", null, null, "", null]);
        record.Groups.Length.ShouldBe(2);
        Enumerable.Range(0, 5).Where(record.IsDoubted).ShouldBe([3]);
    }

    [Fact]
    public void With_ManyLongIds_FitsATableRow()
    {
        RowOutcome?[] rows = [.. Enumerable.Range(0, 10_000).Select(row => RowOutcome.AcceptedAs($"{row:D128}"))];

        var json = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new BatchRecord(RunPhase.Upserts, 0, 0, [], null, 0).With(rows), RunsJson.Default.BatchRecord);

        json.Length.ShouldBeLessThan(AudienceSync.Pages.PackedPage.MaxBytes);
    }

    private ImmutableArray<DeliveryRow> SentOf(DeliveryOperation operation) =>
        [.. _engine.Platform.Calls.SelectMany(batch => batch.RowsOf(operation)).OrderBy(row => row.ProfileId, StringComparer.Ordinal)];
}
