using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Compares lists member by member and field by field, and names the first differences.</summary>
internal static class ListComparison
{
    private const int Shown = 5;

    public static void ShouldEqual(IReadOnlyDictionary<string, JsonObject> list, IReadOnlyDictionary<string, JsonObject> expected, string when = "at the end")
    {
        var missing = expected.Keys.Where(id => !list.ContainsKey(id)).Order(StringComparer.Ordinal).ToList();
        var extra = list.Keys.Where(id => !expected.ContainsKey(id)).Order(StringComparer.Ordinal).ToList();
        var other = expected
            .Where(pair => list.TryGetValue(pair.Key, out var member) && !JsonNode.DeepEquals(member, pair.Value))
            .Select(pair => $"{list[pair.Key].ToJsonString()} instead of {pair.Value.ToJsonString()}")
            .ToList();
        (missing.Count + extra.Count + other.Count).ShouldBe(
            0,
            $"{when}: {missing.Count} missing ({string.Join(", ", missing.Take(Shown))}), {extra.Count} too many ({string.Join(", ", extra.Take(Shown))}), "
            + $"{other.Count} different ({string.Join("; ", other.Take(Shown))})");
    }
}
