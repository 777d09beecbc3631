using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Fakes;
using AudienceSync.Faults;

namespace AudienceSync.Config;

/// <summary>A document planned, applied and shown again.</summary>
public sealed class ConfigServiceTests
{
    private readonly ConfigWorld _world = new();

    [Fact]
    public async Task Get_NothingThere_IsAnEmptyDocument()
    {
        var document = await _world.ExportAsync();

        JsonNode.DeepEquals(document, JsonNode.Parse("""{"version":1,"connections":[],"segments":[],"destinations":[],"campaigns":[],"journeys":[],"holdout":{"percent":0}}"""))
            .ShouldBeTrue(document.ToJsonString());
        (await _world.PlanAsync(document)).Summary.ShouldBe("no changes");
    }

    [Fact]
    public async Task Plan_OfEverything_ShowsAllOfItAndWritesNothing()
    {
        var plan = await _world.PlanAsync(ConfigDocuments.Whole());

        ConfigWorld.Short(plan).ShouldBe(
        [
            "+connection hook", "+segment loyal", "+segment loyal-de", "+segment staff", "+destination loyal-to-hook", "+campaign spring", "+journey welcome",
            "~holdout holdout /percent /salt",
        ]);
        (plan.Applied, plan.Summary, plan.Unchanged).ShouldBe((false, "7 to create, 1 to update, 0 to delete", 0));
        plan.Creates[0].Fields!.Value.Single(field => field.Pointer == "/secrets").New!.Value.GetRawText().ShouldBe("""{"signingSecret":{"set":true}}""");
        plan.Warnings.ShouldHaveSingleItem().ShouldContain("'loyal-to-hook' is enabled and syncs by itself");
        JsonSerializer.Serialize(plan, ConfigJson.Default.ConfigPlan).ShouldNotContain("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        (await _world.PlanAsync(await _world.ExportAsync())).Summary.ShouldBe("no changes");
        _world.Runs.Take().ShouldBeEmpty();
    }

    [Fact]
    public async Task Put_Everything_RoundTripsWithoutChanges()
    {
        var applied = await _world.PutAsync(ConfigDocuments.Whole());

        (applied.Applied, applied.Summary).ShouldBe((true, "7 created, 1 updated, 0 deleted"));
        applied.Creates.ShouldAllBe(change => change.Id != null);
        _world.Runs.Take().ShouldContain("first");
        var exported = await _world.ExportAsync();
        exported.ToJsonString().ShouldNotContain("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        exported["destinations"]!.AsArray().Select(entry => entry!["key"]!.GetValue<string>()).ShouldBe(["loyal-to-hook"], "those of campaigns and journeys are part of these");
        exported.ToJsonString().ShouldNotMatch("\"(seg|con|dst|cmp|jrn|sub|grp)_", "nothing is named by its id");
        foreach (var document in (JsonObject[])[exported, ConfigDocuments.Whole()])
        {
            var plan = await _world.PlanAsync(document, prune: true);
            ConfigWorld.Short(plan).ShouldBeEmpty();
            (plan.Summary, plan.Unchanged, plan.Prunable.Length).ShouldBe(("no changes", 8, 0));
        }

        var again = await _world.PutAsync(exported);
        (again.Applied, again.Summary, again.ETag).ShouldBe((true, "no changes", applied.ETag));
        _world.Runs.Take().ShouldBeEmpty();
    }

    [Fact]
    public async Task Export_ToAnEmptyInstallation_NeedsTheSecretsAndIsTheSame()
    {
        await _world.PutAsync(ConfigDocuments.Whole());
        var document = await _world.ExportAsync();
        var other = new ConfigWorld();

        (await other.FaultsOfAsync(document)).ShouldBe(["/connections/0/secrets/signingSecret secret_missing"]);
        (await other.ExportAsync())["segments"]!.AsArray().ShouldBeEmpty();

        document.Entry("connections", "hook")["secrets"]!["signingSecret"] = ConfigDocuments.Secret;
        await other.PutAsync(document);
        JsonNode.DeepEquals(await other.ExportAsync(), await _world.ExportAsync()).ShouldBeTrue();
        (await other.PlanAsync(await _world.ExportAsync())).Summary.ShouldBe("no changes");
    }

    [Fact]
    public async Task Secrets_AreKeptComparedReplacedAndCleared_AndNeverShown()
    {
        await _world.PutAsync(ConfigDocuments.Whole());
        var document = await _world.ExportAsync();
        var secrets = document.Entry("connections", "hook")["secrets"]!.AsObject();

        document.Entry("connections", "hook")["name"] = "Hook of the shop";
        await _world.PutAsync(document);
        (await OpenedAsync()).ShouldBe(ConfigDocuments.Secret);

        secrets["signingSecret"] = ConfigDocuments.Secret;
        (await _world.PlanAsync(document)).Summary.ShouldBe("no changes");

        secrets["signingSecret"] = ConfigDocuments.OtherSecret;
        var plan = await _world.PlanAsync(document);
        ConfigWorld.Short(plan).ShouldBe(["~connection hook /secrets/signingSecret"]);
        JsonSerializer.Serialize(plan, ConfigJson.Default.ConfigPlan).ShouldNotContain("whsec_");
        var etag = plan.ETag;
        (await _world.PutAsync(document)).ETag.ShouldNotBe(etag);
        (await OpenedAsync()).ShouldBe(ConfigDocuments.OtherSecret);
        (await _world.PlanAsync(document)).Summary.ShouldBe("no changes");

        secrets["signingSecret"] = null;
        ConfigWorld.Short(await _world.PutAsync(document)).ShouldBe(["~connection hook /secrets"]);
        (await _world.ExportAsync()).Entry("connections", "hook").ContainsKey("secrets").ShouldBeFalse();
        secrets["signingSecret"] = new JsonObject { ["set"] = true };
        (await _world.FaultsOfAsync(document)).ShouldBe(["/connections/0/secrets/signingSecret secret_missing"]);
    }

    [Fact]
    public async Task Fields_LeftOut_StayAsTheyAre_AndSettingsAreReplacedWhole()
    {
        await _world.PutAsync(ConfigDocuments.Whole());

        var plan = await _world.PutAsync(ConfigDocuments.Parse("""
            {"connections":[{"key":"hook","settings":{"url":"https://hooks.example/other"}}],
             "segments":[{"key":"loyal","description":null}],
             "destinations":[{"key":"loyal-to-hook","name":"Renamed","consentPurpose":null,"schedule":{"intervalMinutes":60}}]}
            """));

        ConfigWorld.Short(plan).ShouldBe(
        [
            "~connection hook /settings/requestsPerSecond /settings/url", "~segment loyal /description",
            "~destination loyal-to-hook /name /schedule/cron /schedule/timeZone /schedule/intervalMinutes /consentPurpose",
        ], ignoreOrder: true);
        var name = plan.Updates.Single(change => change.Type == "destination").Fields!.Value.Single(field => field.Pointer == "/name");
        (name.Old!.Value.GetString(), name.New!.Value.GetString()).ShouldBe(("Loyal to hook", "Renamed"));
        plan.Prunable.Select(change => change.Key).ShouldBe(["loyal-de", "staff"]);
        (await _world.ExportAsync()).Entry("destinations", "loyal-to-hook")["mapping"]!.AsArray().Count.ShouldBe(3);
    }

    [Fact]
    public async Task Name_Changed_IsAnUpdate_AndKeyChangedIsAnotherThing()
    {
        await _world.PutAsync(ConfigDocuments.Whole());
        var document = await _world.ExportAsync();
        document.Entry("segments", "loyal")["name"] = "Very loyal";
        document.Entry("destinations", "loyal-to-hook")["key"] = "loyal-to-shop";
        document["destinations"]![0]!["audience"]!["name"] = "Other list";

        ConfigWorld.Short(await _world.PlanAsync(document)).ShouldBe(["+destination loyal-to-shop", "~segment loyal /name"]);
        var applied = await _world.PutAsync(document, prune: true);

        ConfigWorld.Short(applied).ShouldBe(["+destination loyal-to-shop", "~segment loyal /name", "-destination loyal-to-hook"]);
        applied.Warnings.ShouldContain(warning => warning.Contains("'loyal-to-hook' is deleted, and whom it added stays", StringComparison.Ordinal));
        (await _world.PlanAsync(await _world.ExportAsync(), prune: true)).Summary.ShouldBe("no changes");
    }

    [Fact]
    public async Task Prune_DeletesWhatIsNotNamed_UsersFirst_AndSparesSectionsThatAreMissing()
    {
        await _world.PutAsync(ConfigDocuments.Whole());
        var nothing = ConfigDocuments.Parse("""{"segments":[],"destinations":[],"campaigns":[],"journeys":[]}""");

        var plan = await _world.PlanAsync(nothing);
        ConfigWorld.Short(plan).ShouldBeEmpty();
        plan.Prunable.Select(change => $"{change.Type} {change.Key}").ShouldBe(
            ["segment loyal", "segment loyal-de", "segment staff", "destination loyal-to-hook", "campaign spring", "journey welcome"]);

        var applied = await _world.PutAsync(nothing, prune: true);
        ConfigWorld.Short(applied).ShouldBe(
        [
            "-segment loyal", "-segment loyal-de", "-segment staff", "-destination loyal-to-hook", "-campaign spring", "-journey welcome",
            "-destination spring-mail", "-destination spring-ads", "-destination welcome-hook",
        ], ignoreOrder: true);
        applied.Warnings.ShouldContain(warning => warning.Contains("no 'connections'", StringComparison.Ordinal));
        var left = await _world.ExportAsync();
        left["connections"]!.AsArray().Count.ShouldBe(1);
        left["segments"]!.AsArray().ShouldBeEmpty();

        ConfigWorld.Short(await _world.PutAsync(ConfigDocuments.Parse("""{"connections":[]}"""), prune: true)).ShouldBe(["-connection hook"]);
        (await _world.Destinations.ListAllAsync(default).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Prune_OfWhatIsStillUsed_IsAFault()
    {
        await _world.PutAsync(ConfigDocuments.Whole());
        var document = await _world.ExportAsync();

        (await _world.FaultsOfAsync(document.Without("segments", "staff"), prune: true)).ShouldBe(["/segments segment_in_use"]);
    }

    [Fact]
    public async Task Faults_OfTheWholeDocument_AreToldAtOnceAndNothingIsWritten()
    {
        var document = ConfigDocuments.Parse("""
            {"versoin":1,
             "connections":[{"key":"hook","type":"webhook","name":"Hook","settings":{"url":"ftp://x"}},{"key":"post","type":"webhok"},{"name":"No key"}],
             "segments":[{"key":"loyal","name":"Loyal","rules":{"attr":"orders","op":"gtee","value":3}},{"key":"of-loyal","name":"","rules":{"segment":"loyal"}},
               {"key":"lost","name":"Lost","rules":{"all":[{"segment":"loyl"}]}},{"key":"lost","name":"Twice","rules":{"attr":"x","op":"exists"} }],
             "destinations":[{"key":"a","name":"A","source":{"segment":"loyal"},"connection":"hook","mapping":[{"from":"id","to":"user_id"}]},
               {"key":"b","name":"B","source":{"segment":"nobody"},"connection":"hok","mode":"miror","mapping":[]}],
             "campaigns":[{"key":"c","name":"C","segment":"loyal","exclusions":["nobody"],"subAudiences":[{"name":"All","groups":[{"share":99}]}]}],
             "holdout":{"percent":200}}
            """);

        var refusal = (await _world.TryPutAsync(document)).ShouldBeRefused("validation_failed");

        refusal.Faults.Select(fault => $"{fault.Pointer} {fault.Code}").ShouldBe(
        [
            "/versoin unknown_field",
            "/connections/2/key required",
            "/segments/3/key duplicate_key",
            "/connections/0/settings/url invalid_url",
            "/connections/1/type unknown_connector",
            "/segments/0/rules/op unknown_operator",
            "/segments/1/name empty_text",
            "/segments/2/rules/all/0/segment unknown_segment",
            "/destinations/0/mapping identifier_missing",
            "/destinations/1/source/segment unknown_segment",
            "/destinations/1/connection unknown_connection",
            "/destinations/1/mode unknown_value",
            "/campaigns/0/exclusions/0 unknown_segment",
            "/campaigns/0/subAudiences/0/groups shares_not_100",
            "/holdout/percent out_of_range",
        ], ignoreOrder: true);
        refusal.Faults.Single(fault => fault.Pointer == "/segments/2/rules/all/0/segment").Detail.ShouldContain("Did you mean");
        refusal.Faults.Single(fault => fault.Pointer == "/versoin").Detail.ShouldContain("'version'");
        (await _world.ExportAsync())["segments"]!.AsArray().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"key":"a","name":"A","rules":{"segment":"a"}}""", "/segments/0/rules/segment")]
    [InlineData("""{"key":"a","name":"A","rules":{"not":{"segment":"b"} } },{"key":"b","name":"B","rules":{"any":[{"segment":"c"}]} },{"key":"c","name":"C","rules":{"segment":"a"} }""",
        "/segments/0/rules/not/segment", "/segments/1/rules/any/0/segment", "/segments/2/rules/segment")]
    public async Task Segments_ThatReferInACircle_AreAFaultAtEachReference(string segments, params string[] pointers)
    {
        var document = ConfigDocuments.With($$"""
            "segments":[{{segments}},{"key":"d","name":"D","rules":{"segment":"a"} }],"destinations":[{{ConfigDocuments.Destination("to", "a")}}]
            """);

        (await _world.FaultsOfAsync(document)).ShouldBe([.. pointers.Select(pointer => $"{pointer} segment_cycle")]);
    }

    [Fact]
    public async Task References_TurnedRound_AreAppliedInTheOrderThatWorks()
    {
        await _world.PutAsync(ConfigDocuments.With($$"""
            "segments":[{{ConfigDocuments.Segment("a", """{"segment":"b"}""")}},{{ConfigDocuments.Segment("b")}}]
            """));

        var applied = await _world.PutAsync(ConfigDocuments.With($$"""
            "segments":[{{ConfigDocuments.Segment("b", """{"segment":"a"}""")}},{{ConfigDocuments.Segment("a")}}]
            """));

        applied.Updates.Select(change => change.Key).ShouldBe(["a", "b"]);
        (await _world.ExportAsync()).Entry("segments", "b")["rules"]!["segment"]!.GetValue<string>().ShouldBe("a");
    }

    [Fact]
    public async Task Rules_OfASegmentThatDestinationsFollow_ArePublishedBetweenRuns()
    {
        var document = ConfigDocuments.With($$"""
            "segments":[{{ConfigDocuments.Segment("loyal")}}],"destinations":[{{ConfigDocuments.Destination("to", "loyal")}}]
            """);
        await _world.PutAsync(document);
        document.Entry("segments", "loyal")["rules"]!["value"] = 5;
        document.Entry("segments", "loyal")["name"] = "Very loyal";
        document.Entry("segments", "loyal")["visibility"] = "shared";
        var destination = (await _world.Destinations.FindByKeyAsync("to", default))!;
        _world.ActiveRuns.All.Add(new("run_1", destination.Id));

        (await _world.PlanAsync(document)).Warnings.ShouldHaveSingleItem().ShouldContain("under way");
        (await _world.TryPutAsync(document)).ShouldBeRefused("run_active").Kind.ShouldBe(RefusalKind.Conflict);
        (await _world.ExportAsync()).Entry("segments", "loyal")["name"]!.GetValue<string>().ShouldBe("loyal");

        _world.ActiveRuns.All.Clear();
        ConfigWorld.Short(await _world.PutAsync(document)).ShouldBe(["~segment loyal /name /rules/value"]);
        (await _world.PlanAsync(document)).Summary.ShouldBe("no changes");
        (await _world.Segments.ListDraftsAsync(default).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Put_WhereSomebodyElseComesFirst_StopsWithWhatWasDone_AndGoesOnWhenSentAgain()
    {
        await _world.PutAsync(ConfigDocuments.Whole());
        var document = await _world.ExportAsync();
        document.Entry("connections", "hook")["name"] = "First";
        document.Entry("segments", "staff")["name"] = "Second";
        document.Entry("destinations", "loyal-to-hook")["name"] = "Third";
        document.Entry("journeys", "welcome")["name"] = "Fourth";
        var destination = (await _world.Destinations.FindByKeyAsync("loyal-to-hook", default))!;
        _world.Segments.BeforeWrite = () =>
        {
            _world.Segments.BeforeWrite = null;
            _world.Target.Destinations.PatchAsync(destination.Id, JsonElement.Parse("""{"description":"By somebody else"}"""), "*", mayEdit: true, default).GetAwaiter().GetResult().ShouldBeOk();
        };

        var refusal = (await _world.TryPutAsync(document)).ShouldBeRefused("apply_stopped");

        refusal.Detail!.ShouldStartWith("2 of 4 changes were made. The destination 'loyal-to-hook' was not");
        var report = refusal.Extensions!;
        report["applied"]!.ToJsonString().ShouldBe("""[{"action":"write","type":"connection","key":"hook"},{"action":"write","type":"segment","key":"staff"}]""");
        report["stoppedAt"]!["key"]!.GetValue<string>().ShouldBe("loyal-to-hook");
        report["cause"]!["code"]!.GetValue<string>().ShouldBe("etag_mismatch");
        report["remaining"]!.ToJsonString().ShouldBe("""[{"action":"write","type":"journey","key":"welcome"}]""");

        document.Entry("destinations", "loyal-to-hook").Remove("description");
        ConfigWorld.Short(await _world.PutAsync(document)).ShouldBe(["~destination loyal-to-hook /name", "~journey welcome /name"]);
        (await _world.ExportAsync()).Entry("destinations", "loyal-to-hook")["description"]!.GetValue<string>().ShouldBe("By somebody else");
    }

    [Fact]
    public async Task Put_OfAPlanThatIsOvertaken_IsRefusedByItsETag()
    {
        await _world.PutAsync(ConfigDocuments.Whole());
        var document = await _world.ExportAsync();
        document.Entry("segments", "staff")["name"] = "People who work here";
        var plan = await _world.PlanAsync(document);
        await _world.PutAsync(ConfigDocuments.Parse("""{"holdout":{"percent":7}}"""));

        (await _world.TryPutAsync(document, ifMatch: plan.ETag)).ShouldBeRefused("etag_mismatch");
        document["holdout"]!["percent"] = 7;
        var fresh = await _world.PlanAsync(document);
        ConfigWorld.Short((await _world.TryPutAsync(document, ifMatch: fresh.ETag)).ShouldBeOk()).ShouldBe(["~segment staff /name"]);
    }

    [Theory]
    [InlineData("""{"segmentId":"loyal"}""", "connectionId")]
    [InlineData("""{"segmentKey":"loyal"}""", "connectionKey")]
    public async Task References_InOtherSpellings_AreTaken(string source, string connection)
    {
        var document = ConfigDocuments.With($$"""
            "segments":[{{ConfigDocuments.Segment("loyal")}}],"destinations":[{{ConfigDocuments.Destination("to", "loyal")}}]
            """);
        await _world.PutAsync(document);
        var destination = document.Entry("destinations", "to");
        destination["source"] = JsonNode.Parse(source);
        destination.Remove("connection");
        destination[connection] = "hook";

        (await _world.PlanAsync(document)).Summary.ShouldBe("no changes");
        destination["source"] = new JsonObject { ["segment"] = (await _world.Segments.ListAllAsync(default).SingleAsync()).Id };
        (await _world.PlanAsync(document)).Summary.ShouldBe("no changes");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    public async Task Put_WhatIsNoDocument_IsOneFault(string body) =>
        (await _world.Service.PutAsync(JsonElement.Parse(body), new(false, false), null, default)).ShouldBeRefused("validation_failed").Faults.ShouldHaveSingleItem().Code.ShouldBe("wrong_type");

    [Fact]
    public async Task Destination_BeingCleanedUp_IsNotExported()
    {
        await _world.PutAsync(ConfigDocuments.Whole());
        var destination = (await _world.Destinations.FindByKeyAsync("loyal-to-hook", default))!;
        await _world.Destinations.TryReplaceAsync(destination with { Deleting = true }, default);

        (await _world.ExportAsync())["destinations"]!.AsArray().ShouldBeEmpty();
        (await _world.FaultsOfAsync(ConfigDocuments.Whole())).ShouldBe(["/destinations/0 key_taken"]);
    }

    private async Task<string> OpenedAsync()
    {
        var connection = await _world.Connections.ListAllAsync(default).SingleAsync();
        return (await _world.Target.Connections.OpenAsync(connection.Id, default)).ShouldBeOk().Settings.Secrets["signingSecret"];
    }
}
