using AudienceSync.Fakes;
using AudienceSync.Faults;

namespace AudienceSync.Profiles;

public sealed class ProfileConsentsTests
{
    private readonly ProfileWorld _world = new();

    [Theory]
    [InlineData("2026-11-01T00:00:00Z", false)]
    [InlineData("2026-11-02T00:00:00Z", true)]
    [InlineData("2026-11-03T00:00:00Z", true)]
    public async Task SetAsync_OlderEqualOrLaterCapture_CountsUnlessItIsOlder(string capturedAt, bool applied)
    {
        await _world.SendAsync("""{"op":"identify","id":"a","consents":{"mail":{"state":"granted","source":"form","capturedAt":"2026-11-02T00:00:00Z"}}}""");

        var answer = (await SetAsync("a", $$"""{"state":"denied","source":"phone","capturedAt":"{{capturedAt}}"}""")).ShouldBeOk();

        (answer.Applied, answer.State, answer.Source).ShouldBe(applied ? (true, ConsentState.Denied, "phone") : (false, ConsentState.Granted, "form"));
        (answer.Detail is null).ShouldBe(applied);
        (await _world.Consents.GetAsync("a", "mail", default)).ShouldBeOk().State.ShouldBe(answer.State);
        await _world.FoldAsync();
        (await _world.Consents.GetAsync("a", "mail", default)).ShouldBeOk().State.ShouldBe(answer.State);
    }

    [Fact]
    public async Task SetAsync_WithoutATime_IsCapturedNow()
    {
        await _world.SendAsync("""{"op":"identify","id":"a"}""");

        (await SetAsync("a", """{"state":"granted","source":null,"capturedAt":null}""")).ShouldBeOk().CapturedAt.ShouldBe(_world.Time.GetUtcNow());
        (await _world.Consents.ListAsync("a", default)).ShouldBeOk().ShouldHaveSingleItem().Purpose.ShouldBe("mail");
    }

    [Fact]
    public async Task SetAsync_PurposeOfOtherForm_IsRefused()
    {
        await _world.SendAsync("""{"op":"identify","id":"a"}""");

        (await _world.Consents.SetAsync("a", "$internal", ProfileWorld.Json("""{"state":"granted"}"""), default))
            .ShouldBeRefused("validation_failed").Faults.ShouldHaveSingleItem().Code.ShouldBe("invalid_purpose");
    }

    [Fact]
    public async Task SetAsync_ErasedProfile_IsUnknown()
    {
        await _world.SendAsync("""{"op":"identify","id":"a"}""");
        (await _world.Erasures.EraseAsync("a", default)).ShouldBeOk();

        (await SetAsync("a", """{"state":"granted"}""")).ShouldBeRefused("not_found").Kind.ShouldBe(RefusalKind.NotFound);
    }

    private Task<Result<ConsentAnswer>> SetAsync(string id, string body) => _world.Consents.SetAsync(id, "mail", ProfileWorld.Json(body), default);
}
