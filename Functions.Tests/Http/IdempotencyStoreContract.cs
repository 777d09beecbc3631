using AudienceSync.Fakes;

namespace AudienceSync.Http;

/// <summary>What every store of answers kept for repeated requests does: run on the fake and on the real tables.</summary>
public abstract class IdempotencyStoreContract
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private protected abstract Task<IIdempotencyStore> OpenAsync();

    [Fact]
    public async Task Record_AddedTwice_IsTheFirstOnes()
    {
        var store = await OpenAsync();
        var etag = (await store.TryAddAsync(Record("aa1") with { People = "one two" }, default)).ShouldNotBeNull();
        (await store.TryAddAsync(Record("aa1"), default)).ShouldBeNull();

        var found = (await store.FindAsync("aa1", default)).ShouldNotBeNull();
        (found.RequestHash, found.People, found.Answer is null, found.ETag).ShouldBe(("hash", "one two", true, etag));
        (await store.TryReplaceAsync(found with { Answer = new byte[] { 1, 2, 3 } }, default)).ShouldNotBeNull();
        (await store.TryReplaceAsync(found with { Answer = new byte[] { 9 } }, default)).ShouldBeNull();
        (await store.FindAsync("aa1", default))!.Answer!.Value.ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task DeleteAbout_SomePeople_LeavesTheAnswersAboutOthers()
    {
        var store = await OpenAsync();
        foreach (var (id, people) in ((string, string?)[])[("aa1", null), ("bb1", "one"), ("bb2", "two one"), ("cc1", "three"), ("dd1", AnswerSubjects.Many)])
        {
            await store.TryAddAsync(Record(id) with { People = people }, default);
        }

        (await store.DeleteAboutAsync(["one", "nobody"], default)).ShouldBe(3);
        (await store.DeleteAboutAsync(["one", "nobody"], default)).ShouldBe(0);
        foreach (var (id, isThere) in ((string, bool)[])[("aa1", true), ("bb1", false), ("bb2", false), ("cc1", true), ("dd1", false)])
        {
            (await store.FindAsync(id, default) is not null).ShouldBe(isThere, id);
        }
    }

    [Fact]
    public async Task Trim_ExpiredRecords_AreGone()
    {
        var store = await OpenAsync();
        await store.TryAddAsync(Record("aa1"), default);
        await store.TryAddAsync(Record("bb1") with { ExpiresAt = Now + TimeSpan.FromHours(1) }, default);

        (await store.TrimAsync(Now + TimeSpan.FromMinutes(1), default)).ShouldBe(1);
        (await store.FindAsync("aa1", default)).ShouldBeNull();
        (await store.FindAsync("bb1", default)).ShouldNotBeNull();
    }

    private static IdempotencyRecord Record(string id) => new() { Id = id, RequestHash = "hash", StartedAt = Now, ExpiresAt = Now };
}

public sealed class MemoryIdempotencyStoreTests : IdempotencyStoreContract
{
    private protected override Task<IIdempotencyStore> OpenAsync() => Task.FromResult<IIdempotencyStore>(new MemoryIdempotencyStore());
}
