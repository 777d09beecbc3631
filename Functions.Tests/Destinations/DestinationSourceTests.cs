using System.Text.Json;
using AudienceSync.Faults;

namespace AudienceSync.Destinations;

public sealed class DestinationSourceTests
{
    public static TheoryData<string, DestinationSource> Sources => new()
    {
        { """{"segmentId":"seg_1"}""", new DestinationSource.OfSegment("seg_1") },
        { """{"campaignId":"cmp_1","subAudienceId":"sub_1","groupId":"grp_1"}""", new DestinationSource.OfGroup("cmp_1", "sub_1", "grp_1") },
        { """{"journeyId":"jrn_1","stepKey":"j_o_welcome__k3x"}""", new DestinationSource.OfStep("jrn_1", "j_o_welcome__k3x") },
    };

    [Theory]
    [MemberData(nameof(Sources))]
    public void Read_EachKind_IsReadAndWrittenAlike(string json, DestinationSource expected)
    {
        var (source, faults) = Read(json);

        source.ShouldBe(expected);
        faults.ShouldBeEmpty();
        var stored = JsonSerializer.Serialize(Destination(expected), DestinationJson.Default.Destination);
        stored.ShouldContain($"\"source\":{json}");
        JsonSerializer.Deserialize(stored, DestinationJson.Default.Destination)!.Source.ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"campaignId":"cmp_1"}""", "/source/subAudienceId required", "/source/groupId required")]
    [InlineData("""{"stepKey":"j_o_x__y"}""", "/source/journeyId required")]
    [InlineData("""{"segmentId":"seg_1","journeyId":"jrn_1","stepKey":"j_o_x__y"}""", "/source/journeyId source_ambiguous")]
    [InlineData("""{"campaignId":"cmp_1","journeyId":"jrn_1"}""", "/source/campaignId source_ambiguous")]
    [InlineData("""{"segmentid":"seg_1"}""", "/source/segmentid unknown_field")]
    public void Read_WrongSource_SaysEverythingThatIsWrong(string json, params string[] expected)
    {
        var (source, faults) = Read(json);

        source.ShouldBeNull();
        faults.Select(fault => $"{fault.Pointer} {fault.Code}").ShouldBe(expected);
    }

    private static (DestinationSource? Source, List<Fault> Faults) Read(string json)
    {
        var faults = new List<Fault>();
        return (SourceReader.Read(JsonFields.Open(JsonElement.Parse(json), "/source", faults).ShouldNotBeNull()), faults);
    }

    private static Destination Destination(DestinationSource source) => new()
    {
        Id = "dst_1",
        Key = "one",
        Name = "One",
        Source = source,
        ConnectionId = "con_1",
        Audience = new("One", null),
        Schedule = Schedule.Default,
        Mapping = [],
        CreatedAt = default,
        UpdatedAt = default,
    };
}
