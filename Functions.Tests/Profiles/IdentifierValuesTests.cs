using System.Text.Json;

namespace AudienceSync.Profiles;

/// <summary>Profiles that hold several values for an identifier.</summary>
public sealed class IdentifierValuesTests
{
    private readonly ProfileWorld _world = new();

    [Fact]
    public async Task Identify_AnotherAddressLater_KeepsBothWithTheirTimes()
    {
        await _world.SendAsync(
            """{"op":"identify","id":"c-1","identifiers":{"email":"old@example.com"},"occurredAt":"2026-01-01T00:00:00Z"}""",
            """{"op":"identify","id":"c-1","identifiers":{"email":"new@example.com"},"occurredAt":"2026-03-01T00:00:00Z"}""");
        await _world.FoldAsync();
        await _world.SendAsync("""{"op":"identify","id":"c-1","identifiers":{"email":"Old@example.com"},"occurredAt":"2026-02-01T00:00:00Z"}""");

        var profile = ProfileWorld.Json((await _world.ShowAsync("c-1"))!);

        profile.GetProperty("identifiers").GetRawText().ShouldBe("""{"email":"new@example.com"}""");
        profile.GetProperty("identifierValues").GetRawText().ShouldBe(
            """{"email":[{"value":"Old@example.com","firstSeenAt":"2026-01-01T00:00:00Z","lastSeenAt":"2026-02-01T00:00:00Z"},{"value":"new@example.com","firstSeenAt":"2026-03-01T00:00:00Z","lastSeenAt":"2026-03-01T00:00:00Z"}]}""");
    }

    [Fact]
    public async Task Identify_ListOfValues_IsSeenAtOnceTheLastBeingTheLatest()
    {
        await _world.SendAsync("""{"op":"identify","id":"c-1","identifiers":{"email":["a@example.com","b@example.com"],"phone":["+1 415 555 0100"]}}""");

        var profile = ProfileWorld.Json((await _world.ShowAsync("c-1"))!);

        profile.GetProperty("identifiers").GetRawText().ShouldBe("""{"email":"b@example.com","phone":"\u002B14155550100"}""");
        Values(profile, "email").ShouldBe(["a@example.com", "b@example.com"]);
        Values(profile, "phone").ShouldBe(["+14155550100"]);
    }

    [Fact]
    public async Task Identify_Null_ClearsAllValues()
    {
        await _world.SendAsync(
            """{"op":"identify","id":"c-1","identifiers":{"email":["a@example.com","b@example.com"],"external_id":"A"},"occurredAt":"2026-01-01T00:00:00Z"}""",
            """{"op":"identify","id":"c-1","identifiers":{"email":null},"occurredAt":"2026-01-02T00:00:00Z"}""",
            """{"op":"identify","id":"c-1","identifiers":{"email":"c@example.com"},"occurredAt":"2026-01-03T00:00:00Z"}""",
            """{"op":"identify","id":"c-1","identifiers":{"email":"a@example.com"},"occurredAt":"2026-01-01T12:00:00Z"}""");
        await _world.FoldAsync();

        var profile = ProfileWorld.Json((await _world.ShowAsync("c-1"))!);

        Values(profile, "email").ShouldBe(["c@example.com"]);
        Values(profile, "external_id").ShouldBe(["A"]);
    }

    [Fact]
    public async Task Identify_ManyValues_KeepsTheFirstAndTheLatestNine()
    {
        for (var number = 1; number <= 14; number++)
        {
            await _world.SendAsync($$"""{"op":"identify","id":"c-1","identifiers":{"email":"m{{number}}@example.com"},"occurredAt":"2026-01-{{number:D2}}T00:00:00Z"}""");
        }

        await _world.FoldAsync();

        Values(ProfileWorld.Json((await _world.ShowAsync("c-1"))!), "email")
            .ShouldBe(["m1@example.com", .. Enumerable.Range(6, 9).Select(number => $"m{number}@example.com")]);
    }

    [Fact]
    public async Task Show_BelowEditor_MasksEveryValue()
    {
        await _world.SendAsync("""{"op":"identify","id":"c-1","identifiers":{"email":["ana@example.com","bob@example.com"]}}""");

        Values(ProfileWorld.Json((await _world.ShowAsync("c-1", unmasked: false))!), "email").ShouldBe(["a…@example.com", "b…@example.com"]);
    }

    [Theory]
    [InlineData("""{"email":[]}""", "/operations/0/identifiers/email", "empty_list")]
    [InlineData("""{"email":["a@x","no address","b@x"]}""", "/operations/0/identifiers/email/1", "invalid_email")]
    [InlineData("""{"email":["a@x",7]}""", "/operations/0/identifiers/email/1", "wrong_type")]
    [InlineData("""{"email":["a@x",null]}""", "/operations/0/identifiers/email/1", "wrong_type")]
    [InlineData("""{"email":{"value":"a@x"}}""", "/operations/0/identifiers/email", "wrong_type")]
    [InlineData("""{"external_id":["1","2","3","4","5","6","7","8","9","10","11"]}""", "/operations/0/identifiers/external_id", "too_many_values")]
    public async Task Identify_FaultyList_IsRefusedAtItsItem(string identifiers, string pointer, string code)
    {
        var answer = await _world.BatchAsync($$"""{"operations":[{"op":"identify","id":"c-1","identifiers":{{identifiers}}}]}""");

        var result = answer.Results.ShouldHaveSingleItem();
        (result.Status, result.Pointer, result.Code).ShouldBe((422, pointer, code));
    }

    [Fact]
    public async Task Import_ListsInCsvAndNdjson_AreTakenAsValues()
    {
        var columns = """{"mails":{"name":"email","type":"list","separator":";"}}""";
        var csv = await _world.ImportAsync("id,mails,phone\nc-1,a@example.com;b@example.com,+14155550100\nc-2,a@example.com;nonsense,\nc-3,;,\n", new("text/csv") { Columns = columns });
        var lines = await _world.ImportAsync("""{"id":"c-4","email":["c@example.com","d@example.com"]}""" + "\n" + """{"id":"c-5","email":[]}""" + "\n", new("application/x-ndjson"));

        (csv.Accepted, csv.Rejected, lines.Accepted, lines.Rejected).ShouldBe((1, 2, 1, 1));
        csv.Rejections.Select(line => (line.Line, line.Code)).ShouldBe([(3, "invalid_email"), (4, "empty_list")]);
        lines.Rejections.Single().Code.ShouldBe("empty_list");
        Values(ProfileWorld.Json((await _world.ShowAsync("c-1"))!), "email").ShouldBe(["a@example.com", "b@example.com"]);
        Values(ProfileWorld.Json((await _world.ShowAsync("c-4"))!), "email").ShouldBe(["c@example.com", "d@example.com"]);
    }

    private static IEnumerable<string> Values(JsonElement profile, string name) =>
        profile.GetProperty("identifierValues").GetProperty(name).EnumerateArray().Select(seen => seen.GetProperty("value").GetString()!);
}
