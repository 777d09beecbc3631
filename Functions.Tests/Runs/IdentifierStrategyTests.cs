using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Members who hold several values for an identifier, under each strategy.</summary>
public sealed class IdentifierStrategyTests
{
    private readonly EngineHarness _engine = new();

    public IdentifierStrategyTests() => _engine.Platform.KeyField = "email";

    /// <summary>What was sent since it was last asked: operation, profile and address.</summary>
    private List<string> Sent
    {
        get
        {
            List<string> sent = [.. _engine.Platform.Calls.SelectMany(call => call.Rows).Select(row => $"{row.Operation} {row.ProfileId} {row.Fields["email"]}").Order(StringComparer.Ordinal)];
            _engine.Platform.Calls.Clear();
            return sent;
        }
    }

    [Theory]
    [InlineData(IdentifierStrategy.Last, "Add c-1 c@x")]
    [InlineData(IdentifierStrategy.First, "Add c-1 a@x")]
    public async Task Run_FirstOrLast_SendsOneValue(IdentifierStrategy strategy, string sent)
    {
        await ChooseAsync(strategy);
        _engine.PutSeen("c-1", ["a@x", "b@x", "c@x"]);
        _engine.Put("c-2", email: "z@x");

        var run = await _engine.RunAsync();

        Sent.ShouldBe([sent, "Add c-2 z@x"]);
        (run.Funnel.Deliverable, run.Funnel.Rows, run.Funnel.Expansion).ShouldBe((2, 2, 0));
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task Run_EarlierValueTurnsUp_IsAChangedKeyForFirstAndNothingForLast()
    {
        await ChooseAsync(IdentifierStrategy.First);
        _engine.PutSeen("c-1", ["b@x", "c@x"]);
        await _engine.RunAsync();
        _ = Sent;
        _engine.PutSeen("c-1", ["a@x", "b@x", "c@x"]);

        await _engine.RunAsync();

        Sent.ShouldBe(["Add c-1 a@x", "Remove c-1 b@x"]);
        _engine.ShouldHaveList("a@x");
    }

    [Fact]
    public async Task Run_All_GivesARowForEachValueUnderOneProfile()
    {
        await ChooseAsync(IdentifierStrategy.All, ("id", "user"), ("trackingId", "tracking"), ("orders", "orders"));
        _engine.PutSeen("c-1", ["a@x", "b@x", "c@x"], orders: 7);
        _engine.Put("c-2", email: "z@x");
        _engine.Put("c-3", email: "");

        var run = await _engine.RunAsync();

        EngineHarness.ShouldAddUp(run);
        run.Funnel.ShouldBe(new(Members: 3, ConsentBlocked: 0, Suppressed: 0, Holdout: 0, MissingIdentifier: 1, Expansion: 2));
        (run.Funnel.Rows, run.Planned.Add, run.Delivered.Add).ShouldBe((4, 4, 4));
        _engine.Platform.Calls.SelectMany(call => call.Rows).Where(row => row.ProfileId == "c-1").ShouldAllBe(row =>
            row.Fields["user"] == Cell.Of("c-1") && row.Fields["tracking"] == Cell.Of(_engine.TrackingIds.Of("c-1")) && row.Fields["orders"] == Cell.Of(7L));
        _engine.Platform.Calls.SelectMany(call => call.Rows).Select(row => row.OperationId).ShouldBeUnique();
        Sent.ShouldBe(["Add c-1 a@x", "Add c-1 b@x", "Add c-1 c@x", "Add c-2 z@x"]);
        var rows = (await _engine.Rows.ListAsync(run.Id, new([], null, "c-1", null), new(10, null), default)).ShouldBeOk();
        rows.Items.Select(row => row.ProfileId).ShouldBe(["c-1", "c-1", "c-1"]);
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task Run_ValueDisappears_RemovesItsRowAloneByTheKeyItWasSentWith()
    {
        await ChooseAsync(IdentifierStrategy.All);
        _engine.PutSeen("c-1", ["a@x", "B@x", "c@x"]);
        await _engine.RunAsync();
        _ = Sent;
        _engine.PutSeen("c-1", ["a@x", "c@x"]);

        var run = await _engine.RunAsync();

        Sent.ShouldBe(["Remove c-1 B@x"]);
        (run.Unchanged, run.Planned.Remove, run.Funnel.Rows).ShouldBe((2, 1, 2));
        _engine.ShouldHaveList("a@x", "c@x");
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task Run_MemberLeaves_RemovesEveryRowByTheKeysOfItsEntry()
    {
        await ChooseAsync(IdentifierStrategy.All);
        _engine.PutSeen("c-1", ["a@x", "b@x"]);
        _engine.PutSeen("c-2", ["m@x"]);
        await _engine.RunAsync();
        _ = Sent;
        _engine.PutSeen("c-1", ["new@x"], vip: false);

        await _engine.RunAsync();

        Sent.ShouldBe(["Remove c-1 a@x", "Remove c-1 b@x"]);
        _engine.ShouldHaveList("m@x");
    }

    [Fact]
    public async Task Run_PayloadChanges_UpdatesEveryRow()
    {
        await ChooseAsync(IdentifierStrategy.All, ("orders", "orders"));
        _engine.PutSeen("c-1", ["a@x", "b@x"], orders: 1);
        await _engine.RunAsync();
        _ = Sent;
        _engine.PutSeen("c-1", ["a@x", "b@x", "c@x"], orders: 2);

        await _engine.RunAsync();

        Sent.ShouldBe(["Add c-1 c@x", "Update c-1 a@x", "Update c-1 b@x"]);
    }

    /// <summary>A value that is seen again, or spelt otherwise, is the row that it was.</summary>
    [Fact]
    public async Task Run_ValuesSeenAgain_SendNothing()
    {
        await ChooseAsync(IdentifierStrategy.All);
        _engine.PutSeen("c-1", ["a@x", "b@x"]);
        await _engine.RunAsync();
        _ = Sent;
        _engine.PutSeen("c-1", ["a@x", "b@x", "a@x", "b@x"]);

        var run = await _engine.RunAsync();

        (run.Unchanged, run.Planned.Total).ShouldBe((2, 0));
        _engine.PutSeen("c-1", ["A@x", "b@x"]);
        await _engine.RunAsync();
        Sent.ShouldBe(["Add c-1 A@x", "Remove c-1 a@x"]);
    }

    [Fact]
    public async Task Run_TwoIdentifiersWithAllValues_SendsEveryCombination()
    {
        await MapAsync(Entry("email", IdentifierStrategy.All), Entry("phone", IdentifierStrategy.All));
        _engine.PutSeen("c-1", ["a@x", "b@x"], ["+1", "+2", "+3"]);
        _engine.PutSeen("c-2", ["m@x", "n@x"]);
        _engine.PutSeen("c-3", [], ["+9"]);
        _engine.Platform.KeyField = null;

        var run = await _engine.RunAsync();

        (run.Funnel.Deliverable, run.Funnel.Rows, run.Funnel.Expansion).ShouldBe((3, 9, 6));
        _engine.Platform.Calls.SelectMany(call => call.Rows).Select(row => $"{row.ProfileId} {row.Fields["email"]} {row.Fields["phone"]}").Order(StringComparer.Ordinal).ShouldBe(
        [
            "c-1 a@x +1", "c-1 a@x +2", "c-1 a@x +3", "c-1 b@x +1", "c-1 b@x +2", "c-1 b@x +3", "c-2 m@x ", "c-2 n@x ", "c-3  +9",
        ]);
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
    }

    /// <summary>The platform finds people by any of the fields: taking off one row of a person takes off all.</summary>
    [Fact]
    public async Task Run_RowsThatShareAnIdentifier_AreAddedAgainAfterARemoval()
    {
        await MapAsync(new() { From = "id", To = "user_id", Identifier = true }, Entry("email", IdentifierStrategy.All));
        _engine.Platform.KeyField = "user_id";
        _engine.PutSeen("c-1", ["a@x", "b@x"]);
        _engine.PutSeen("c-2", ["m@x"]);
        await _engine.RunAsync();
        _engine.ShouldHaveList("c-1", "c-2");
        _ = Sent;
        _engine.PutSeen("c-1", ["a@x"]);

        var run = await _engine.RunAsync();

        EngineHarness.ShouldAddUp(run);
        (run.Funnel.Rows, run.Unchanged, run.Planned.Add, run.Planned.Remove).ShouldBe((2, 1, 1, 1));
        _engine.Platform.Calls.SelectMany(call => call.Rows).Select(row => $"{row.Operation} {row.Fields["user_id"]} {row.Fields["email"]}").ShouldBe(["Remove c-1 b@x", "Add c-1 a@x"]);
        _engine.ShouldHaveList("c-1", "c-2");
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
    }

    /// <summary>The removal went through, the addition after it did not: the row is owed until it does.</summary>
    [Fact]
    public async Task Run_RowIsNotAddedAgain_IsOwed()
    {
        await MapAsync(new() { From = "id", To = "user_id", Identifier = true }, Entry("email", IdentifierStrategy.All));
        _engine.Platform.KeyField = "user_id";
        _engine.PutSeen("c-1", ["a@x", "b@x"]);
        await _engine.RunAsync();
        _engine.PutSeen("c-1", ["a@x"]);
        _engine.Platform.Script = batch => batch.Rows.Any(row => row.Operation is DeliveryOperation.Add) ? Reply.Http500 : Reply.Taken;
        var run = await _engine.RunAsync();
        (run.Status, run.CarriedOver.Add).ShouldBe((RunStatus.Partial, 1));
        _engine.ShouldHaveList();
        _engine.Platform.Script = _ => Reply.Taken;

        await _engine.RunAsync();

        _engine.ShouldHaveList("c-1");
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
    }

    [Fact]
    public async Task Run_StrategyChanges_SendsTheDifferenceAlone()
    {
        await _engine.ChangeAsync(destination => destination with { Guards = new() });
        await ChooseAsync(IdentifierStrategy.Last);
        for (var number = 0; number < 150; number++)
        {
            _engine.PutSeen(EngineHarness.Id(number), [$"{number}a@x", $"{number}b@x"]);
        }

        (await _engine.RunAsync()).Planned.ShouldBe(new(150, 0, 0));
        await ChooseAsync(IdentifierStrategy.All);
        var all = await _engine.RunAsync();
        await ChooseAsync(IdentifierStrategy.First);
        var first = await _engine.RunAsync();

        (all.Status, all.Planned, all.Unchanged).ShouldBe((RunStatus.Succeeded, new(150, 0, 0), 150));
        (first.Status, first.Planned, first.Unchanged).ShouldBe((RunStatus.Succeeded, new(0, 0, 150), 150));
        _engine.Platform.List.Keys.ShouldAllBe(email => email.EndsWith("a@x", StringComparison.Ordinal));
        _engine.Platform.Calls.Clear();
        await ShouldBeSilentAsync();
    }

    /// <summary>Most rows go, and few of the people: no guard trips. Then most people go.</summary>
    [Fact]
    public async Task Run_Guards_CountPeopleNotRows()
    {
        await _engine.ChangeAsync(destination => destination with { Guards = new() });
        await ChooseAsync(IdentifierStrategy.All);
        for (var number = 0; number < 300; number++)
        {
            _engine.PutSeen(EngineHarness.Id(number), [$"{number}a@x", $"{number}b@x", $"{number}c@x"]);
        }

        await _engine.RunAsync();
        for (var number = 0; number < 300; number++)
        {
            _engine.PutSeen(EngineHarness.Id(number), [$"{number}a@x"], vip: number >= 10);
        }

        var fewer = await _engine.RunAsync();
        for (var number = 0; number < 150; number++)
        {
            _engine.PutSeen(EngineHarness.Id(number), [$"{number}a@x"], vip: false);
        }

        var gone = await _engine.RunAsync();

        (fewer.Status, fewer.Planned.Remove).ShouldBe((RunStatus.Succeeded, (2 * 290) + (3 * 10)));
        (gone.Status, gone.HeldBecause).ShouldBe((RunStatus.Held, "140 of 290 members would be removed: more than 20 % and more than 100."));
    }

    [Fact]
    public async Task Events_SeveralIdentifiers_GiveACallEachAndAnExitEachWhenThePersonLeaves()
    {
        await _engine.ChangeAsync(destination => destination with { Mode = DestinationMode.Events });
        await ChooseAsync(IdentifierStrategy.All);
        _engine.PutSeen("c-1", ["a@x", "b@x"]);
        _engine.PutSeen("c-2", ["m@x"]);
        var entered = await _engine.RunAsync();
        entered.Funnel.Rows.ShouldBe(3);
        Sent.ShouldBe(["Add c-1 a@x", "Add c-1 b@x", "Add c-2 m@x"]);
        _engine.PutSeen("c-1", ["b@x", "c@x"]);
        await _engine.RunAsync();
        Sent.ShouldBe(["Add c-1 c@x"], "whoever goes by one address less has not left");
        _engine.PutSeen("c-1", ["b@x"], vip: false);

        await _engine.RunAsync();

        Sent.ShouldBe(["Remove c-1 a@x", "Remove c-1 b@x", "Remove c-1 c@x"]);
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task Run_NewOnly_LeavesNewValuesOfOldMembersOut()
    {
        await _engine.ChangeAsync(destination => destination with { FirstRun = FirstRun.NewOnly });
        await ChooseAsync(IdentifierStrategy.All);
        _engine.PutSeen("c-1", ["a@x"]);
        await _engine.RunAsync();
        _engine.PutSeen("c-1", ["a@x", "b@x"]);
        _engine.PutSeen("c-2", ["m@x", "n@x"]);

        await _engine.RunAsync();

        Sent.ShouldBe(["Add c-2 m@x", "Add c-2 n@x"]);
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task Run_OneRowIsRefused_IsQuarantinedAlone()
    {
        await ChooseAsync(IdentifierStrategy.All, ("orders", "orders"));
        _engine.PutSeen("c-1", ["a@x", "b@x"], orders: 1);
        _engine.Platform.Script = _ => new Reply.PerRow(row => row.Fields["email"] == Cell.Of("b@x") ? new(RowFate.Rejected, "bad_address") : RowOutcome.Accepted);
        var run = await _engine.RunAsync();
        (run.Delivered.Add, run.Rejected.Add).ShouldBe((1, 1));
        _ = Sent;
        await ShouldBeSilentAsync();
        _engine.PutSeen("c-1", ["a@x", "b@x"], orders: 2);

        await _engine.RunAsync();

        Sent.ShouldBe(["Add c-1 b@x", "Update c-1 a@x"]);
    }

    [Fact]
    public async Task Run_Summary_AddsUpInMembersAndInRows()
    {
        await ChooseAsync(IdentifierStrategy.All);
        _engine.PutSeen("c-1", ["a@x", "b@x", "c@x"]);
        _engine.PutSeen("c-2", ["m@x", "n@x"]);
        _engine.Put("c-3", email: "");
        await _engine.RunAsync();
        _engine.PutSeen("c-1", ["a@x", "d@x"]);
        _engine.PutSeen("c-2", ["m@x"], vip: false);

        var summary = RunSummary.Of(await _engine.RunAsync());

        var funnel = summary.Funnel;
        funnel.Members.ShouldBe(funnel.ConsentBlocked + funnel.Suppressed + funnel.Holdout + funnel.MissingIdentifier + funnel.Deliverable);
        funnel.Rows.ShouldBe(funnel.Deliverable + funnel.Expansion);
        (funnel.Rows + summary.Leavers).ShouldBe(summary.Unchanged + summary.Unplanned + summary.Planned);
        summary.Planned.ShouldBe(summary.Delivered + summary.Rejected + summary.CarriedOver);
        (funnel.Members, funnel.Deliverable, funnel.Rows, summary.Leavers, summary.Unchanged, summary.Planned).ShouldBe((2, 1, 2, 4, 1, 5));
    }

    private static MappingEntry Entry(string identifier, IdentifierStrategy strategy) => new() { From = identifier, To = identifier, Identifier = true, Strategy = strategy };

    private Task ChooseAsync(IdentifierStrategy strategy, params (string From, string To)[] fields) =>
        MapAsync([Entry("email", strategy), .. fields.Select(field => new MappingEntry { From = field.From, To = field.To })]);

    private Task MapAsync(params MappingEntry[] entries) =>
        _engine.ChangeAsync(destination => destination with { Mapping = [.. entries], MappingVersion = destination.MappingVersion + 1 });

    private async Task ShouldBeSilentAsync()
    {
        var run = await _engine.RunAsync();
        (run.Status, run.Planned.Total, _engine.Platform.Calls.Count).ShouldBe((RunStatus.Succeeded, 0, 0));
    }
}
