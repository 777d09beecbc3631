using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Fakes;

namespace AudienceSync.Config;

/// <summary>The worked example of <c>docs/config-as-code.md</c> is what happens.</summary>
public sealed class ConfigDocsTests
{
    private static readonly string Page = Repository.Read("docs", "config-as-code.md");

    [Fact]
    public async Task Example_IsPlannedAndChangedAsThePageSays()
    {
        var world = new ConfigWorld();
        var plan = await world.PlanAsync(Block("document"));
        var expected = Block("plan");
        (plan.Applied, plan.Summary).ShouldBe((expected["applied"]!.GetValue<bool>(), expected["summary"]!.GetValue<string>()));
        plan.Creates.Select(change => $"{change.Type} {change.Key}").ShouldBe(expected["creates"]!.AsArray().Select(change => change!.GetValue<string>()));
        (plan.Updates.Length, plan.Deletes.Length).ShouldBe((0, 0));

        await world.PutAsync(Block("document"));
        var changed = await world.PlanAsync(Block("changed"));

        var updates = JsonNode.Parse(JsonSerializer.Serialize(changed, ConfigJson.Default.ConfigPlan))!["updates"]!.AsArray();
        foreach (var update in updates)
        {
            update!.AsObject().Remove("id");
            update.AsObject().Remove("name");
        }

        JsonNode.DeepEquals(updates, Block("changes")).ShouldBeTrue(updates.ToJsonString());
        changed.Prunable.Select(change => change.Key).ShouldBe(["loyal-de"]);
        await world.PutAsync(Block("changed"));
        (await world.PlanAsync(await world.ExportAsync(), prune: true)).Summary.ShouldBe("no changes");
    }

    private static JsonNode Block(string kind) => JsonNode.Parse(Regex.Match(Page, $"```json {kind}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value)!;
}
