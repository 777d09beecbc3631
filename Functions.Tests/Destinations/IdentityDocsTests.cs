using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>The worked examples of <c>docs/identity.md</c> are what happens.</summary>
public sealed partial class IdentityDocsTests
{
    private readonly ProfileWorld _world = new();

    [Fact]
    public async Task Page_Examples_AreWhatHappens()
    {
        CompiledMapping? mapping = null;
        var checkedBlocks = 0;
        foreach (Match match in Block().Matches(Repository.Read("docs", "identity.md")))
        {
            var json = JsonNode.Parse(match.Groups[2].Value)!;
            switch (match.Groups[1].Value)
            {
                case "operations":
                    await _world.SendAsync([.. json.AsArray().Select(operation => operation!.ToJsonString())]);
                    break;
                case "mapping":
                    mapping = Mapping(json);
                    break;
                case "profile":
                    var shown = JsonNode.Parse((await _world.ShowAsync("c-1"))!)!;
                    ShouldBe(json, new JsonObject { ["identifiers"] = shown["identifiers"]!.DeepClone(), ["identifierValues"] = shown["identifierValues"]!.DeepClone() });
                    checkedBlocks++;
                    break;
                default:
                    var profile = (await _world.Reader.ReadAsync("c-1", default))!.ToRow();
                    var rows = mapping!.Selection.RowsOf(profile, _world.Hasher).Select(row => Show(mapping.Render(row)));
                    ShouldBe(json, new JsonArray([.. rows]));
                    checkedBlocks++;
                    break;
            }
        }

        checkedBlocks.ShouldBe(3);
    }

    private static void ShouldBe(JsonNode expected, JsonNode found) => JsonNode.DeepEquals(found, expected).ShouldBeTrue($"{found.ToJsonString()}\nis not\n{expected.ToJsonString()}");

    private CompiledMapping Mapping(JsonNode json)
    {
        var faults = new List<Fault>();
        var mapping = MappingReader.Read(JsonFields.Open(JsonElement.Parse($$"""{"mapping":{{json.ToJsonString()}}}"""), "", faults)!, faults);
        faults.ShouldBeEmpty();
        return CompiledMapping.Compile([.. mapping!.Value.Select(entry => entry!)], _world.TrackingIds);
    }

    private static JsonNode Show(Row row)
    {
        var json = new JsonObject();
        foreach (var (name, cell) in row)
        {
            json[name] = cell.Type is CellType.Integer ? cell.AsInteger() : cell.AsText().StartsWith("trk_", StringComparison.Ordinal) ? "trk_…" : cell.AsText();
        }

        return json;
    }

    [GeneratedRegex("```json (operations|profile|mapping|rows)\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
