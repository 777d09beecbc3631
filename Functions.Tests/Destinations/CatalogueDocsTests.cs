using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Profiles.Attributes;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>The worked examples of <c>docs/catalogue.md</c> are what happens.</summary>
public sealed partial class CatalogueDocsTests
{
    private readonly ProfileWorld _world = new();

    [Fact]
    public async Task Page_Examples_AreWhatHappens()
    {
        var blocks = Block().Matches(Repository.Read("docs", "catalogue.md")).ToDictionary(match => match.Groups[1].Value, match => JsonNode.Parse(match.Groups[2].Value)!);
        await _world.SendAsync([.. blocks["operations"].AsArray().Select(operation => operation!.ToJsonString())]);

        var list = new AttributeList(_world.Attributes, new(_world.Fold, _world.Pages, _world.Hasher), []);
        var shown = (await list.ListAsync(new(200, null), new(null, [], [], [], [], null), default)).Items;
        ShouldBe(blocks["attributes"], new JsonArray([.. shown.Where(view => view.Filled > 0).Select(view => JsonSerializer.SerializeToNode(view, ProfilesJson.Default.AttributeView))]));
        shown.Where(view => view.Filled == 0).Select(view => view.Name).ShouldBe(["external_id", "gaid", "idfa", "phone"]);

        var faults = new List<Fault>();
        var mapping = MappingReader.Read(JsonFields.Open(JsonElement.Parse($$"""{"mapping":{{blocks["mapping"].ToJsonString()}}}"""), "", faults)!, faults)!.Value;
        faults.ShouldBeEmpty();
        var compiled = CompiledMapping.Compile(CategoryMapping.Expand(mapping, await _world.Attributes.ReadAsync(default), ofProfiles: true, FieldRules.Free).Entries, _world.TrackingIds);
        var row = compiled.Render((await _world.Reader.ReadAsync("c-1", default))!.ToRow());
        ShouldBe(blocks["rows"], new JsonArray(Show(row)));
    }

    private static void ShouldBe(JsonNode expected, JsonNode found) => JsonNode.DeepEquals(found, expected).ShouldBeTrue($"{found.ToJsonString()}\nis not\n{expected.ToJsonString()}");

    private static JsonNode Show(Row row)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var (name, cell) in row)
            {
                writer.WritePropertyName(name);
                CellJson.Write(writer, cell);
            }

            writer.WriteEndObject();
        }

        return JsonNode.Parse(stream.ToArray())!;
    }

    [GeneratedRegex("```json (operations|attributes|mapping|rows)\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
