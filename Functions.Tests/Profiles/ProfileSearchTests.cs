using AudienceSync.Faults;

namespace AudienceSync.Profiles;

public sealed class ProfileSearchTests
{
    private readonly ProfileWorld _world = new();

    [Theory]
    [InlineData("""{"email":"ANA@example.com"}""", "a b")]
    [InlineData("""{"identifiers":{"email":"ana@example.com"}}""", "a b")]
    [InlineData("""{"phone":"+1 (415) 555-0100"}""", "a")]
    [InlineData("""{"email":"ana@example.com","identifiers":{"phone":"+14155550100"}}""", "a")]
    [InlineData("""{"external_id":"a-17"}""", "")]
    [InlineData("""{"external_id":"A-17"}""", "b")]
    [InlineData("""{"email":"ana@example.co"}""", "")]
    public async Task FindAsync_Identifiers_FindsWhoHasAllOfThem(string body, string expected)
    {
        await _world.SendAsync(
            """{"op":"identify","id":"a","identifiers":{"email":"Ana@Example.com","phone":"+14155550100"}}""",
            """{"op":"identify","id":"b","identifiers":{"email":"ana@example.com","external_id":"A-17"}}""",
            """{"op":"identify","id":"c","identifiers":{"email":"ben@example.com"}}""",
            """{"op":"identify","id":"d"}""");

        (await FindAsync(body)).ShouldBe(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), ignoreOrder: true);
    }

    [Fact]
    public async Task FindAsync_ValueOfBefore_FindsTheProfileToo()
    {
        await _world.SendAsync("""{"op":"identify","id":"a","identifiers":{"email":"old@example.com"},"occurredAt":"2026-11-20T10:00:00Z"}""");
        await _world.FoldAsync();
        await _world.SendAsync("""{"op":"identify","id":"a","identifiers":{"email":"new@example.com"},"occurredAt":"2026-11-21T10:00:00Z"}""");

        (await FindAsync("""{"email":"Old@example.com"}""")).ShouldBe(["a"]);
        (await FindAsync("""{"email":"new@example.com"}""")).ShouldBe(["a"]);
    }

    [Fact]
    public async Task FindAsync_ErasedAMomentAgo_IsNotFound()
    {
        await _world.SendAsync("""{"op":"identify","id":"a","identifiers":{"email":"ana@example.com"}}""");
        await _world.FoldAsync();
        await _world.SendAsync("""{"op":"erase","id":"a"}""");

        (await FindAsync("""{"email":"ana@example.com"}""")).ShouldBeEmpty();
    }

    [Fact]
    public async Task FindAsync_MoreThanAreShown_SaysSo()
    {
        await _world.SendAsync([.. Enumerable.Range(0, ProfileSearch.MaxFound + 1).Select(n => $$$"""{"op":"identify","id":"c-{{{n}}}","identifiers":{"email":"none@example.com"}}""")]);

        var found = (await ReadAsync("""{"email":"none@example.com"}""", unmasked: true)).ShouldBeOfType<Result<FoundProfiles>.Ok>().Value;

        (found.Value.Length, found.IsTruncated).ShouldBe((ProfileSearch.MaxFound, true));
    }

    [Fact]
    public async Task FindAsync_Masked_ShowsNoIdentifierWhole()
    {
        await _world.SendAsync("""{"op":"identify","id":"a","identifiers":{"email":"ana@example.com"}}""");

        var found = (await ReadAsync("""{"email":"ana@example.com"}""", unmasked: false)).ShouldBeOfType<Result<FoundProfiles>.Ok>().Value;

        found.Value.ShouldHaveSingleItem().Identifiers["email"].ShouldBe("a…@example.com");
    }

    [Theory]
    [InlineData("{}", "", "required")]
    [InlineData("""{"email":null}""", "", "required")]
    [InlineData("""{"email":"no address"}""", "/email", "invalid_email")]
    [InlineData("""{"identifiers":{"emial":"ana@example.com"}}""", "/identifiers/emial", "unknown_field")]
    [InlineData("""{"mail":"ana@example.com"}""", "/mail", "unknown_field")]
    [InlineData("""{"email":7}""", "/email", "wrong_type")]
    public async Task FindAsync_CannotBeRead_IsRefusedAtThePlace(string body, string pointer, string code) =>
        (await ReadAsync(body, unmasked: true)).Match(_ => [], refusal => refusal.Faults.Select(fault => (fault.Pointer, fault.Code))).ShouldContain((pointer, code));

    private async Task<IEnumerable<string>> FindAsync(string body) =>
        (await ReadAsync(body, unmasked: true)).ShouldBeOfType<Result<FoundProfiles>.Ok>().Value.Value.Select(profile => profile.Id);

    private Task<Result<FoundProfiles>> ReadAsync(string body, bool unmasked) =>
        new ProfileSearch(new(_world.Fold, _world.Pages), _world.Lookup).FindAsync(ProfileWorld.Json(body), unmasked, CancellationToken.None);
}
