using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>The sums that the API promises of every finished run.</summary>
internal static class RunNumbers
{
    private static readonly string[] Operations = ["add", "update", "remove"];

    public static void ShouldAddUp(JsonNode run)
    {
        var text = run.ToJsonString();
        if (run["status"]!.GetValue<string>() is not ("failed" or "cancelled"))
        {
            var funnel = run["funnel"]!;
            Number(funnel, "members").ShouldBe(
                Number(funnel, "consentBlocked") + Number(funnel, "suppressed") + Number(funnel, "holdout") + Number(funnel, "missingIdentifier") + Number(funnel, "deliverable"),
                text);
        }

        foreach (var operation in Operations)
        {
            Number(run["planned"]!, operation).ShouldBe(
                Number(run["delivered"]!, operation) + Number(run["rejected"]!, operation) + Number(run["carriedOver"]!, operation), text);
        }
    }

    /// <summary>Adds, updates and removals, such as <c>2/0/1</c>.</summary>
    public static string Of(JsonNode run, string what) => string.Join('/', Operations.Select(operation => Number(run[what]!, operation)));

    public static long Number(JsonNode node, string name) => node[name]!.GetValue<long>();
}
