using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Fields that are set once, and missing values that are sent as null, through whole runs.</summary>
public sealed class MappingPolicyTests
{
    private static readonly MappingEntry Id = new() { From = "id", To = "user_id", Identifier = true };
    private static readonly MappingEntry Orders = new() { From = "orders", To = "orders" };
    private static readonly MappingEntry FirstSeen = new() { From = "firstSeen", To = "first_seen", SetOnce = true };
    private static readonly MappingEntry City = new() { From = "city", To = "city", Nulls = NullPolicy.Send };

    private readonly EngineHarness _engine = new();

    private IEnumerable<string> Sent => _engine.Platform.Calls.SelectMany(call => call.Rows)
        .Select(row => $"{row.Operation} {row.ProfileId}: {string.Join(' ', row.Fields.Select(cell => $"{cell.Key}={(cell.Value.IsAbsent ? "null" : cell.Value.ToString())}"))}");

    [Fact]
    public async Task SetOnce_GoesWithTheAddAndNeverAgain()
    {
        await MapAsync(Id, Orders, FirstSeen);
        Put("c-1", firstSeen: "monday");
        await ShouldSendAsync("Add c-1: user_id=c-1 orders=1 first_seen=monday");

        Put("c-1", firstSeen: "tuesday");
        await ShouldSendAsync();

        Put("c-1", orders: 2, firstSeen: "tuesday");
        await ShouldSendAsync("Update c-1: user_id=c-1 orders=2");

        await ShouldSendAsync(RunMode.Full, "Update c-1: user_id=c-1 orders=2");
    }

    [Fact]
    public async Task SetOnce_PlatformWithoutUpdates_TheAddOfAChangeLeavesItOut()
    {
        var engine = new EngineHarness(card: card => card with { Operations = [DeliveryOperation.Add, DeliveryOperation.Remove] });
        await engine.ChangeAsync(destination => destination with { Mapping = [Id, Orders, FirstSeen] });
        Put(engine, "c-1", 1, "monday");
        await engine.RunAsync();
        Put(engine, "c-1", 2, "monday");

        await engine.RunAsync();

        engine.Platform.Calls.SelectMany(call => call.Rows).Select(row => $"{row.Operation} {ScriptedConnectorClient.Show(row.Fields)}")
            .ShouldBe(["Add first_seen=monday orders=1 user_id=c-1", "Add orders=2 user_id=c-1"]);
    }

    [Fact]
    public async Task SetOnce_WhoLeavesAndComesBack_IsANewMember()
    {
        await MapAsync(Id, FirstSeen);
        Put("c-1", firstSeen: "monday");
        Put("c-2", firstSeen: "monday");
        await _engine.RunAsync();
        _engine.Put("c-1", vip: false);
        await _engine.RunAsync();
        Put("c-1", firstSeen: "friday");
        _engine.Platform.Calls.Clear();

        await ShouldSendAsync("Add c-1: user_id=c-1 first_seen=friday");
    }

    [Fact]
    public async Task SetOnce_AddThatWasRefused_CarriesItAgain()
    {
        await MapAsync(Id, Orders, FirstSeen);
        Put("c-1", firstSeen: "monday");
        _engine.Platform.Then(new Reply.PerRow(_ => new(RowFate.Rejected, "no")));
        await _engine.RunAsync();
        _engine.Platform.Calls.Clear();
        Put("c-1", orders: 2, firstSeen: "tuesday");

        await ShouldSendAsync("Add c-1: user_id=c-1 orders=2 first_seen=tuesday");
    }

    [Fact]
    public async Task SetOnce_AddOnlyResync_LeavesItOutForThoseWhoAreThere()
    {
        await _engine.ChangeAsync(destination => destination with { Mode = DestinationMode.AddOnly, Mapping = [Id, FirstSeen] });
        Put("c-1", firstSeen: "monday");
        await _engine.RunAsync();
        _engine.Platform.Calls.Clear();

        await ShouldSendAsync(RunMode.Full, "Add c-1: user_id=c-1");
    }

    [Fact]
    public async Task Nulls_Send_ClearsAValueThatWentAway()
    {
        await MapAsync(Id, City);
        Put("c-1", city: "Rome");
        Put("c-2");
        await ShouldSendAsync("Add c-1: user_id=c-1 city=Rome", "Add c-2: user_id=c-2 city=null");

        Put("c-1");
        await ShouldSendAsync("Update c-1: user_id=c-1 city=null");
        await ShouldSendAsync();

        _engine.Put("c-1", vip: false);
        await ShouldSendAsync("Remove c-1: user_id=c-1");
    }

    /// <summary>Both policies give the same values; only what is said of missing ones differs, and those alone are sent again.</summary>
    [Fact]
    public async Task Nulls_PolicyChanged_SendsOnlyWhoLacksTheValue()
    {
        await MapAsync(Id, City with { Nulls = NullPolicy.Omit });
        Put("c-1", city: "Rome");
        Put("c-2");
        await ShouldSendAsync("Add c-1: user_id=c-1 city=Rome", "Add c-2: user_id=c-2");

        await _engine.ChangeAsync(destination => destination with { Mapping = [Id, City], MappingVersion = 2 });
        await ShouldSendAsync("Update c-2: user_id=c-2 city=null");

        await _engine.ChangeAsync(destination => destination with { Mapping = [Id, City with { Nulls = NullPolicy.Omit }], MappingVersion = 3 });
        await ShouldSendAsync("Update c-2: user_id=c-2");
    }

    [Fact]
    public async Task Nulls_Events_AreSaidInEachEvent()
    {
        await _engine.ChangeAsync(destination => destination with { Mode = DestinationMode.Events, Mapping = [Id, City] });
        _engine.Platform.KeyField = null;
        Put("c-1");
        await ShouldSendAsync("Add c-1: user_id=c-1 city=null");
    }

    private Task MapAsync(params ImmutableArray<MappingEntry> mapping) => _engine.ChangeAsync(destination => destination with { Mapping = mapping });

    private Task ShouldSendAsync(params string[] expected) => ShouldSendAsync(RunMode.Incremental, expected);

    private async Task ShouldSendAsync(RunMode mode, params string[] expected)
    {
        EngineHarness.ShouldAddUp(await _engine.RunAsync(mode));
        Sent.ShouldBe(expected, ignoreOrder: true);
        _engine.Platform.Calls.Clear();
    }

    private void Put(string id, long orders = 1, string? firstSeen = null, string? city = null) => Put(_engine, id, orders, firstSeen, city);

    private static void Put(EngineHarness engine, string id, long orders, string? firstSeen, string? city = null)
    {
        engine.Put(id, orders: orders);
        engine.Profiles[id]["firstSeen"] = firstSeen is null ? default : Cell.Of(firstSeen);
        engine.Profiles[id]["city"] = city is null ? default : Cell.Of(city);
    }
}
