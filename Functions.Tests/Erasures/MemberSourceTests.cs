using AudienceSync.Campaigns;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Profiles;
using AudienceSync.Runs;
using AudienceSync.Values;

namespace AudienceSync.Erasures;

/// <summary>Consent, suppression and erasure hold wherever members come from: a segment, a group of a campaign, a step of a journey, a query.</summary>
public sealed class MemberSourceTests
{
    private const string StepKey = "j_o_opened__abc123";
    private const int Members = 6;

    private readonly EngineHarness _engine = new();

    [Theory]
    [InlineData("segment")]
    [InlineData("group")]
    [InlineData("step")]
    [InlineData("query")]
    public async Task Run_WhomAGateStops_IsNotAdded(string source)
    {
        await FollowAsync(source, DestinationMode.Mirror);
        await _engine.SuppressAsync("c-0000");
        await _engine.SuppressAsync("c-0001@example.com", ProfileColumns.Email);
        Put(source, 2, consent: null);
        await _engine.EraseAsync("c-0003");
        await _engine.PumpErasuresAsync();
        Put(source, 3);

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Succeeded);
        _engine.ShouldHaveList("c-0004", "c-0005");
        if (source is "query")
        {
            run.Funnel.ShouldBe(new(Members - 1, 1, 2, 0, 0));
            run.Source.ShouldNotBeNull().Rows.ShouldBe(Members);
            run.Source.Invalid.Select(error => (error.Code, error.Count)).ShouldBe([("erased", 1)]);
            (await _engine.FindAsync("c-0003")).ShouldBeEmpty("the database knows the person still, but nothing of them is written here");
        }
        else
        {
            run.Funnel.ShouldBe(new(Members, 1, 3, 0, 0));
        }
    }

    [Theory]
    [InlineData("segment", DestinationMode.Mirror)]
    [InlineData("segment", DestinationMode.Events)]
    [InlineData("group", DestinationMode.Mirror)]
    [InlineData("group", DestinationMode.Events)]
    [InlineData("query", DestinationMode.Mirror)]
    [InlineData("query", DestinationMode.Events)]
    public async Task Run_WhomAGateStopsAfterDelivery_IsRemovedAndCountedByReason(string source, DestinationMode mode)
    {
        _engine.Platform.KeyField = mode is DestinationMode.Events ? null : "user_id";
        await FollowAsync(source, mode);
        (await _engine.RunAsync()).Delivered.ShouldBe(new OperationCounts(Members, 0, 0));
        await _engine.SuppressAsync("c-0000");
        await _engine.SuppressAsync("c-0001@example.com", ProfileColumns.Email);
        Put(source, 2, consent: false);
        var erasure = (await _engine.EraseAsync("c-0003"))[0];
        await _engine.PumpErasuresAsync();

        var run = await _engine.RunAsync();

        run.Delivered.ShouldBe(new OperationCounts(0, 0, 3));
        run.RemovalReasons.ShouldBe(new RemovalReasons { Consent = 1, Suppressed = 2 });
        (await _engine.ReceiptAsync(erasure)).Outcome.ShouldBe(mode is DestinationMode.Events ? ErasureOutcome.Unsupported : ErasureOutcome.Removed);
        var lefts = _engine.Platform.Calls.SelectMany(call => call.Rows).Where(row => row.Operation is Connectors.Kit.DeliveryOperation.Remove).Select(row => row.ProfileId);
        lefts.ShouldBe(["c-0000", "c-0001", "c-0002", "c-0003"], ignoreOrder: true);
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
    }

    /// <summary>Nobody leaves a step of a journey, but who is erased.</summary>
    [Fact]
    public async Task Erase_WhoEnteredAStep_IsTakenOffItsList()
    {
        await FollowAsync("step", DestinationMode.AddOnly);
        await _engine.RunAsync();

        var id = (await _engine.EraseAsync("c-0003"))[0];
        await _engine.PumpErasuresAsync();
        Put("step", 3);
        await _engine.RunAsync();

        (await _engine.ReceiptAsync(id)).Outcome.ShouldBe(ErasureOutcome.Removed);
        _engine.ShouldHaveList("c-0000", "c-0001", "c-0002", "c-0004", "c-0005");
    }

    /// <summary>The rows that a run froze stay for a while: a person among them is taken out, while the run is under way as soon as it is over.</summary>
    [Fact]
    public async Task Erase_WhileARunHasReadTheQuery_FrozenRowsAreEmptied()
    {
        await FollowAsync("query", DestinationMode.Mirror);
        await _engine.RunAsync();
        var id = "";
        _engine.Platform.OnCallAsync = async _ =>
        {
            if (id.Length == 0)
            {
                id = "asked";
                id = (await _engine.EraseAsync("c-0003"))[0];
            }
        };
        (await _engine.FindAsync("c-0003")).ShouldNotBeEmpty();
        Put("query", 7);
        await _engine.StartAsync();

        await _engine.PumpErasuresAsync();

        (await _engine.ReceiptAsync(id)).Outcome.ShouldBe(ErasureOutcome.Removed);
        _engine.ShouldHaveList("c-0000", "c-0001", "c-0002", "c-0004", "c-0005", "c-0007");
        (await _engine.FindAsync("c-0003")).ShouldBeEmpty();
    }

    private async Task FollowAsync(string source, DestinationMode mode)
    {
        if (source is "query")
        {
            _engine.Queries.AddColumn("customer_id", CellType.Text, isKey: true);
            _engine.Queries.AddColumn("email", CellType.Text);
            _engine.Queries.AddColumn("orders", CellType.Integer);
            _engine.Queries.AddColumn($"consent_{EngineHarness.Purpose}", CellType.Boolean);
        }

        for (var number = 0; number < Members; number++)
        {
            Put(source, number);
        }

        var followed = await SourceAsync(source);
        await _engine.ChangeAsync(destination => destination with { Source = followed, Mode = mode, ConsentPurpose = EngineHarness.Purpose });
    }

    private async Task<DestinationSource> SourceAsync(string source)
    {
        switch (source)
        {
            case "group":
                await _engine.Campaigns.TryCreateAsync(
                    new()
                    {
                        Id = "cmp_1",
                        Key = "spring",
                        Name = "Spring",
                        Description = "",
                        SegmentId = "seg_1",
                        Exclusions = [],
                        Assignment = CampaignAssignment.FirstMatch,
                        Enabled = true,
                        Schedule = CampaignSchedule.Default,
                        Salt = "salt",
                        SubAudiences = [new("sub_1", "All", null, [new("grp_1", "Mail", GroupRole.Treatment, 10_000)])],
                        CreatedAt = default,
                        UpdatedAt = default,
                        Revision = 1,
                    },
                    default);
                return new DestinationSource.OfGroup("cmp_1", "sub_1", "grp_1");
            case "step":
                await _engine.Journeys.TryCreateAsync(
                    new()
                    {
                        Id = "jrn_1",
                        Key = "welcome",
                        Name = "Welcome",
                        Description = "",
                        Enabled = true,
                        Steps = [new(StepKey, "Opened", null)],
                        CreatedAt = default,
                        UpdatedAt = default,
                        Revision = 1,
                    },
                    default);
                return new DestinationSource.OfStep("jrn_1", StepKey);
            case "query":
                return new DestinationSource.OfQuery(EngineHarness.ConnectionId, "select * from customers", "customer_id");
            default:
                return new DestinationSource.OfSegment("seg_1");
        }
    }

    private void Put(string source, int number, bool? consent = true)
    {
        var id = EngineHarness.Id(number);
        if (source is not "query")
        {
            _engine.Put(id, consent: consent);
            _engine.Profiles[id][ProfileColumns.Journey(StepKey)] = Cell.Of(_engine.Time.GetUtcNow());
            return;
        }

        var row = new Row
        {
            ["customer_id"] = Cell.Of(id),
            ["email"] = Cell.Of($"{id}@example.com"),
            ["orders"] = Cell.Of((long)number),
        };
        row[$"consent_{EngineHarness.Purpose}"] = consent is { } given ? Cell.Of(given) : default;
        _engine.Queries.Rows.RemoveAll(present => present["customer_id"].AsText() == id);
        _engine.Queries.Rows.Add(row);
        _engine.Queries.Rows.Sort((left, right) => string.CompareOrdinal(left["customer_id"].AsText(), right["customer_id"].AsText()));
    }
}
