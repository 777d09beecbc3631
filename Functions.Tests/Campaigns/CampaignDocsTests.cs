using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>The test vector and the worked example of <c>docs/campaigns.md</c> are what happens.</summary>
public sealed partial class CampaignDocsTests
{
    private static readonly string Page = Repository.Read("docs", "campaigns.md");

    public static TheoryData<string, int, string> Vector
    {
        get
        {
            var rows = new TheoryData<string, int, string>();
            foreach (Match match in VectorRow().Matches(Page))
            {
                rows.Add(match.Groups[1].Value, int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture), match.Groups[3].Value);
            }

            return rows;
        }
    }

    [Fact]
    public void Vector_IsThere() => Vector.Count.ShouldBe(9);

    [Theory]
    [MemberData(nameof(Vector))]
    public async Task Vector_IsTheBucketAndTheGroup(string id, int bucket, string group)
    {
        Buckets.Of("spring", id).ShouldBe(bucket);
        (Recomputed(id) % 10_000).ShouldBe(bucket);
        var sub = new SubAudience("sub_1", "", null, [new("first", "", GroupRole.Treatment, 5_000), new("second", "", GroupRole.Treatment, 4_000), new("third", "", GroupRole.Treatment, 1_000)]);
        var everyone = new RuleNode.Compare("id", RuleOperator.Exists, RuleOperand.None.Value);
        var profiles = await CampaignProfiles.WriteAsync([new Row { ["id"] = Cell.Of(id) }]);

        (await profiles.AssignAsync(new(everyone, null, CampaignAssignment.FirstMatch, "spring", [new(sub.Id, null, sub.Ranges)])))[id].ShouldBe([group]);
    }

    [Fact]
    public async Task Example_IsAllocatedAsThePageSays()
    {
        var world = new CampaignWorld();
        foreach (var profile in Block("profiles").AsArray())
        {
            world.Put(profile!["id"]!.GetValue<string>(), [.. profile.AsObject().Where(member => member.Key != "id").Select(member => (member.Key, ReadCell(member.Value!)))]);
        }

        await world.Holdout.PutAsync(JsonElement.Parse("""{"percent":10,"salt":"out"}"""), Holdout.None.ETag, default);
        var campaign = await world.CreateAsync(Block("campaign").ToJsonString());

        var counted = JsonNode.Parse(JsonSerializer.Serialize(await world.CountAsync(campaign), CampaignsJson.Default.CampaignAllocation))!;

        WithoutIds(counted);
        JsonNode.DeepEquals(counted, Block("allocation")).ShouldBeTrue(counted.ToJsonString());
    }

    [Fact]
    public async Task Groups_EachDestinationSendsWhatThePageSays()
    {
        var world = new CampaignWorld();
        var campaign = await world.CreateAsync(CampaignWorld.Body());
        var groups = Block("groups").ToJsonString().Replace("con_mail", "con_open", StringComparison.Ordinal).Replace("con_ads", "con_warehouse", StringComparison.Ordinal);

        var after = await world.PutGroupsAsync(campaign, groups);

        after.Groups[0].Destinations.Select(destination => (destination.Mode, string.Join(' ', destination.Mapping.Select(entry => entry.To)))).ShouldBe(
            [(DestinationMode.Mirror, "email country orders"), (DestinationMode.AddOnly, "phone country")]);
        after.Groups[1].Destinations.ShouldBeEmpty();
    }

    /// <summary>As the page words it, without the code of the engine.</summary>
    private static BigInteger Recomputed(string id) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"spring:{id}")).AsSpan(0, 8), isUnsigned: true, isBigEndian: true);

    private static JsonNode Block(string kind) => JsonNode.Parse(Regex.Match(Page, $"```json {kind}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value)!;

    private static Cell ReadCell(JsonNode value) => CellJson.TryRead(JsonElement.Parse(value.ToJsonString()), out var cell, out var reason) ? cell : throw new InvalidOperationException(reason);

    private static void WithoutIds(JsonNode node)
    {
        foreach (var child in node is JsonObject ? node.AsObject().Select(member => member.Value).ToList() : [.. node.AsArray()])
        {
            if (child is JsonObject or JsonArray)
            {
                WithoutIds(child);
            }
        }

        (node as JsonObject)?.Remove("id");
        (node as JsonObject)?.Remove("campaignId");
    }

    [GeneratedRegex(@"^\| `([^`]+)` \| (\d+) \| (\w+) \|$", RegexOptions.Multiline)]
    private static partial Regex VectorRow();
}
