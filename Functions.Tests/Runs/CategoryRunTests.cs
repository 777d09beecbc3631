using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Destinations that send a whole category.</summary>
public sealed class CategoryRunTests
{
    private readonly EngineHarness _engine = new();

    [Fact]
    public async Task Run_AttributeComesIntoTheCategory_SendsItToThoseWhoHaveIt()
    {
        await _engine.ChangeAsync(destination => destination with { Mapping = [.. EngineHarness.Mapping(("id", "user_id", true)), new() { Category = "shop", To = "{{suffix}}" }] });
        _engine.Put("c-1");
        _engine.Put("c-2");
        await _engine.RunAsync();
        Take().ShouldBe(["Add c-1 user_id=c-1", "Add c-2 user_id=c-2"]);

        Learn("shop_tier", CellType.Text);
        _engine.Profiles["c-1"]["shop_tier"] = Cell.Of("gold");
        var run = await _engine.RunAsync();
        Take().ShouldBe(["Update c-1 tier=gold,user_id=c-1"]);
        (run.Unchanged, run.Spec!.Mapping.Length).ShouldBe((1, 2));

        Learn("web_visits", CellType.Integer);
        Learn("shop_code", CellType.Integer);
        _engine.Profiles["c-1"]["web_visits"] = Cell.Of(5L);
        _engine.Profiles["c-2"]["shop_code"] = Cell.Of(7L);
        await _engine.RunAsync();
        Take().ShouldBe(["Update c-2 code=7,user_id=c-2"]);

        await _engine.RunAsync();
        Take().ShouldBeEmpty();
        _engine.Put("c-1", vip: false);
        await _engine.RunAsync();
        Take().ShouldBe(["Remove c-1 user_id=c-1"]);
    }

    [Fact]
    public async Task Run_CategoryOfAQuery_SendsItsColumns()
    {
        await _engine.ChangeAsync(destination => destination with
        {
            Source = new DestinationSource.OfQuery(EngineHarness.ConnectionId, "select 1", "id"),
            Mapping = [.. EngineHarness.Mapping(("id", "user_id", true)), new() { Category = "shop", To = "{{name}}" }, new() { Category = "identifiers", To = "{{name}}" }],
        });
        _engine.Queries.AddColumn("id", CellType.Text, isKey: true);
        foreach (var column in new[] { "shop_tier", "email", "other" })
        {
            _engine.Queries.AddColumn(column, CellType.Text);
        }

        _engine.Queries.Rows.Add(new Row { [ProfileColumns.Id] = Cell.Of("q-1"), ["shop_tier"] = Cell.Of("gold"), ["email"] = Cell.Of("a@x.example"), ["other"] = Cell.Of("o") });

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Succeeded);
        Take().ShouldBe(["Add q-1 email=a@x.example,shop_tier=gold,user_id=q-1"]);
    }

    private void Learn(string name, CellType type) => _engine.Attributes.Known[name] = [type];

    private List<string> Take()
    {
        List<string> sent = [.. _engine.Platform.Calls.SelectMany(call => call.Rows)
            .Select(row => $"{row.Operation} {row.ProfileId} {string.Join(',', row.Fields.OrderBy(cell => cell.Key, StringComparer.Ordinal).Select(cell => $"{cell.Key}={cell.Value}"))}")
            .Order(StringComparer.Ordinal)];
        _engine.Platform.Calls.Clear();
        return sent;
    }
}
