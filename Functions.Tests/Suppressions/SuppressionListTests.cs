using System.Globalization;
using System.Text.Json;
using AudienceSync.Fakes;
using AudienceSync.Pages;
using AudienceSync.Profiles;

namespace AudienceSync.Suppressions;

public sealed class SuppressionListTests
{
    private readonly SuppressionWorld _world = new();

    [Theory]
    [InlineData("""{"type":"email","value":" Ana@Example.com "}""")]
    [InlineData("""{"email":"ANA@EXAMPLE.COM"}""")]
    [InlineData("""{"type":"E-Mail","value":"ana@example.com"}""")]
    public async Task Add_SpellingsOfOneValue_AreOneEntry(string json)
    {
        var entry = await _world.AddAsync("""{"type":"email","value":"ana@example.com","reason":"asked by phone"}""");
        (await _world.AddAsync(json)).ShouldBe(entry);
        (await _world.AllAsync()).ShouldBe([entry]);
        entry.Reason.ShouldBe("asked by phone");
    }

    [Fact]
    public async Task Add_Digest_IsTheEntryOfTheValue()
    {
        var byValue = await _world.AddAsync("""{"type":"email","value":"Ana@example.com"}""");
        var digest = SuppressionKeys.DigestOf("ana@example.com");
        (await _world.AddAsync($$"""{"type":"email","sha256":"{{digest.ToUpperInvariant()}}"}""")).Id.ShouldBe(byValue.Id);
    }

    [Theory]
    [InlineData("+4915112345678")]
    [InlineData("4915112345678")]
    public async Task Gate_DigestOfAPhoneNumberWithOrWithoutPlus_Finds(string hashed)
    {
        await _world.AddAsync($$"""{"type":"phone","sha256":"{{SuppressionKeys.DigestOf(hashed)}}"}""");
        var gate = await _world.GateAsync();
        var page = _world.Page([SuppressionWorld.Profile("a", (ProfileColumns.Phone, "+4915112345678")), SuppressionWorld.Profile("b", (ProfileColumns.Phone, "+4915112345679"))]);

        gate.Select(page, RowSet.All(2)).ToArray().Select(row => page.ReadRow(row)[ProfileColumns.Id].AsText()).ShouldBe(["a"]);
    }

