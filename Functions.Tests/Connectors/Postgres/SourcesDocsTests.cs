using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Postgres;

/// <summary>The worked example of <c>docs/sources.md</c> is what happens.</summary>
public sealed partial class SourcesDocsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly string Page = Repository.Read("docs", "sources.md");

    [PostgresFact]
    public async Task Example_IsWhatHappens()
    {
        var asOf = DateTimeOffset.Parse(Moment().Match(Page).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        await postgres.ExecuteAsync(Block("sql setup"));
        var source = new PostgresQuerySource(PostgresFixture.Access());
        var faults = new List<Fault>();
        var mapping = CompiledMapping.Compile(
            [.. MappingReader.Read(JsonFields.Open(JsonElement.Parse($$"""{"mapping":{{Block("json mapping")}}}"""), "", faults)!, faults)!.Value.Select(entry => entry!)], new TrackingIds(new byte[32], new(new byte[16])));
        var columns = await source.DescribeAsync(postgres.Settings(), Block("sql query"), asOf, default);
        var shape = QueryShape.Of(columns, "customer_id", mapping.Columns, "marketing", "/source", faults);
        faults.ShouldBeEmpty();

        var members = new QueryMembers(shape!);
        var payloads = new List<string>();
        var read = 0;
        await using var rows = await source.OpenAsync(
            postgres.Settings(), new() { Query = Block("sql query"), Key = shape!.Key, Columns = [.. shape.Columns.Select(column => column.Source)], AsOf = asOf }, default);
        for (; await rows.NextAsync(default); read++)
        {
            members.CheckId(rows);
            var row = members.ToRow(rows);
            if (row[ProfileColumns.Consent("marketing")] is { IsAbsent: false } consent && consent.AsBoolean())
            {
                payloads.Add(Show(mapping.Render(row)));
            }
        }

        payloads.Select(Canonical).ShouldBe(Block("json payloads").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Canonical));
        Page.ShouldContain($"\"source\":{{\"rows\":{read},\"invalid\":[{string.Join(',', members.Invalid.Select(pair => $"{{\"code\":\"{pair.Key}\",\"count\":{pair.Value}}}"))}]}}");
    }

    private static string Block(string kind) => Blocks().Matches(Page).Single(match => match.Groups[1].Value == kind).Groups[2].Value;

    private static string Canonical(string json) => JsonNode.Parse(json)!.ToJsonString();

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

    [GeneratedRegex("^```([^\n]+)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex("A run at (\\S+) sends")]
    private static partial Regex Moment();
}
