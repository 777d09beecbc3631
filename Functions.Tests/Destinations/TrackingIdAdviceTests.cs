using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Faults;

namespace AudienceSync.Destinations;

public sealed class TrackingIdAdviceTests
{
    private static readonly MappingEntry Id = new() { From = "id", To = "user_id", Identifier = true };

    [Fact]
    public async Task Validate_MappingWithoutTheTrackingId_RecommendsTheEntryToAdd()
    {
        var world = new DestinationWorld();

        var issue = (await world.Validator.ValidateAsync(JsonElement.Parse(DestinationWorld.Body), mayQuery: true, default)).ShouldBeOk().Issues.ShouldHaveSingleItem();

        JsonSerializer.Serialize(issue, DestinationJson.Default.DestinationIssue).ShouldStartWith("""{"pointer":"/mapping","code":"tracking_id_missing","detail":"The platform would not""");
        JsonSerializer.Serialize(issue, DestinationJson.Default.DestinationIssue).ShouldEndWith(""""severity":"recommendation","suggestion":null,"entry":{"from":"trackingId","to":"tracking_id"}}"""");
        var mapping = JsonElement.Parse(DestinationWorld.Body).GetProperty("mapping").GetRawText().Replace("}]", """},{"from":"trackingId","to":"tracking_id"}]""", StringComparison.Ordinal);
        var advised = MergePatch.Apply(JsonElement.Parse(DestinationWorld.Body), JsonElement.Parse($$"""{"mapping":{{mapping}}}"""));
        (await world.Validator.ValidateAsync(advised, mayQuery: true, default)).ShouldBeOk().Issues.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null, "tracking_id")]
    [InlineData("^[A-Z_]+$", "TRACKING_ID")]
    [InlineData("^[a-zA-Z]+$", "trackingId")]
    [InlineData("^[a-z]+$", "trackingid")]
    [InlineData("^x_", null)]
    public void Of_NamesThatThePlatformTakes_RecommendsTheFirst(string? pattern, string? target) =>
        (TrackingIdAdvice.Of([Id], new() { NamePattern = pattern }, "/mapping").SingleOrDefault()?.Entry?.To).ShouldBe(target);

    [Fact]
    public void Of_FieldOfThatName_RecommendsAnother() =>
        TrackingIdAdvice.Of([Id, new() { From = "id", To = "tracking_id" }], FieldRules.Free, "/mapping").ShouldHaveSingleItem().Entry!.To.ShouldBe("trackingId");

    [Fact]
    public void Of_TrackingIdMappedOrNoFreeFields_IsSilent()
    {
        TrackingIdAdvice.Of([Id, new() { From = "trackingId", To = "tid" }], FieldRules.Free, "/mapping").ShouldBeEmpty();
        TrackingIdAdvice.Of([Id, new() { Template = "https://x.example/?t={{trackingId}}", To = "link" }], FieldRules.Free, "/mapping").ShouldBeEmpty();
        TrackingIdAdvice.Of([Id, null], FieldRules.Free, "/mapping").ShouldBeEmpty();
        TrackingIdAdvice.Of([Id], new() { Known = ["user_id"], OnlyKnown = true }, "/mapping").ShouldBeEmpty();
    }
}
