using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>Members who have, take over or swap the key that the platform knows them by.</summary>
public sealed class SharedKeyTests
{
    private readonly EngineHarness _engine = new();

    public SharedKeyTests() => _engine.ChangeAsync(
        destination => destination with { Mapping = EngineHarness.Mapping(("email", "user_id", true), ("orders", "orders", false)) }).GetAwaiter().GetResult();

    [Fact]
    public async Task Run_AnotherProfileTakesOverTheKeyOfALeaver_KeepsItOnTheList()
    {
        _engine.Put("c-1", email: "a@example.com");
        _engine.Put("c-3", email: "c@example.com");
        await _engine.RunAsync();
        _engine.Profiles.Remove("c-1");
        _engine.Put("c-2", email: "a@example.com");

        var run = await _engine.RunAsync();

        EngineHarness.ShouldAddUp(run);
        run.Status.ShouldBe(RunStatus.Succeeded);
        _engine.ShouldHaveList("a@example.com", "c@example.com");
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
    }

    [Fact]
    public async Task Run_MemberMovesToTheKeyOfALeaver_KeepsItOnTheList()
    {
        _engine.Put("c-1", email: "a@example.com");
        _engine.Put("c-2", email: "b@example.com");
        await _engine.RunAsync();
        _engine.Profiles.Remove("c-1");
        _engine.Put("c-2", email: "a@example.com");

        await _engine.RunAsync();

        _engine.ShouldHaveList("a@example.com");
    }

    [Fact]
    public async Task Run_TwoMembersSwapTheirKeys_KeepsBoth()
    {
        _engine.Put("c-1", email: "a@example.com");
        _engine.Put("c-2", email: "b@example.com");
        await _engine.RunAsync();
        _engine.Put("c-1", email: "b@example.com");
        _engine.Put("c-2", email: "a@example.com");

        await _engine.RunAsync();

        _engine.ShouldHaveList("a@example.com", "b@example.com");
    }

    [Theory]
    [InlineData("c-1")]
    [InlineData("c-2")]
    public async Task Run_TwoMembersSwapTheirKeysWhileARemovalFails_KeepsBothInTheEnd(string failing)
    {
        _engine.Put("c-1", email: "a@example.com");
        _engine.Put("c-2", email: "b@example.com");
        await _engine.RunAsync();
        _engine.Put("c-1", email: "b@example.com");
        _engine.Put("c-2", email: "a@example.com");
        _engine.Platform.Script = batch => batch.Rows.Any(row => row.Operation is DeliveryOperation.Remove && row.ProfileId == failing)
            ? new Reply.PerRow(row => row.ProfileId == failing ? new(RowFate.Uncertain, "lost") : RowOutcome.Accepted)
            : Reply.Taken;
        await _engine.RunAsync();
        _engine.Platform.Script = _ => Reply.Taken;

        await _engine.RunAsync();
        await _engine.RunAsync();

        _engine.ShouldHaveList("a@example.com", "b@example.com");
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
    }

    [Fact]
    public async Task Run_OneOfTwoMembersWithTheSameKeyLeaves_KeepsTheOther()
    {
        _engine.Put("c-1", email: "a@example.com");
        _engine.Put("c-2", email: "a@example.com");
        await _engine.RunAsync();
        _engine.Profiles.Remove("c-1");

        await _engine.RunAsync();

        _engine.ShouldHaveList("a@example.com");
    }
}
