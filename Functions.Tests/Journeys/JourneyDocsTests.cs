using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Fakes;

namespace AudienceSync.Journeys;

/// <summary>The payloads of <c>docs/journeys.md</c> are those of the recorded requests.</summary>
public sealed class JourneyDocsTests
{
    [Theory]
    [InlineData("track")]
    [InlineData("identify")]
    public void Payload_IsTheRecordedOne(string style)
    {
        var shown = Regex.Match(Repository.Read("docs", "journeys.md"), $"```json {style}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        var recorded = Repository.Read("Functions.Tests", "Wire", "segment-events", $"journey-{style}.http").Split("### answer")[0].Split("\n\n", 2)[1];

        JsonNode.DeepEquals(JsonNode.Parse(shown), JsonNode.Parse(recorded)!["batch"]![0]).ShouldBeTrue(shown);
    }
}
