using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>The worked examples of <c>docs/mapping.md</c> are what happens.</summary>
public sealed partial class MappingDocsTests
{
    private static readonly string Page = Repository.Read("docs", "mapping.md");

    private static readonly (string Kind, JsonNode Json)[] Blocks =
        [.. Block().Matches(Page).Select(match => (match.Groups[1].Value.Trim(), JsonNode.Parse(match.Groups[2].Value)!))];

    public static TheoryData<string, string> Templates
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (Match match in TemplateRow().Matches(Page))
            {
                rows.Add(match.Groups[1].Value.Replace("\\|", "|", StringComparison.Ordinal), match.Groups[2].Value.Trim('`'));
            }

            return rows;
        }
    }

    [Fact]
    public void Page_HasItsExamples()
    {
        Blocks.Count(block => block.Kind.StartsWith("payload", StringComparison.Ordinal)).ShouldBe(4);
        Templates.Count.ShouldBe(10);
    }

    [Fact]
    public void Payloads_AreWhatTheMappingsGive()
    {
        var profile = new Row();
        CompiledMapping? mapping = null;
        foreach (var (kind, json) in Blocks)
        {
            switch (kind)
            {
                case "profile":
                    profile = Profile(json);
                    break;
                case "mapping":
                    mapping = Mapping(json);
                    break;
                default:
                    var rendered = mapping!.Render(profile);
                    var payload = Show(kind.EndsWith("update", StringComparison.Ordinal) ? mapping.ForUpdate(rendered) : mapping.ForAdd(rendered));
                    JsonNode.DeepEquals(JsonNode.Parse(payload), json).ShouldBeTrue($"{payload}\nis not\n{json.ToJsonString()}");
                    break;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void Templates_GiveWhatThePageSays(string template, string expected)
    {
        var faults = new List<Fault>();
        var profile = Profile(Blocks[0].Json);

        var result = MappingTemplate.Parse(template, "", faults).ShouldNotBeNull(string.Join(' ', faults)).Render(name => profile[name]);

        (result.IsAbsent ? "(missing)" : result.AsText()).ShouldBe(expected);
    }

    [Fact]
    public void Filters_AreAllExplained()
    {
        TemplateFilters.Create("?", null, out var fault);
        foreach (var name in fault!.Split(';')[1].Split('.')[0].Replace("there are", "", StringComparison.Ordinal).Split(',', StringSplitOptions.TrimEntries))
        {
            Page.ShouldContain($"`{name}");
        }
    }

    private static Row Profile(JsonNode json)
    {
        var row = new Row();
        foreach (var member in JsonElement.Parse(json.ToJsonString()).EnumerateObject())
        {
            CellJson.TryRead(member.Value, out var cell, out var reason).ShouldBeTrue(reason);
            row[member.Name] = cell;
        }

        return row;
    }

    private static CompiledMapping Mapping(JsonNode json)
    {
        var faults = new List<Fault>();
        var fields = JsonFields.Open(JsonElement.Parse($$"""{"mapping":{{json.ToJsonString()}}}"""), "", faults)!;
        var mapping = MappingReader.Read(fields, faults);
        faults.ShouldBeEmpty();
        return CompiledMapping.Compile([.. mapping!.Value.Select(entry => entry!)], new TrackingIds(new byte[32], new(new byte[16])));
    }

    private static string Show(Row row)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach (var (name, cell) in row)
            {
                json.WritePropertyName(name);
                CellJson.Write(json, cell);
            }

            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    [GeneratedRegex("```json (profile|mapping|payload[ a-z]*)\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^\| `(.*\{\{.*)` \| (.*) \|$", RegexOptions.Multiline)]
    private static partial Regex TemplateRow();
}
