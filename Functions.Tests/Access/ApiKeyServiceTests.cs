using AudienceSync.Fakes;
using AudienceSync.Faults;

namespace AudienceSync.Access;

public sealed class ApiKeyServiceTests : IDisposable
{
    private readonly ManualTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MemoryApiKeyStore _store = new();
    private readonly ApiKeyDirectory _directory;
    private readonly ApiKeyService _keys;

    public ApiKeyServiceTests()
    {
        _directory = new(_store, _time);
        _keys = new(_store, _directory, _time);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Create_GoodInput_StoresNothingThatOpensIt()
    {
        var issued = await CreateAsync();

        issued.Value.ShouldMatch("^as_[0-9a-f]{64}$");
        issued.Key.Prefix.ShouldBe(issued.Value[..8]);
        issued.Key.Id.ShouldStartWith("key_");
        var stored = (await _store.ListAsync(CancellationToken.None)).ShouldHaveSingleItem();
        stored.ToString().ShouldNotContain(issued.Value[8..]);
        (await RecogniseAsync(issued.Value))!.Id.ShouldBe(issued.Key.Id);
        (await RecogniseAsync(stored.Hash)).ShouldBeNull();
    }

    [Fact]
    public async Task Create_BadNameAndPastExpiry_NamesBoth()
    {
        var result = await _keys.CreateAsync(" ", Role.Viewer, _time.GetUtcNow(), CancellationToken.None);

        result.ShouldBeOfType<Result<IssuedApiKey>.Refused>().Refusal.Faults.Select(fault => fault.Pointer).ShouldBe(["/name", "/expiresAt"]);
    }

    [Fact]
    public async Task Recognise_Expired_IsNull()
    {
        var issued = await CreateAsync(expiresAt: _time.GetUtcNow().AddHours(1));
        (await RecogniseAsync(issued.Value)).ShouldNotBeNull();

        _time.Advance(TimeSpan.FromHours(1));

        (await RecogniseAsync(issued.Value)).ShouldBeNull();
    }

    [Fact]
    public async Task Rotate_WithGrace_OldValueWorksUntilItEnds()
    {
        var old = await CreateAsync();

        var rotated = Ok(await _keys.RotateAsync(old.Key.Id, TimeSpan.FromMinutes(10), CancellationToken.None));

        rotated.Value.ShouldNotBe(old.Value);
        (await RecogniseAsync(rotated.Value)).ShouldNotBeNull();
        (await RecogniseAsync(old.Value)).ShouldNotBeNull();
        _time.Advance(TimeSpan.FromMinutes(10));
        (await RecogniseAsync(old.Value)).ShouldBeNull();
        (await RecogniseAsync(rotated.Value)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Rotate_WithoutGrace_OldValueEndsAtOnce()
    {
        var old = await CreateAsync();

        await _keys.RotateAsync(old.Key.Id, TimeSpan.Zero, CancellationToken.None);

        (await RecogniseAsync(old.Value)).ShouldBeNull();
    }

    [Fact]
    public async Task Rotate_UseNotedInBetween_RotatesAllTheSame()
    {
        var old = await CreateAsync();
        var usedAt = _time.GetUtcNow();
        _store.BeforeReplace = () => _store.NoteUseAsync(old.Key.Id, usedAt, CancellationToken.None);

        var rotated = Ok(await _keys.RotateAsync(old.Key.Id, TimeSpan.Zero, CancellationToken.None));

        (await RecogniseAsync(rotated.Value))!.LastUsedAt.ShouldBe(usedAt);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(30 * 24 * 60 + 1)]
    public async Task Rotate_GraceOutOfRange_IsRefused(int minutes)
    {
        var key = await CreateAsync();

        (await _keys.RotateAsync(key.Key.Id, TimeSpan.FromMinutes(minutes), CancellationToken.None)).ShouldBeOfType<Result<IssuedApiKey>.Refused>()
            .Refusal.Faults.ShouldHaveSingleItem().Pointer.ShouldBe("/graceMinutes");
    }

    [Fact]
    public async Task Delete_Existing_EndsItAtOnceHere()
    {
        var issued = await CreateAsync();
        await RecogniseAsync(issued.Value);

        (await _keys.DeleteAsync(issued.Key.Id, CancellationToken.None)).ShouldBeNull();

        (await RecogniseAsync(issued.Value)).ShouldBeNull();
        (await _keys.DeleteAsync(issued.Key.Id, CancellationToken.None)).ShouldNotBeNull().Kind.ShouldBe(RefusalKind.NotFound);
    }

    [Fact]
    public async Task Recognise_DeletedOnAnotherInstance_EndsWithinHalfAMinute()
    {
        var issued = await CreateAsync();
        await RecogniseAsync(issued.Value);
        await _store.DeleteAsync(issued.Key.Id, CancellationToken.None);

        _time.Advance(TimeSpan.FromSeconds(30));

        (await RecogniseAsync(issued.Value)).ShouldBeNull();
    }

    [Fact]
    public async Task Recognise_ManyTimes_ReadsTheStoreOnce()
    {
        var issued = await CreateAsync();
        var before = _store.Listings;

        for (var i = 0; i < 50; i++)
        {
            await RecogniseAsync(issued.Value);
        }

        _store.Listings.ShouldBe(before + 1);
    }

    [Fact]
    public async Task Recognise_ManyGuesses_ReadTheStoreOnce()
    {
        var before = _store.Listings;

        for (var i = 0; i < 50; i++)
        {
            (await RecogniseAsync($"guess {i}")).ShouldBeNull();
        }

        _store.Listings.ShouldBe(before + 1);
    }

    [Fact]
    public async Task Recognise_MadeOnAnotherInstance_WorksWithinSeconds()
    {
        using var elsewhere = new ApiKeyDirectory(_store, _time);
        var here = new ApiKeyService(_store, elsewhere, _time);
        await here.RecogniseAsync("something", CancellationToken.None);
        var issued = await CreateAsync();

        _time.Advance(ApiKeyDirectory.UnknownFor);

        (await here.RecogniseAsync(issued.Value, CancellationToken.None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Recognise_Used_NotesItNowAndThen()
    {
        var issued = await CreateAsync();
        var first = _time.GetUtcNow();
        await RecogniseAsync(issued.Value);
        _time.Advance(ApiKeyService.UseNotedEvery - TimeSpan.FromSeconds(1));
        await RecogniseAsync(issued.Value);
        (await _store.FindAsync(issued.Key.Id, CancellationToken.None))!.LastUsedAt.ShouldBe(first);

        _time.Advance(TimeSpan.FromSeconds(1));
        await RecogniseAsync(issued.Value);

        (await _store.FindAsync(issued.Key.Id, CancellationToken.None))!.LastUsedAt.ShouldBe(_time.GetUtcNow());
    }

    private async Task<IssuedApiKey> CreateAsync(DateTimeOffset? expiresAt = null) => Ok(await _keys.CreateAsync("ci", Role.Editor, expiresAt, CancellationToken.None));

    private Task<ApiKey?> RecogniseAsync(string value) => _keys.RecogniseAsync(value, CancellationToken.None);

    private static IssuedApiKey Ok(Result<IssuedApiKey> result) => result.ShouldBeOfType<Result<IssuedApiKey>.Ok>().Value;
}
