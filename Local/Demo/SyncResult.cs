using System.Text.Json.Nodes;

namespace AudienceSync.Local.Demo;

/// <summary>A finished run as the API shows it, beside what it must be.</summary>
internal sealed record SyncResult(
    string Id, string Status, int Members, int ConsentBlocked, int Unchanged, Counts Planned, Counts Delivered, Counts Rejected, Counts CarriedOver, int Requests,
    TimeSpan Took, ExpectedRun Expected)
{
    public static SyncResult Read(JsonNode run, ExpectedRun expected, TimeSpan took)
    {
        var funnel = run["funnel"]!;
        return new(
            (string)run["id"]!, (string)run["status"]!, (int)funnel["members"]!, (int)funnel["consentBlocked"]!, (int)funnel["unchanged"]!,
            Counts.Read(run["planned"]), Counts.Read(run["delivered"]), Counts.Read(run["rejected"]), Counts.Read(run["carriedOver"]), (int)run["requests"]!,
            took, expected);
    }

    public JsonObject ToJson() => new() { ["planned"] = Planned.ToJson(), ["delivered"] = Delivered.ToJson(), ["rejected"] = Rejected.ToJson() };
}
