using System.Text.Json.Nodes;
using AudienceSync.Local.Worker;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Runs as integrators use them.</summary>
[Collection(ApiCollection.Name)]
public sealed class RunsWalkTests(RunningApp app)
{
    [Fact]
    public async Task Run_WithEveryGate_SumsUp()
    {
        await using var receiver = await Receiver.StartAsync();
        await app.Api.IngestAsync(Enumerable.Range(0, 60).Select(number => new JsonObject
        {
            ["op"] = "identify",
            ["id"] = $"gates-{number}",
            ["identifiers"] = number % 4 == 0 ? new JsonObject() : new JsonObject { ["email"] = $"g{number}@example.com" },
            ["attributes"] = new JsonObject { ["group"] = "gates" },
            ["consents"] = (number % 3) switch
            {
                0 => new JsonObject { ["news"] = new JsonObject { ["state"] = "granted", ["capturedAt"] = "2026-01-01T00:00:00Z" } },
                1 => new JsonObject { ["news"] = new JsonObject { ["state"] = "denied", ["capturedAt"] = "2026-01-01T00:00:00Z" } },
                _ => [],
            },
        }));
        var segment = await app.Api.CreateSegmentAsync("Gates", """{"attr":"group","op":"eq","value":"gates"}""");
        var connection = await app.Api.CreateWebhookAsync(receiver, "\"batchSize\":4,\"concurrency\":2");
        var destination = (await app.Api.PostAsync(
            "destinations",
            $$"""
            {"name":"Gates","source":{"segmentId":"{{segment}}"},"connectionId":"{{connection}}","autoSync":false,"consentPurpose":"news","guards":{"maxInvalidPercent":null},
             "mapping":[{"from":"email","to":"user_id","identifier":true}]}
            """)).ShouldBe(201).Id;

        var run = await app.Api.RunAsync(destination);

        var funnel = run["funnel"]!;
        RunNumbers.Number(funnel, "members").ShouldBe(60);
        RunNumbers.Number(funnel, "consentBlocked").ShouldBe(40);
        RunNumbers.Number(funnel, "missingIdentifier").ShouldBe(5);
        RunNumbers.Number(funnel, "deliverable").ShouldBe(15);
        RunNumbers.Of(run, "delivered").ShouldBe("15/0/0");
        run["requests"]!.GetValue<int>().ShouldBe(4);
        receiver.Members.Count.ShouldBe(15);

        // Consent withdrawn: who fails a gate now is removed.
        await app.Api.IngestAsync([new() { ["op"] = "consent", ["id"] = "gates-3", ["purpose"] = "news", ["state"] = "denied" }]);
        RunNumbers.Of(await app.Api.RunAsync(destination), "delivered").ShouldBe("0/0/1");
        receiver.Members.ContainsKey("g3@example.com").ShouldBeFalse();
        RunNumbers.Number((await app.Api.RunAsync(destination))["funnel"]!, "unchanged").ShouldBe(14);
    }

