using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Seeded rules and profiles over one small world of values, so that rules meet what they compare with, and its edges, often.</summary>
internal sealed class RandomRules(int seed)
{
    public static readonly DateTimeOffset AsOf = new(2028, 2, 28, 13, 30, 0, TimeSpan.Zero);

    private static readonly string[] Attributes = ["count", "word", "when", "flag", "tags", "mixed", "email", "id", "never"];
    private static readonly string[] Texts = ["", "a", "A", "ab", "Ab", "b", "vip", "VIP", "straße", "STRASSE", "é", "10", "2027", "a@x.org", "p-1", "p-7"];
    private static readonly string[] Patterns = ["^a", "b$", "(?i)vip", "^[a-z]{2,3}$", @"\d+", ".*", "a|b", "ß"];
    private static readonly string[] Operators =
    [
        "eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "notIn", "contains", "notContains", "startsWith", "endsWith", "matches", "exists", "notExists",
        "withinLast", "notWithinLast", "withinNext", "notWithinNext", "before", "after", "anniversaryWithin",
    ];

    private readonly Random _random = new(seed);

    public JsonObject Rule(int depth = 3)
    {
        switch (depth == 0 ? 9 : _random.Next(10))
        {
            case 0 or 1:
                return new() { [_random.Next(2) == 0 ? "all" : "any"] = new JsonArray([.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Rule(depth - 1))]) };
            case 2:
                return new() { ["not"] = Rule(depth - 1) };
            case 3:
                var from = _random.Next(0, 10_000);
                return new() { ["bucket"] = new JsonObject { ["salt"] = Pick("s", "t"), ["from"] = from, ["to"] = _random.Next(from + 1, 10_001) } };
            default:
                return Comparison(Pick(Operators));
        }
    }

    public JsonObject Comparison(string @operator)
    {
        var attribute = Pick(Attributes);
        // Ids and identifiers hold text alone: other values are faults there, whatever the catalogue knows.
        if (attribute is "email" or "id" && @operator is "before" or "after" or "withinLast" or "notWithinLast" or "withinNext" or "notWithinNext" or "anniversaryWithin")
        {
            attribute = "when";
        }

        var textOnly = attribute is "email" or "id";
        var rule = new JsonObject { ["attr"] = attribute, ["op"] = @operator };
        JsonNode? value = @operator switch
        {
            "exists" or "notExists" => null,
            "eq" or "ne" => textOnly ? Text() : Scalar(),
            "gt" or "gte" or "lt" or "lte" => textOnly ? Text() : Ordered(),
            "between" => Between(textOnly),
            "in" or "notIn" => new JsonArray([.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => textOnly ? Text() : Scalar())]),
            "contains" or "notContains" or "startsWith" or "endsWith" => Pick(Texts[1..]),
            "matches" => Pick(Patterns),
            "before" or "after" => Date(),
            "anniversaryWithin" => new JsonObject { [Pick("days", "weeks", "months", "years")] = _random.Next(0, 14) },
            _ => new JsonObject { [Pick("hours", "days", "weeks", "months", "years")] = _random.Next(0, 40) },
        };
        if (value is not null)
        {
            rule["value"] = value;
        }

        return rule;
    }

    public Row Profile(int number)
    {
        var row = new Row { ["id"] = Cell.Of($"p-{number}") };
        Maybe(row, "count", () => Cells(Number()));
        Maybe(row, "word", () => Cell.Of(Pick(Texts)));
        Maybe(row, "when", () => Cells(Date()));
        Maybe(row, "flag", () => Cell.Of(_random.Next(2) == 0));
        Maybe(row, "tags", () => Cell.Of(Enumerable.Range(0, _random.Next(4)).Select(_ => Pick(Texts)).ToImmutableArray()));
        Maybe(row, "mixed", () => _random.Next(6) == 0 ? Cell.Of([Pick(Texts)]) : Cells(Scalar()));
        Maybe(row, "email", () => Cell.Of(Pick(Texts[1..])));
        return row;
    }

    private void Maybe(Row row, string name, Func<Cell> cell)
    {
        if (_random.Next(4) > 0)
        {
            row[name] = cell();
        }
    }

    private JsonNode Scalar() => _random.Next(5) switch { 0 => JsonValue.Create(_random.Next(2) == 0), _ => Ordered() };

    private JsonNode Ordered() => _random.Next(3) switch { 0 => Number(), 1 => Text(), _ => Date() };

    private JsonNode Number() => _random.Next(3) switch
    {
        0 => JsonNode.Parse(Pick("-1", "0", "1", "2", "3"))!,
        1 => JsonNode.Parse(Pick("1.0", "2.00", "2.5", "-0.1", "9007199254740993"))!,
        _ => JsonNode.Parse(Pick("9007199254740992", "9007199254740993", "0.1", "1"))!,
    };

    private JsonValue Text() => JsonValue.Create(Pick(Texts));

    /// <summary>Around the clock, often exactly on the edge that a duration of a rule draws.</summary>
    private JsonValue Date()
    {
        var moment = _random.Next(6) switch
        {
            0 => AsOf,
            1 => AsOf.AddDays(_random.Next(-40, 41)),
            2 => AsOf.AddMonths(_random.Next(-40, 41)),
            3 => AsOf.AddHours(_random.Next(-40, 41)).AddTicks(_random.Next(-1, 2)),
            4 => new(_random.Next(1990, 2030), 2, 28, 0, 0, 0, TimeSpan.Zero),
            _ => new(1992 + (4 * _random.Next(10)), 2, 29, _random.Next(24), 0, 0, TimeSpan.Zero),
        };
        return JsonValue.Create(_random.Next(3) == 0 ? moment.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : Timestamps.Format(moment));
    }

    private JsonArray Between(bool textOnly)
    {
        (JsonNode low, JsonNode high) = textOnly ? (Text(), Text()) : _random.Next(3) switch { 0 => (Number(), Number()), 1 => (Text(), Text()), _ => (Date(), Date()) };
        return NaiveRules.Order(low, high, textOnly) > 0 ? [high, low] : [low, high];
    }

    private T Pick<T>(params T[] values) => values[_random.Next(values.Length)];

    private static Cell Cells(JsonNode json) =>
        CellJson.TryRead(System.Text.Json.JsonDocument.Parse(json.ToJsonString()).RootElement, out var cell, out var reason) ? cell : throw new InvalidOperationException(reason);
}