    /// <summary>Who hashed what a form gave them, without bringing it into one form, finds the profiles that spell it so.</summary>
    [Theory]
    [InlineData("email", "Ana.B@Example.com", "ana.b@Example.com")]
    [InlineData("email", "Ärger@Exämple.de", "ärger@exämple.de")]
    [InlineData("idfa", "6D92078A-8246-4BA4-AE5B-76104861E7DC", "6d92078a-8246-4ba4-ae5b-76104861e7dc")]
    public async Task Gate_DigestOfTheValueAsItIsSpelt_FindsProfilesThatSpellItSo(string type, string spelt, string other)
    {
        await _world.AddAsync($$"""{"type":"{{type}}","sha256":"{{SuppressionKeys.DigestOf(spelt)}}"}""");
        var gate = await _world.GateAsync();
        var page = _world.Page([SuppressionWorld.Profile("a", (type, spelt)), SuppressionWorld.Profile("b", (type, other)), SuppressionWorld.Profile("c")]);

        gate.Select(page, RowSet.All(3)).ToArray().Select(row => page.ReadRow(row)[ProfileColumns.Id].AsText()).ShouldBe(["a"]);
        Enumerable.Range(0, 3).Select(page.ReadRow).Where(row => gate.Find(row) is not null).Select(row => row[ProfileColumns.Id].AsText()).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Gate_OneIdentifierTypesEntry_SaysNothingOfAnother()
    {
        await _world.AddAsync("""{"type":"external_id","value":"c-1"}""");
        var gate = await _world.GateAsync();

        gate.Find(SuppressionWorld.Profile("c-1")).ShouldBeNull();
        gate.Find(SuppressionWorld.Profile("c-2", (ProfileColumns.ExternalId, "c-1"))).ShouldBe(new SuppressionHit("external_id", false));
        gate.Find(SuppressionWorld.Profile("c-2", (ProfileColumns.ExternalId, "C-1"))).ShouldBeNull();
    }

    [Theory]
    [InlineData("""{}""", "", "required")]
    [InlineData("""{"reason":"x"}""", "", "required")]
    [InlineData("""{"type":"email"}""", "/value", "required")]
    [InlineData("""{"type":"email","value":"a@b.c","sha256":"00"}""", "/sha256", "ambiguous")]
    [InlineData("""{"type":"emial","value":"a@b.c"}""", "/type", "unknown_type")]
    [InlineData("""{"type":"email","value":"nonsense"}""", "/value", "invalid_email")]
    [InlineData("""{"email":"nonsense"}""", "/email", "invalid_email")]
    [InlineData("""{"type":"phone","value":"12"}""", "/value", "invalid_phone")]
    [InlineData("""{"type":"email","sha256":"3aaf4cf36b54be96c7f0f9e5a1d4d3a7c1e8b5a4"}""", "/sha256", "invalid_sha256")]
    [InlineData("""{"type":"profileId","sha256":"3aaf4cf36b54be96c7f0f9e5a1d4d3a73aaf4cf36b54be96c7f0f9e5a1d4d3a7"}""", "/sha256", "not_hashable")]
    [InlineData("""{"profileId":""}""", "/profileId", "id_empty")]
    [InlineData("""{"profileId":7}""", "/profileId", "wrong_type")]
    [InlineData("""{"profileId":"a","email":"a@b.c"}""", "", "ambiguous")]
    [InlineData("""{"profileId":"a","resaon":"x"}""", "/resaon", "unknown_field")]
    [InlineData("""[]""", "", "wrong_type")]
    public async Task Add_WhatCannotBeTaken_IsRefusedAtItsPlace(string json, string pointer, string code)
    {
        var fault = (await _world.RefuseAsync(json)).Faults.ShouldHaveSingleItem();
        (fault.Pointer, fault.Code).ShouldBe((pointer, code), fault.Detail);
    }

    [Fact]
    public async Task AddMany_GoodAndBad_TakesTheGoodAndTellsOfTheBad()
    {
        await _world.AddAsync("""{"profileId":"c-1"}""");
        var answer = (await _world.Intake.AddManyAsync(
            JsonElement.Parse("""{"entries":[{"profileId":"c-1"},{"type":"email","value":"x"},{"email":"a@example.com"},{"email":"A@example.com"}]}"""), default)).ShouldBeOk();

        answer.Results.Select(result => result.Status).ShouldBe([200, 422, 201, 200]);
        (answer.Accepted, answer.Failed).ShouldBe((3, 1));
        answer.Results[1].ShouldSatisfyAllConditions(bad => bad.Pointer.ShouldBe("/entries/1/value"), bad => bad.Id.ShouldBeNull());
        answer.Results[2].Id.ShouldBe(answer.Results[3].Id);
        (await _world.AllAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task AddMany_MoreThanABatchTakes_IsRefusedWhole()
    {
        var json = $"[{string.Join(',', Enumerable.Repeat("{}", SuppressionIntake.MaxEntries + 1))}]";
        (await _world.Intake.AddManyAsync(JsonElement.Parse(json), default)).ShouldBeRefused("validation_failed").Faults.ShouldHaveSingleItem().Code.ShouldBe("too_many_entries");
        (await _world.AllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Remove_TakesItOff_AndItMayComeBack()
    {
        var entry = await _world.AddAsync("""{"profileId":"c-1"}""");
        (await _world.List.RemoveAsync(entry.Id, "\"other\"", mayLift: false, default)).ShouldNotBeNull().Code.ShouldBe("etag_mismatch");
        (await _world.List.RemoveAsync(entry.Id, entry.ETag, mayLift: false, default)).ShouldBeNull();
        (await _world.List.RemoveAsync(entry.Id, null, mayLift: false, default)).ShouldNotBeNull().Code.ShouldBe("not_found");
        (await _world.GateAsync()).Find(SuppressionWorld.Profile("c-1")).ShouldBeNull();

        _world.Time.Advance(TimeSpan.FromMinutes(1));
        (await _world.AddAsync("""{"profileId":"c-1"}""")).ShouldSatisfyAllConditions(
            again => again.Id.ShouldBe(entry.Id), again => again.CreatedAt.ShouldBeGreaterThan(entry.CreatedAt));
    }

    [Fact]
    public async Task Tombstone_TakesAnEntrysPlace_AndOnlyAnAdminLiftsIt()
    {
        var entry = await _world.AddAsync("""{"profileId":"c-1","reason":"Ana asked"}""");
        await _world.List.AddAsync([new(_world.Keys.OfProfile("c-1"), SuppressionType.ProfileId, "erasure", "ers_1")], default);

        var tombstone = (await _world.List.FindAsync(entry.Id, default)).ShouldNotBeNull();
        (tombstone.Origin, tombstone.Reason, tombstone.ErasureId, tombstone.CreatedAt).ShouldBe((SuppressionOrigin.Erasure, "erasure", "ers_1", entry.CreatedAt));
        (await _world.AddAsync("""{"profileId":"c-1","reason":"again"}""")).ShouldBe(tombstone);
        (await _world.GateAsync()).Find(SuppressionWorld.Profile("c-1")).ShouldBe(new SuppressionHit(SuppressionType.ProfileId, true));
        (await _world.AllAsync(new(ErasureId: "ers_1"))).ShouldBe([tombstone]);
        (await _world.AllAsync(new(Origin: SuppressionOrigin.Request))).ShouldBeEmpty();
        (await _world.List.RemoveAsync(entry.Id, null, mayLift: false, default)).ShouldNotBeNull().Code.ShouldBe("tombstone");
        (await _world.List.RemoveAsync(entry.Id, null, mayLift: true, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Freeze_LaterChanges_LeaveItAsItWas()
    {
        var entry = await _world.AddAsync("""{"profileId":"c-1"}""");
        var frozen = await _world.List.FreezeAsync(default);
        await _world.List.RemoveAsync(entry.Id, null, mayLift: false, default);
        await _world.AddAsync("""{"profileId":"c-2"}""");

        var gate = await _world.List.OpenAsync(frozen, default);
        gate.Find(SuppressionWorld.Profile("c-1")).ShouldNotBeNull();
        gate.Find(SuppressionWorld.Profile("c-2")).ShouldBeNull();
        (await _world.GateAsync()).Find(SuppressionWorld.Profile("c-2")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Add_ManyTimesOne_KeepsFewLevels()
    {
        for (var number = 0; number < 300; number++)
        {
            await _world.AddAsync(string.Create(CultureInfo.InvariantCulture, $$"""{"profileId":"c-{{number}}"}"""));
        }

        var manifest = await _world.List.FreezeAsync(default);
        manifest.Levels.Length.ShouldBeLessThan(6);
        manifest.Levels.Sum(level => level.Rows).ShouldBe(300);
        (await _world.AllAsync()).Count.ShouldBe(300);
    }

    [Fact]
    public async Task Add_RivalsAtEveryWrite_LosesNothing()
    {
        var rivals = 3;
        _world.Store.BeforeReplaceAsync = async () =>
        {
            if (rivals-- > 0)
            {
                await _world.AddAsync(string.Create(CultureInfo.InvariantCulture, $$"""{"profileId":"rival-{{rivals}}"}"""));
            }
        };
        await _world.AddAsync("""{"profileId":"c-1"}""");

        (await _world.AllAsync()).Count.ShouldBe(4);
        ((MemoryPageStore)_world.Pages).Chains.Count.ShouldBeLessThanOrEqualTo(8, "the chains of lost races are deleted");
    }

    [Fact]
    public async Task Add_AnswerLost_IsDoneOnce()
    {
        await _world.AddAsync("""{"profileId":"c-1"}""");
        _world.Store.LosesAnswers = true;
        await _world.AddAsync("""{"profileId":"c-2"}""");
        _world.Store.LosesAnswers = false;

        (await _world.AllAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task LookUp_ByValue_FindsTheEntryThatTheListDoesNotName()
    {
        var entry = await _world.AddAsync("""{"type":"phone","value":"+49 151 1234-5678"}""");
        (await _world.Intake.LookUpAsync(JsonElement.Parse("""{"phone":"+4915112345678"}"""), default)).ShouldBeOk().ShouldBe(entry);
        (await _world.Intake.LookUpAsync(JsonElement.Parse("""{"phone":"+4915112345679"}"""), default)).ShouldBeRefused("not_found");
    }

    [Theory]
    [InlineData("sup_")]
    [InlineData("sup_00000000000000000000000000000000")]
    [InlineData("sup_zz000000000000000000000000000000")]
    [InlineData("c-1")]
    public async Task Find_IdOfNoEntry_IsNull(string id)
    {
        await _world.AddAsync("""{"profileId":"c-1"}""");
        (await _world.List.FindAsync(id, default)).ShouldBeNull();
    }

    [Fact]
    public void Ids_OfKeys_ReadBack()
    {
        var random = new Random(7);
        for (var i = 0; i < 1_000; i++)
        {
            var key = new SuppressionKey((ulong)random.NextInt64(), (ulong)random.NextInt64());
            var id = _world.Keys.IdOf(key);
            id.Length.ShouldBe(36);
            _world.Keys.Read(id).ShouldBe(key);
        }
    }

    [Fact]
    public async Task Pages_HoldNoValueInAnyForm()
    {
        await _world.AddAsync("""{"type":"email","value":"ana@example.com"}""");
        await _world.AddAsync("""{"profileId":"customer-4711"}""");
        foreach (var chain in ((MemoryPageStore)_world.Pages).Chains)
        {
            await foreach (var page in _world.Pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, default))
            {
                for (var row = 0; row < page.Count; row++)
                {
                    var texts = page.ReadRow(row).Select(cell => cell.Value.ToString()).ToList();
                    foreach (var secret in (string[])["ana@example.com", "customer-4711", SuppressionKeys.DigestOf("ana@example.com"), SuppressionKeys.DigestOf("customer-4711")])
                    {
                        texts.ShouldAllBe(text => !text.Contains(secret, StringComparison.OrdinalIgnoreCase));
                    }
                }
            }
        }
    }
}