    [Fact]
    public async Task Run_UnderWay_IsPolledRefusesAnotherAndListsItsRows()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "polled", size: 20, "\"batchSize\":10,\"concurrency\":1");
        receiver.Next(new Reaction.Hung(Applies: true));

        var started = (await app.Api.PostAsync($"destinations/{audience.DestinationId}/runs", """{"mode":"incremental"}""")).ShouldBe(202);
        started.Headers["Location"].ShouldBe($"/api/v1/operations/{started.Id}");
        started.Headers["Retry-After"].ShouldBe("2");
        await receiver.Hung;

        (await app.Api.GetAsync(started.Headers["Location"])).ShouldBe(202).Json["status"]!.GetValue<string>().ShouldBe("delivering");
        (await app.Api.GetAsync($"runs/{started.Id}")).ShouldBe(200);
        var refused = (await app.Api.PostAsync($"destinations/{audience.DestinationId}/runs")).ShouldBeProblem(409, "run_active");
        refused.Json["runId"]!.GetValue<string>().ShouldBe(started.Id);
        (await app.Api.GetAsync($"runs/{started.Id}/rows?outcome=pending&limit=200")).Json["value"]!.AsArray().Count.ShouldBe(18);
        (await app.Api.GetAsync($"runs?status=delivering&destinationId={audience.DestinationId}")).Json["value"]!.AsArray().Count.ShouldBe(1);

        receiver.Release();
        await app.Api.WaitForRunAsync(started.Id);
        (await app.Api.GetAsync(started.Headers["Location"])).ShouldBe(200).Json["status"]!.GetValue<string>().ShouldBe("succeeded");
        (await app.Api.GetAsync($"runs?status=delivering&destinationId={audience.DestinationId}")).Json["value"]!.AsArray().ShouldBeEmpty();

        List<string> rows = [];
        for (var path = $"/api/v1/runs/{started.Id}/rows?outcome=delivered&operation=add&limit=7"; path is not null;)
        {
            var page = (await app.Api.GetAsync(path)).ShouldBe(200).Json;
            rows.AddRange(page["value"]!.AsArray().Select(row => row!["profileId"]!.GetValue<string>()));
            path = page["nextLink"] is { } next ? new Uri(next.GetValue<string>()).PathAndQuery : null;
        }

        rows.ShouldBe(audience.MemberIds, ignoreOrder: true);
        (await app.Api.PostAsync($"runs/{started.Id}/retry")).ShouldBeProblem(409, "nothing_to_retry");
        (await app.Api.PostAsync($"runs/{started.Id}/approval", """{"action":"approve"}""")).ShouldBeProblem(409, "not_held");
    }

    [Fact]
    public async Task DryRun_CountsAndSendsNothing()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "dry", size: 20);

        var run = await app.Api.WaitForRunAsync(await app.Api.StartRunAsync(audience.DestinationId, """{"dryRun":true}"""));

        run["dryRun"]!.GetValue<bool>().ShouldBeTrue();
        RunNumbers.Of(run, "planned").ShouldBe("18/0/0");
        RunNumbers.Of(run, "delivered").ShouldBe("0/0/0");
        receiver.Calls.ShouldBeEmpty();
        RunNumbers.Of(await app.Api.RunAsync(audience.DestinationId), "delivered").ShouldBe("18/0/0");
    }

    [Fact]
    public async Task FullRun_SendsEveryoneAgainAndRemovesLeavers()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "full", size: 30);
        await app.Api.RunAsync(audience.DestinationId);
        await audience.ChangeAsync(app.Api);

        var run = await app.Api.RunAsync(audience.DestinationId, """{"mode":"full"}""");

        var delivered = run["delivered"]!;
        (RunNumbers.Number(delivered, "add") + RunNumbers.Number(delivered, "update")).ShouldBe(audience.MemberIds.Count);
        RunNumbers.Number(delivered, "remove").ShouldBeGreaterThan(0);
        audience.ShouldBeOnTheList();
        receiver.Surprises.ShouldBeEmpty();
        RunNumbers.Of(await app.Api.RunAsync(audience.DestinationId), "planned").ShouldBe("0/0/0");
    }

    [Theory]
    [InlineData("approve", "1/0/8")]
    [InlineData("addsOnly", "1/0/0")]
    [InlineData("discard", "0/0/0")]
    public async Task HeldRun_Decided_DoesWhatWasDecided(string action, string delivered)
    {
        await using var receiver = await Receiver.StartAsync();
        var key = $"held-{action}".ToLowerInvariant();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, key, size: 20);
        await app.Api.RunAsync(audience.DestinationId);
        var destination = await app.Api.GetAsync($"destinations/{audience.DestinationId}");
        (await app.Api.PatchAsync($"destinations/{audience.DestinationId}", """{"guards":{"maxRemovePercent":20,"maxRemoveCount":3}}""", destination.ETag)).ShouldBe(200);
        await audience.SetLevelsAsync(app.Api, [.. Enumerable.Range(1, 8).Select(number => (number, 0)), (0, 4)]);
        var calls = receiver.Calls.Count;

        var runId = await app.Api.StartRunAsync(audience.DestinationId);
        await Eventually.HoldsAsync(async () => (await app.Api.ReadRunAsync(runId))["status"]!.GetValue<string>() == "held", "the run is held");
        receiver.Calls.Count.ShouldBe(calls);
        var held = await app.Api.ReadRunAsync(runId);
        held["heldBecause"]!.GetValue<string>().ShouldContain("8 of 18");
        RunNumbers.Of(held, "planned").ShouldBe("1/0/8");
        await app.Api.StateShouldBecomeAsync(audience.DestinationId, "held");

        (await app.Api.PostAsync($"runs/{runId}/approval", """{"action":"maybe"}""")).ShouldBe(422);
        (await app.Api.PostAsync($"runs/{runId}/approval", $$"""{"action":"{{action}}"}""")).ShouldBe(202);
        var run = await app.Api.WaitForRunAsync(runId);

        RunNumbers.Of(run, "delivered").ShouldBe(delivered);
        if (action == "approve")
        {
            audience.ShouldBeOnTheList();
            await app.Api.StateShouldBecomeAsync(audience.DestinationId, "healthy");
        }
    }

    [Fact]
    public async Task Guard_SegmentEmptyWhileMembersAreAccepted_AlwaysHolds()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "emptied", size: 5);
        await app.Api.RunAsync(audience.DestinationId);
        await audience.SetLevelsAsync(app.Api, [.. Enumerable.Range(0, 5).Select(number => (number, 0))]);

        var runId = await app.Api.StartRunAsync(audience.DestinationId);

        await Eventually.HoldsAsync(async () => (await app.Api.ReadRunAsync(runId))["status"]!.GetValue<string>() == "held", "the run is held");
        (await app.Api.PostAsync($"runs/{runId}/cancel")).ShouldBe(202);
        (await app.Api.WaitForRunAsync(runId))["status"]!.GetValue<string>().ShouldBe("cancelled");
    }

    [Fact]
    public async Task Start_UnknownFieldsAndDestinations_AreRefused()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "refused", size: 1);

        var answer = (await app.Api.PostAsync($"destinations/{audience.DestinationId}/runs", """{"mod":"full","asOf":"yesterday","dryRun":"yes"}""")).ShouldBeProblem(422, "validation_failed");
        answer.Json["errors"]!.AsArray().Select(error => error!["pointer"]!.GetValue<string>()).ShouldBe(["/mod", "/asOf", "/dryRun"], ignoreOrder: true);
        (await app.Api.PostAsync("destinations/dst_none/runs")).ShouldBe(404);
        (await app.Api.GetAsync("runs/run_none")).ShouldBe(404);
        (await app.Api.GetAsync("operations/run_none")).ShouldBe(404);
        (await app.Api.GetAsync("runs/run_none/rows")).ShouldBe(404);
        (await app.Api.GetAsync("runs?status=finished")).ShouldBe(400);
    }
}
