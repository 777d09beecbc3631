using System.Text.Json.Nodes;
using AudienceSync.Connections;
using AudienceSync.Connectors;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Runs;

namespace AudienceSync.Local.Platforms;

/// <summary>Every connector through a full life against its platform in play; afterwards nobody else there was touched.</summary>
public sealed class LifeTests
{
    private const string Stranger = "stranger@elsewhere.org";

    public static TheoryData<string> Names => [.. PlatformCases.All.Select(platform => platform.ToString())];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Life_OfADestination_EndsWithNobodyElseTouched(string name)
    {
        await using var life = await PlatformLife.StartAsync(PlatformCases.All.Single(platform => platform.ToString() == name));
        await CheckAsync(life);
        await SeedAsync(life);
        var before = await life.StateAsync();
        await life.Case.PrepareAsync(life);

        await GrowAsync(life);
        await FailAsync(life);
        await ResyncAsync(life);
        await CleanUpAsync(life);

        await ShouldBeUntouchedAsync(life, before);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Backfill_OfManyMembers_KeepsToThePlatformsLimits(string name)
    {
        await using var life = await PlatformLife.StartAsync(PlatformCases.All.Single(platform => platform.ToString() == name));
        await SeedAsync(life);
        await life.Case.PrepareAsync(life);
        for (var number = 0; number < 230; number++)
        {
            life.Put(number);
        }

        await life.RunToSuccessAsync();

        await life.ShouldBeInStepAsync("a backfill of many");
        await life.ShouldHaveRefusedNothingAsync();
    }

    [Fact]
    public void Connectors_EachHasItsLife() => PlatformCases.All.Select(platform => platform.Slug).Distinct().ShouldBe(ConnectorList.All.All.Where(connector => connector.Transport is null).Select(connector => connector.Type), ignoreOrder: true);

    private static async Task CheckAsync(PlatformLife life)
    {
        var client = (ConnectorClient)life.Engine.Client;
        (await client.CheckAsync(life.Engine.Connector, life.Settings, default)).ShouldAllBe(step => step.Ok);
        var wrong = life.Settings with { Secrets = life.Settings.Secrets.SetItems(life.Settings.Secrets.Select(secret => KeyValuePair.Create(secret.Key, Spoil(secret.Value)))) };
        var last = (await client.CheckAsync(life.Engine.Connector, wrong, default))[^1];
        (last.Name, last.Ok).ShouldBe((life.Case.WrongCredentialsShowAt, false), last.Detail);
    }

    /// <summary>Another value of the same form: the last letter or digit before any padding is another.</summary>
    private static string Spoil(string secret)
    {
        var at = secret.Length - 1;
        while (!char.IsLetterOrDigit(secret[at]))
        {
            at--;
        }

        return $"{secret[..at]}{(secret[at] == 'a' ? 'b' : secret[at] is '0' ? '1' : char.IsDigit(secret[at]) ? '0' : 'a')}{secret[(at + 1)..]}";
    }

    /// <summary>A stranger, one of our people who opted out there, and a list that is none of our business.</summary>
    private static Task SeedAsync(PlatformLife life) => !life.Case.HasContacts ? life.SeedAsync(new()
    {
        ["lists"] = new JsonArray(new JsonObject { ["name"] = "Others", ["members"] = new JsonArray(Stranger, life.Case.Key(EngineHarness.Id(3))) }),
    }) : life.SeedAsync(new()
    {
        ["contacts"] = new JsonArray(Contact(Stranger, "stranger"), Contact(PlatformCase.Email(EngineHarness.Id(3)), EngineHarness.Id(3))),
        ["lists"] = new JsonArray(new JsonObject { ["name"] = "Others", ["members"] = new JsonArray(Stranger, PlatformCase.Email(EngineHarness.Id(3))) }),
    });

    private static JsonObject Contact(string email, string id) => new()
    {
        ["keys"] = new JsonObject { ["email"] = email, ["external_id"] = id },
        ["attributes"] = new JsonObject { ["theirs"] = "kept" },
        ["tags"] = new JsonArray("kept"),
        ["subscription"] = "unsubscribed",
    };

    private static async Task GrowAsync(PlatformLife life)
    {
        await life.ForgetCallsAsync();
        for (var number = 0; number < 12; number++)
        {
            life.Put(number, vip: number < 10);
        }

        var backfill = await life.RunToSuccessAsync();
        backfill.Delivered.Add.ShouldBe(10);
        await life.ShouldBeInStepAsync("backfill");

        if (life.Case is { HasLists: true, HasContacts: true })
        {
            // Somebody else adds somebody.
            await life.SeedAsync(new() { ["lists"] = new JsonArray(new JsonObject { ["id"] = await AudienceIdAsync(life), ["members"] = new JsonArray(Stranger) }) });
        }

        life.Put(2, orders: 7);
        life.Put(4, vip: false);
        life.Put(10);
        await life.RunToSuccessAsync();
        await life.ShouldBeInStepAsync("a change, a removal and an entry", Strangers(life));

        await life.ShouldHaveRefusedNothingAsync();
        await life.ForgetCallsAsync();
        await life.RunToSuccessAsync();
        (await life.StateAsync())["calls"]!.AsObject().Count.ShouldBe(0, "nothing changed");
    }

    private static async Task FailAsync(PlatformLife life)
    {
        await life.FailAsync("throttle", times: 2);
        life.Put(4);
        life.Put(5, vip: false);
        if (life.Case.ThrottleEndsRun)
        {
            (await life.RunAsync()).Status.ShouldNotBe(RunStatus.Succeeded);
            await life.ControlAsync(new() { ["fail"] = "none" });
        }

        await life.RunToSuccessAsync();
        await life.ShouldBeInStepAsync("a throttle", Strangers(life));

        await life.FailAsync("outage", times: 2);
        life.Put(5);
        life.Put(6, vip: false);
        await life.RunToSuccessAsync();
        await life.ShouldBeInStepAsync("an outage", Strangers(life));

        await life.FailAsync("dropAnswer");
        life.Put(6);
        life.Put(7, vip: false);
        await life.RunToSuccessAsync();
        await life.ShouldBeInStepAsync("a lost answer", Strangers(life));

        await life.FailAsync("dropConnection");
        life.Put(7);
        life.Put(8, vip: false);
        await life.RunToSuccessAsync();
        await life.ShouldBeInStepAsync("a cut connection", Strangers(life));

        await RefuseCredentialsAsync(life);
        await ExpireAsync(life);
        await RefuseRowAsync(life);
        await LongOutageAsync(life);
    }

    private static async Task RefuseCredentialsAsync(PlatformLife life)
    {
        life.Put(9, vip: false);
        if (life.Case.WrongCredentialsShowAt is "authenticate")
        {
            await life.FailAsync("unauthorized", times: 20);
            var refused = await life.RunAsync();
            (refused.Status, refused.Stopped?.Code).ShouldBe((RunStatus.Failed, RunNames.Unauthorized), await life.DescribeAsync(refused));
            (await life.Engine.ConnectionStore.GetAsync(EngineHarness.ConnectionId, default))!.Status.ShouldBe(ConnectionStatus.Unauthorized);
            await life.ControlAsync(new() { ["fail"] = "none" });
        }

        await life.RunToSuccessAsync();
        await life.ShouldBeInStepAsync("refused credentials", Strangers(life));
    }

    private static async Task ExpireAsync(PlatformLife life)
    {
        if (life.Case.HasTokens)
        {
            var issued = (await life.StateAsync())["tokensIssued"]!.GetValue<int>();
            await life.ControlAsync(new() { ["fail"] = "expireTokens" });
            life.Put(8);
            life.Put(6, vip: false);
            await life.RunToSuccessAsync();
            await life.ShouldBeInStepAsync("the end of the token", Strangers(life));
            (await life.StateAsync())["tokensIssued"]!.GetValue<int>().ShouldBe(issued + 1, "one renewal for all calls");
        }
    }

    private static async Task RefuseRowAsync(PlatformLife life)
    {
        life.Put(8);
        life.Put(9);
        await life.RunToSuccessAsync();
        if (!life.Case.RefusesRows)
        {
            return;
        }

        await life.ControlAsync(new() { ["fail"] = "rowErrors", ["rows"] = new JsonArray([.. life.Case.BadRow(EngineHarness.Id(20)).Select(value => (JsonNode?)value)]) });
        life.Put(20);
        life.Put(21);
        var run = await life.RunAsync();
        if (life.Case.NamesRows && (run.Delivered.Add, run.Rejected.Add) != (1, 1))
        {
            throw new ShouldAssertException($"{life.Case} with one bad row of two: {run.Delivered} delivered, {run.Rejected} rejected; {await life.DescribeAsync(run)}");
        }

        await life.ControlAsync(new() { ["fail"] = "none" });
        life.Put(20, orders: 2);
        if (!life.Case.NamesRows || !life.Case.SendsAttributes)
        {
            await life.RunToSuccessAsync(RunMode.Full);
        }

        if (life.Case.SendsAttributes)
        {
            await life.RunToSuccessAsync();
            await life.ShouldBeInStepAsync("a refused row", Strangers(life));
        }
        else
        {
            life.Put(20, vip: false);
            await life.RunToSuccessAsync();
        }
    }

    private static async Task LongOutageAsync(PlatformLife life)
    {
        await life.FailAsync("outage", times: 500);
        life.Put(0, vip: false);
        life.Put(11);
        var run = await life.RunAsync();
        run.Status.ShouldNotBe(RunStatus.Succeeded);
        await life.ControlAsync(new() { ["fail"] = "none" });
        await life.RunToSuccessAsync();
        await life.ShouldBeInStepAsync("a long outage", Strangers(life));
    }

    private static async Task ResyncAsync(PlatformLife life)
    {
        // Whoever forgot the audience's id finds it again, and makes no second one.
        await life.Engine.States.UpdateAsync(EngineHarness.DestinationId, state => state with { AudienceId = null }, default);
        await life.ForgetCallsAsync();
        life.Put(1, vip: false);
        await life.RunToSuccessAsync(RunMode.Full);
        (await life.StateAsync())["lists"]!.AsArray().Count(list => list!["name"]!.GetValue<string>().StartsWith("VIPs", StringComparison.Ordinal)).ShouldBeLessThanOrEqualTo(1);
        await life.ShouldBeInStepAsync("a full resync", Strangers(life));
        await life.ShouldHaveRefusedNothingAsync();
    }

    private static async Task CleanUpAsync(PlatformLife life)
    {
        await life.Engine.ChangeAsync(destination => destination with { Deleting = true });
        (await life.Engine.Starter.StartCleanUpAsync((await life.Engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default)).ShouldBeOk();
        await life.Engine.PumpAsync();
        life.Engine.Errors.ShouldBeEmpty();
        life.Engine.Profiles.Clear();
        await life.ShouldBeInStepAsync("the clean-up", Strangers(life));
        (await life.Engine.Destinations.GetAsync(EngineHarness.DestinationId, default)).ShouldBeNull();
    }

    private static async Task ShouldBeUntouchedAsync(PlatformLife life, JsonObject before)
    {
        var after = await life.StateAsync();
        Find(after, "lists", "Others", "name")?["members"]?.ToJsonString().ShouldBe(Find(before, "lists", "Others", "name")?["members"]?.ToJsonString());
        foreach (var contact in before["contacts"]!.AsArray().Select(contact => contact!))
        {
            var now = Find(after, "contacts", contact["id"]!.GetValue<string>(), "id").ShouldNotBeNull();
            now["subscription"]!.ToJsonString().ShouldBe(contact["subscription"]!.ToJsonString());
            now["tags"]!.AsArray().Select(tag => tag!.GetValue<string>()).ShouldContain("kept");
            now["attributes"]!["theirs"]?.GetValue<string>().ShouldBe("kept");
            if (contact["keys"]!["email"]?.GetValue<string>() == Stranger)
            {
                now.ToJsonString().ShouldBe(contact.ToJsonString(), "the stranger");
            }
        }
    }

    private static JsonNode? Find(JsonObject state, string part, string value, string by) => state[part]!.AsArray().FirstOrDefault(each => each![by]!.GetValue<string>() == value);

    private static async Task<string> AudienceIdAsync(PlatformLife life) =>
        life.Case.ExternalId ?? (await life.StateAsync())["lists"]!.AsArray().Single(list => list!["name"]!.GetValue<string>() == "VIPs")!["id"]!.GetValue<string>();

    private static IEnumerable<string> Strangers(PlatformLife life) => life.Case is { HasLists: true, HasContacts: true } ? [life.Case.Stranger] : [];
}
