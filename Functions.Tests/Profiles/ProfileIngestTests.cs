using System.Text.Json;
using AudienceSync.Erasures;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Suppressions;

namespace AudienceSync.Profiles;

public sealed class ProfileIngestTests
{
    private readonly ProfileWorld _world = new();

    [Fact]
    public async Task BatchAsync_ExampleOfTheApi_AnswersAsTheApiShows()
    {
        var answer = await _world.BatchAsync(
            """
            {"operations":[
             {"op":"identify","id":"c-1","identifiers":{"email":"ana@example.com","phone":"+1 (415) 555-0100","external_id":"A-17",
               "idfa":"6D92078A-8246-4BA4-AE5B-76104861E7DC","gaid":"cdda802e-fb9c-47ad-9866-0794d394c912"},
              "attributes":{"orders":3,"revenue":120.50,"lastOrderAt":"2026-10-01T00:00:00Z","born":"1990-02-28","country":"DE","tags":["vip","news"],"vip":true,"nickname":null},
              "consents":{"marketing":{"state":"granted","source":"web form","capturedAt":"2026-01-05T00:00:00Z"}},"occurredAt":"2026-11-22T10:00:00Z"},
             {"op":"erase","id":"c-2"}]}
            """);

        JsonSerializer.Serialize(answer, ProfilesJson.Default.BatchAnswer).ShouldBe(
            """{"accepted":1,"failed":1,"results":[{"index":0,"status":200},{"index":1,"status":404,"code":"unknown_profile","pointer":"/operations/1/id","detail":"There is no profile of this id. Nothing is left to erase."}]}""");
        const string seen = "\"firstSeenAt\":\"2026-11-22T10:00:00Z\",\"lastSeenAt\":\"2026-11-22T10:00:00Z\"";
        (await _world.ShowAsync("c-1")).ShouldBe(
            $$$"""
            {"id":"c-1","trackingId":"{{{_world.TrackingIds.Of("c-1")}}}","urlToken":"{{{_world.TrackingIds.UrlTokenOf("c-1")}}}",
            "identifiers":{"email":"ana@example.com","phone":"\u002B14155550100","external_id":"A-17","idfa":"6D92078A-8246-4BA4-AE5B-76104861E7DC","gaid":"cdda802e-fb9c-47ad-9866-0794d394c912"},
            "identifierValues":{"email":[{"value":"ana@example.com",{{{seen}}}}],"phone":[{"value":"\u002B14155550100",{{{seen}}}}],"external_id":[{"value":"A-17",{{{seen}}}}],
            "idfa":[{"value":"6D92078A-8246-4BA4-AE5B-76104861E7DC",{{{seen}}}}],"gaid":[{"value":"cdda802e-fb9c-47ad-9866-0794d394c912",{{{seen}}}}]},
            "attributes":{"born":"1990-02-28","country":"DE","lastOrderAt":"2026-10-01T00:00:00Z","orders":3,"revenue":120.50,"tags":["vip","news"],"vip":true},
            "consents":{"marketing":{"state":"granted","source":"web form","capturedAt":"2026-01-05T00:00:00Z"}},"updatedAt":"2026-11-22T10:00:00Z"}
            """.Replace("\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BatchAsync_BadOperationsAmongGood_TakesTheGoodAndNamesTheBad()
    {
        var answer = await _world.BatchAsync("""{"operations":[{"op":"identify","id":"a"},{"op":"identify","id":""},7,{"op":"identify","id":"b"}]}""");

        (answer.Accepted, answer.Failed).ShouldBe((2, 2));
        answer.Results.Select(result => (result.Index, result.Status, result.Pointer)).ShouldBe(
            [(0, 200, null), (1, 422, "/operations/1/id"), (2, 422, "/operations/2"), (3, 200, null)]);
        (await _world.FoldAsync()).Shards[0].Rows.ShouldBe(2);
    }

    [Fact]
    public async Task BatchAsync_SeveralFaultsInOneOperation_ListsThemAll()
    {
        var answer = await _world.BatchAsync("""{"operations":[{"op":"identify","id":"a","identifiers":{"email":"x","phone":"1"},"attributes":{"email":"x"}}]}""");

        var result = answer.Results.Single();
        result.Code.ShouldBe("invalid_email");
        result.Errors.ShouldNotBeNull().Select(fault => (fault.Pointer, fault.Code)).ShouldBe(
        [
            ("/operations/0/identifiers/email", "invalid_email"), ("/operations/0/identifiers/phone", "invalid_phone"), ("/operations/0/attributes/email", "reserved_name"),
        ]);
    }

    [Theory]
    [InlineData("""{}""", "/operations", "required")]
    [InlineData("""{"operations":{}}""", "/operations", "wrong_type")]
    [InlineData("""[]""", "", "wrong_type")]
    [InlineData("""{"operations":[],"operatoins":[]}""", "/operatoins", "unknown_field")]
    public async Task BatchAsync_BodyAtFault_RefusesTheWhole(string body, string pointer, string code)
    {
        var refusal = (await _world.TryBatchAsync(body)).ShouldBeOfType<Result<BatchAnswer>.Refused>().Refusal;

        refusal.Kind.ShouldBe(RefusalKind.Invalid);
        refusal.Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldBe([(pointer, code)]);
    }

    [Fact]
    public async Task BatchAsync_OneOperationTooMany_RefusesTheWholeAndTakesNone()
    {
        var operations = string.Join(',', Enumerable.Repeat("""{"op":"identify","id":"a"}""", ProfileIngest.MaxOperations + 1));

        var refusal = (await _world.TryBatchAsync($$"""{"operations":[{{operations}}]}""")).ShouldBeOfType<Result<BatchAnswer>.Refused>().Refusal;

        (refusal.Kind, refusal.Code).ShouldBe((RefusalKind.Invalid, "too_many_operations"));
        _world.Inbox.Ids.ShouldBeEmpty();
    }

    [Fact]
    public async Task BatchAsync_ThousandOperations_AppendsOnePage()
    {
        await _world.SendAsync([.. Enumerable.Range(0, ProfileIngest.MaxOperations).Select(n => $$$"""{"op":"identify","id":"c-{{{n}}}","attributes":{"n":{{{n}}}}}""")]);

        _world.Inbox.Ids.Count.ShouldBe(1);
    }

    [Fact]
    public async Task BatchAsync_SameIdTwice_AppliesInOrder()
    {
        await _world.SendAsync(
            """{"op":"identify","id":"a","attributes":{"n":1,"m":1}}""",
            """{"op":"identify","id":"a","attributes":{"n":2,"m":null}}""");

        (await _world.AttributesAsync("a")).ShouldBe("""{"n":2}""");
    }

    [Fact]
    public async Task BatchAsync_EraseOfProfiles_KnowsShardsInboxAndEarlierOperations()
    {
        await _world.SendAsync("""{"op":"identify","id":"folded"}""");
        await _world.FoldAsync();
        await _world.SendAsync("""{"op":"identify","id":"waiting"}""");

        var answer = await _world.BatchAsync(
            """
            {"operations":[{"op":"erase","id":"folded"},{"op":"erase","id":"waiting"},{"op":"erase","id":"new"},
             {"op":"identify","id":"new"},{"op":"erase","id":"new"},{"op":"erase","id":"new"},{"op":"erase","id":"folded"}]}
            """);

        answer.Results.Select(result => result.Status).ShouldBe([200, 200, 404, 200, 200, 404, 404]);
        (await _world.FoldAsync()).Shards[0].Rows.ShouldBe(0);
    }

    [Fact]
    public async Task BatchAsync_ConsentsOfBothForms_KeepTheNewestCapture()
    {
        await _world.SendAsync("""{"op":"consent","id":"a","consents":{"ads":{"state":"denied","capturedAt":"2026-05-01T00:00:00Z"}}}""");
        await _world.SendAsync("""{"op":"consent","id":"a","purpose":"ads","state":"granted","source":"old form","capturedAt":"2026-04-01T00:00:00Z"}""");
        await _world.SendAsync("""{"op":"consent","id":"a","purpose":"mail","state":"granted","source":"shop"}""");
        await _world.SendAsync("""{"op":"consent","id":"a","purpose":"mail","state":"unknown","capturedAt":"2026-11-23T00:00:00Z"}""");

        var row = (await _world.RowsAsync(await _world.FoldAsync())).Single().Profile.ToRow();

        row[ProfileColumns.Consent("ads")].AsBoolean().ShouldBeFalse();
        row.Has(ProfileColumns.Consent("mail")).ShouldBeFalse();
        ProfileWorld.Json((await _world.ShowAsync("a"))!).GetProperty("consents").GetRawText().ShouldBe(
            """{"ads":{"state":"denied","capturedAt":"2026-05-01T00:00:00Z"},"mail":{"state":"unknown","capturedAt":"2026-11-23T00:00:00Z"}}""");
    }

    [Fact]
    public async Task BatchAsync_NewAttributes_RegistersEachTypeOnceAndReadsTheCatalogueNoMore()
    {
        await _world.SendAsync("""{"op":"identify","id":"a","identifiers":{"email":"a@b"},"attributes":{"n":1,"m":"x","gone":null}}""");
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"n":1.5}}""");
        var reads = _world.AttributeStore.Reads;
        await _world.SendAsync("""{"op":"identify","id":"b","attributes":{"n":2,"m":"y"}}""");

        _world.AttributeStore.Reads.ShouldBe(reads);
        var catalog = await _world.Attributes.ReadAsync(CancellationToken.None);
        catalog.Keys.Order().ShouldBe(["m", "n"]);
        catalog["n"].ShouldBe([Values.CellType.Integer, Values.CellType.Decimal]);
    }

    [Fact]
    public async Task BatchAsync_CatalogueFull_RefusesNewNamesOnly()
    {
        for (var from = 0; from < AttributeCatalog.MaxNames; from += 200)
        {
            var attributes = string.Join(',', Enumerable.Range(from, 200).Select(n => $"\"n{n}\":1"));
            await _world.SendAsync($$$"""{"op":"identify","id":"a{{{from}}}","attributes":{{{{attributes}}}}}""");
        }

        var answer = await _world.BatchAsync("""{"operations":[{"op":"identify","id":"x","attributes":{"n7":2}},{"op":"identify","id":"y","attributes":{"fresh":2}}]}""");

        answer.Results.Select(result => result.Code).ShouldBe([null, "too_many_attribute_names"]);
    }

    [Fact]
    public async Task IdentifyAsync_TwiceTheSameId_SaysCreatedOnce()
    {
        var body = ProfileWorld.Json("""{"id":"a/b","attributes":{"n":1}}""");

        var first = (await _world.Ingest.IdentifyAsync(body, CancellationToken.None)).ShouldBeOfType<Result<IdentifyAnswer>.Ok>().Value;
        var second = (await _world.Ingest.IdentifyAsync(body, CancellationToken.None)).ShouldBeOfType<Result<IdentifyAnswer>.Ok>().Value;

        first.ShouldBe(new("a/b", _world.TrackingIds.Of("a/b"), _world.TrackingIds.UrlTokenOf("a/b"), Created: true));
        second.Created.ShouldBeFalse();
    }

    [Theory]
    [InlineData("""{"op":"erase","id":"a"}""", "/op", "unknown_operation")]
    [InlineData("""{"attributes":{}}""", "/id", "required")]
    public async Task IdentifyAsync_BodyAtFault_IsRefused(string body, string pointer, string code)
    {
        var refusal = (await _world.Ingest.IdentifyAsync(ProfileWorld.Json(body), CancellationToken.None)).ShouldBeOfType<Result<IdentifyAnswer>.Refused>().Refusal;

        refusal.Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldBe([(pointer, code)]);
    }

    [Fact]
    public async Task BatchAsync_Erasures_AreNotedWithTheirTombstonesAndWhoTheyAre()
    {
        await _world.SendAsync("""{"op":"identify","id":"a","identifiers":{"email":"Ana@example.com"}}""");

        var answer = await _world.BatchAsync("""
            {"operations":[{"op":"erase","id":"a"},{"op":"identify","id":"b","identifiers":{"phone":"+4915112345678"}},{"op":"erase","id":"b"},{"op":"erase","id":"nobody"}]}
            """);

        answer.Results.Select(result => result.Status).ShouldBe([200, 200, 200, 404]);
        answer.Results.Select(result => result.ErasureId is not null).ShouldBe([true, false, true, false]);
        var gate = await _world.Suppressions.OpenAsync(null, CancellationToken.None);
        gate.Find(SuppressionWorld.Profile("a")).ShouldBe(new SuppressionHit("profileId", true));
        gate.Find(SuppressionWorld.Profile("x", (ProfileColumns.Email, "ana@example.com"))).ShouldBe(new SuppressionHit("email", true));
        gate.Find(SuppressionWorld.Profile("x", (ProfileColumns.Phone, "+4915112345678"))).ShouldBe(new SuppressionHit("phone", true), "known from the batch alone");
        gate.Find(SuppressionWorld.Profile("nobody")).ShouldBeNull();
        (await _world.ShowAsync("a")).ShouldBeNull();
        (await _world.ShowAsync("b")).ShouldBeNull();
        var noted = (await _world.ErasureStore.FindAsync(answer.Results[2].ErasureId!, CancellationToken.None)).ShouldNotBeNull();
        noted.IsNoted.ShouldBeTrue();
        noted.SuppressionVersion.ShouldBe((await _world.Suppressions.FreezeAsync(CancellationToken.None)).Version);
        _world.Erasures.Open(noted).Record.Identifiers.ShouldBe([new IdentifierValue("phone", "+4915112345678")]);
    }

    [Fact]
    public async Task EraseAsync_KnownProfile_IsGoneAtOnceAndUnknownAfterwards()
    {
        await _world.SendAsync("""{"op":"identify","id":"a"}""");

        var first = (await _world.Erasures.EraseAsync("a", CancellationToken.None)).ShouldBeOk();
        var second = await _world.Erasures.EraseAsync("a", CancellationToken.None);

        first.Status.ShouldBe(ErasureStatus.Queued);
        first.Receipts.ShouldBeEmpty();
        second.ShouldBeRefused("not_found");
        (await _world.ShowAsync("a")).ShouldBeNull();
    }

    [Fact]
    public async Task EraseAsync_ByIdWithoutAProfile_IsNotedOnce()
    {
        var first = (await _world.Erasures.EraseAsync(new NewErasure("warehouse-1"), CancellationToken.None)).ShouldBeOk();
        var second = (await _world.Erasures.EraseAsync(new NewErasure("warehouse-1"), CancellationToken.None)).ShouldBeOk();

        second.Id.ShouldBe(first.Id);
        (await _world.Erasures.EraseAsync(new NewErasure(""), CancellationToken.None)).ShouldBeRefused("validation_failed");
    }
}
