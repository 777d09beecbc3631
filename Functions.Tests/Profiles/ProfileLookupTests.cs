using AudienceSync.Faults;

namespace AudienceSync.Profiles;

public sealed class ProfileLookupTests
{
    private readonly ProfileWorld _world = new();

    [Fact]
    public async Task ReadAsync_UnknownId_IsNotFound() =>
        (await _world.Lookup.ReadAsync("nobody", true, CancellationToken.None)).Match(_ => RefusalKind.Conflict, refusal => refusal.Kind).ShouldBe(RefusalKind.NotFound);

    [Fact]
    public async Task ReadAsync_FoldedAndWaiting_ShowsBoth()
    {
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"n":1,"old":1}}""", """{"op":"identify","id":"b"}""");
        await _world.FoldAsync();
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"n":2,"old":null}}""");

        (await _world.AttributesAsync("a")).ShouldBe("""{"n":2}""");
    }

    [Fact]
    public async Task ReadAsync_OlderValueArrivesLater_KeepsTheNewer()
    {
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"n":2,"gone":null},"occurredAt":"2026-11-22T10:00:00Z"}""");
        await _world.FoldAsync();
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"n":1,"gone":1,"m":1},"occurredAt":"2026-11-22T09:00:00Z"}""");
        await _world.FoldAsync();

        (await _world.AttributesAsync("a")).ShouldBe("""{"m":1,"n":2}""");
    }

    [Fact]
    public async Task ReadAsync_Masked_ShowsNoIdentifierWhole()
    {
        await _world.SendAsync(
            """
            {"op":"identify","id":"a","identifiers":{"email":"ana@example.com","phone":"+14155550100","external_id":"A-17",
             "idfa":"6D92078A-8246-4BA4-AE5B-76104861E7DC","gaid":"cdda802e-fb9c-47ad-9866-0794d394c912"}}
            """);

        var shown = ProfileWorld.Json((await _world.ShowAsync("a", unmasked: false))!).GetProperty("identifiers");

        shown.EnumerateObject().Select(property => (property.Name, property.Value.GetString())).ShouldBe(
            [("email", "a…@example.com"), ("phone", "+…00"), ("external_id", "A…"), ("idfa", "6…"), ("gaid", "c…")]);
    }

    [Theory]
    [InlineData("email", "@x", "…")]
    [InlineData("email", "😀b@x", "😀…@x")]
    [InlineData("external_id", "abc", "…")]
    public void Of_ShortOrOddIdentifiers_GivesLittleAway(string name, string value, string expected) => IdentifierMask.Of(name, value).ShouldBe(expected);

    [Fact]
    public async Task ReadAsync_ETag_ChangesWithTheProfileAndWithTheMask()
    {
        await _world.SendAsync("""{"op":"identify","id":"a"}""");
        var first = await TagAsync(unmasked: true);
        await _world.FoldAsync();

        (await TagAsync(unmasked: true)).ShouldBe(first);
        (await TagAsync(unmasked: false)).ShouldNotBe(first);
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"n":1}}""");
        (await TagAsync(unmasked: true)).ShouldNotBe(first);
    }

    [Fact]
    public async Task ReadAsync_FoldBetweenInboxAndShards_StillSeesEveryOperationOnce()
    {
        await _world.SendAsync("""{"op":"identify","id":"a","attributes":{"n":1}}""");
        var inbox = new InterruptedInbox(_world.Inbox, _world.FoldAsync);
        var reader = new ProfileReader(_world.Manifests, inbox, _world.Pages, _world.Hasher);

        var profile = await reader.ReadAsync("a", CancellationToken.None);

        inbox.Interruptions.ShouldBe(1);
        profile.ShouldNotBeNull().Values["n"].AsInteger().ShouldBe(1);
    }

    [Fact]
    public void TrackingIds_SameIdAndSecret_AreStableOpaqueAndApart()
    {
        var ids = Names("one");

        ids.Of("a").ShouldMatch("^trk_[A-Za-z0-9_-]{22}$");
        ids.UrlTokenOf("a").ShouldMatch("^[A-Za-z0-9_-]{22}$");
        (ids.Of("a"), ids.UrlTokenOf("a")).ShouldBe((Names("one").Of("a"), Names("one").UrlTokenOf("a")));
        new[] { ids.Of("a")[4..], ids.UrlTokenOf("a"), ids.Of("b")[4..], ids.UrlTokenOf("b"), Names("two").Of("a")[4..], Names("two").UrlTokenOf("a") }
            .Distinct().Count().ShouldBe(6);
    }

    [Fact]
    public async Task ResolveAsync_TokenOfAProfile_FindsItInTheInboxAndInTheShards()
    {
        await _world.SendAsync("""{"op":"identify","id":"a"}""", """{"op":"identify","id":"b"}""");
        (await ResolveAsync(_world.TrackingIds.UrlTokenOf("b"))).ShouldBe($"b {_world.TrackingIds.Of("b")}");
        await _world.FoldAsync();
        (await ResolveAsync(_world.TrackingIds.UrlTokenOf("b"))).ShouldBe($"b {_world.TrackingIds.Of("b")}");

        await _world.SendAsync("""{"op":"erase","id":"b"}""");

        (await ResolveAsync(_world.TrackingIds.UrlTokenOf("b"))).ShouldBe("unknown_token");
        await _world.FoldAsync();
        (await ResolveAsync(_world.TrackingIds.UrlTokenOf("b"))).ShouldBe("unknown_token");
    }

    [Fact]
    public async Task ResolveAsync_TokenThatIsNobodys_IsUnknownWhateverItIs()
    {
        await _world.SendAsync("""{"op":"identify","id":"a"}""");
        var token = _world.TrackingIds.UrlTokenOf("a");

        (await ResolveAsync(_world.TrackingIds.UrlTokenOf("never seen"))).ShouldBe("unknown_token");
        (await ResolveAsync(Names("another installation").UrlTokenOf("a"))).ShouldBe("unknown_token");
        for (var place = 0; place < token.Length - 1; place++)
        {
            // One letter is another one; the last holds two bits only.
            var forged = $"{token[..place]}{(token[place] is 'A' ? 'B' : 'A')}{token[(place + 1)..]}";
            (await ResolveAsync(forged)).ShouldBe("unknown_token", forged);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA+")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA==")]
    [InlineData(" AAAAAAAAAAAAAAAAAAAA ")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAB")] // bits beyond the 128th
    public async Task ResolveAsync_NoToken_IsAMalformedParameter(string text) => (await ResolveAsync(text)).ShouldBe("invalid_parameter");

    [Fact]
    public async Task FindAsync_AnotherIdUnderTheMemberKey_IsNotTakenForIt()
    {
        await _world.SendAsync("""{"op":"identify","id":"a"}""");
        await _world.FoldAsync();
        var key = _world.Hasher.Key("a");

        (await _world.Reader.FindAsync(key, id => id == "a", CancellationToken.None)).ShouldNotBeNull().Id.ShouldBe("a");
        (await _world.Reader.FindAsync(key, id => id == "b", CancellationToken.None)).ShouldBeNull();
    }

    private TrackingIds Names(string secret) => new(System.Text.Encoding.UTF8.GetBytes(secret), _world.Hasher);

    private async Task<string> ResolveAsync(string token) =>
        (await _world.Lookup.ResolveAsync(token, CancellationToken.None)).Match(found => $"{found.Id} {found.TrackingId}", refusal => refusal.Code);

    private async Task<string> TagAsync(bool unmasked) =>
        (await _world.Lookup.ReadAsync("a", unmasked, CancellationToken.None)).Match(found => found.ETag, refusal => refusal.Code);

    /// <summary>Folds in the middle of the first read: the listed pages are gone when they are asked for.</summary>
    private sealed class InterruptedInbox(IProfileInbox inner, Func<Task> interrupt) : IProfileInbox
    {
        public int Interruptions { get; private set; }

        public Task AppendAsync(IReadOnlyList<Pages.PackedPage> pages, CancellationToken cancellationToken) => inner.AppendAsync(pages, cancellationToken);

        public IAsyncEnumerable<InboxPage> ListAsync(Pages.PageParts parts, CancellationToken cancellationToken) => inner.ListAsync(parts, cancellationToken);

        public async Task<Pages.PageReader?> ReadAsync(string id, CancellationToken cancellationToken)
        {
            if (Interruptions == 0)
            {
                Interruptions++;
                await interrupt();
            }

            return await inner.ReadAsync(id, cancellationToken);
        }

        public Task DeleteAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) => inner.DeleteAsync(ids, cancellationToken);
    }
}
