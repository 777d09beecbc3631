using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>What api.md says a rule means, said once more in the plainest way: over the JSON of the rule and one row, without the reader, the tree or the compiler.</summary>
internal static class NaiveRules
{
    public static bool Holds(JsonNode rule, Row profile, DateTimeOffset asOf)
    {
        var node = rule.AsObject();
        if (node["all"] is JsonArray all)
        {
            return all.All(inner => Holds(inner!, profile, asOf));
        }

        if (node["any"] is JsonArray any)
        {
            return any.Any(inner => Holds(inner!, profile, asOf));
        }

        if (node["not"] is { } not)
        {
            return !Holds(not, profile, asOf);
        }

        if (node["bucket"] is { } bucket)
        {
            var number = BucketOf(bucket["salt"]!.GetValue<string>(), profile["id"].AsText());
            return number >= bucket["from"]!.GetValue<int>() && number < bucket["to"]!.GetValue<int>();
        }

        var attribute = node["attr"]!.GetValue<string>();
        return Compares(node["op"]!.GetValue<string>(), profile[attribute], node["value"], attribute is "id" or "email", asOf);
    }

    /// <summary>Order of two JSON values of one kind; null across kinds.</summary>
    public static int? Order(JsonNode left, JsonNode right, bool textOnly) => Order(ValueOf(left, textOnly), ValueOf(right, textOnly));

    private static bool Compares(string op, Cell cell, JsonNode? json, bool textOnly, DateTimeOffset asOf)
    {
        var value = ValueOf(cell);
        switch (op)
        {
            case "ne":
                return !Compares("eq", cell, json, textOnly, asOf);
            case "notIn":
                return !Compares("in", cell, json, textOnly, asOf);
            case "notContains":
                return !Compares("contains", cell, json, textOnly, asOf);
            case "notExists":
                return !Compares("exists", cell, json, textOnly, asOf);
            case "notWithinLast":
                return !Compares("withinLast", cell, json, textOnly, asOf);
            case "notWithinNext":
                return !Compares("withinNext", cell, json, textOnly, asOf);
            case "exists":
                return value is not null;
            case "eq":
                return Order(value, ValueOf(json!, textOnly)) is 0;
            case "gt":
                return Order(value, ValueOf(json!, textOnly)) is > 0;
            case "gte":
                return Order(value, ValueOf(json!, textOnly)) is >= 0;
            case "lt":
                return Order(value, ValueOf(json!, textOnly)) is < 0;
            case "lte":
                return Order(value, ValueOf(json!, textOnly)) is <= 0;
            case "between":
                return Compares("gte", cell, json![0], textOnly, asOf) && Compares("lte", cell, json[1], textOnly, asOf);
            case "in":
                return json!.AsArray().Any(item => Compares("eq", cell, item, textOnly, asOf));
            case "contains":
                return value is string[] list ? list.Any(item => item == json!.GetValue<string>()) : value is string text && Upper(text).Contains(Upper(json!), StringComparison.Ordinal);
            case "startsWith":
                return value is string begun && Upper(begun).StartsWith(Upper(json!), StringComparison.Ordinal);
            case "endsWith":
                return value is string ended && Upper(ended).EndsWith(Upper(json!), StringComparison.Ordinal);
            case "matches":
                return value is string matched && Regex.IsMatch(matched, json!.GetValue<string>(), RegexOptions.CultureInvariant);
            case "before":
                return value is DateTime early && early < (DateTime)ValueOf(json!, textOnly: false)!;
            case "after":
                return value is DateTime late && late > (DateTime)ValueOf(json!, textOnly: false)!;
            case "withinLast":
                return value is DateTime past && Plus(asOf.UtcDateTime, json!, -1) < past && past <= asOf.UtcDateTime;
            case "withinNext":
                return value is DateTime coming && asOf.UtcDateTime < coming && coming <= Plus(asOf.UtcDateTime, json!, 1);
            case "anniversaryWithin":
                return value is DateTime first && Returns(first, asOf.UtcDateTime.Date, Plus(asOf.UtcDateTime.Date, json!, 1));
            default:
                throw new InvalidOperationException(op);
        }
    }

    /// <summary>Looks at every day of the window, instead of computing the next return.</summary>
    private static bool Returns(DateTime first, DateTime from, DateTime to)
    {
        for (var day = from; day <= to; day = day.AddDays(1))
        {
            var leapling = first is { Month: 2, Day: 29 } && !DateTime.IsLeapYear(day.Year);
            if (day.Month == first.Month && day.Day == (leapling ? 28 : first.Day))
            {
                return true;
            }
        }

        return false;
    }

    private static DateTime Plus(DateTime moment, JsonNode duration, int sign)
    {
        var (unit, count) = duration.AsObject().Single();
        var number = sign * count!.GetValue<int>();
        return unit switch
        {
            "hours" => moment + TimeSpan.FromHours(number),
            "days" => moment + TimeSpan.FromDays(number),
            "weeks" => moment + TimeSpan.FromDays(7 * number),
            "months" => moment.AddMonths(number),
            "years" => moment.AddYears(number),
            _ => throw new InvalidOperationException(unit),
        };
    }

    private static string Upper(JsonNode json) => Upper(json.GetValue<string>());

    private static string Upper(string text) => text.ToUpperInvariant();

    private static int? Order(object? left, object? right) => (left, right) switch
    {
        (decimal a, decimal b) => a.CompareTo(b),
        (DateTime a, DateTime b) => a.CompareTo(b),
        (bool a, bool b) => a.CompareTo(b),
        (string a, string b) => string.Compare(a, b, StringComparison.Ordinal),
        _ => null,
    };

    private static object? ValueOf(JsonNode json, bool textOnly)
    {
        switch (json.GetValueKind())
        {
            case System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False:
                return json.GetValue<bool>();
            case System.Text.Json.JsonValueKind.Number:
                return decimal.Parse(json.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
            default:
                var text = json.GetValue<string>();
                var isDate = !textOnly && Regex.IsMatch(text, @"^\d{4}-\d\d-\d\d(T.*Z)?$");
                return isDate ? DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal) : text;
        }
    }

    private static object? ValueOf(Cell cell) => cell.Type switch
    {
        CellType.Absent => null,
        CellType.Text => cell.AsText(),
        CellType.Integer => (decimal)cell.AsInteger(),
        CellType.Decimal => cell.AsDecimal(),
        CellType.DateTime => cell.AsDateTime().UtcDateTime,
        CellType.Date => cell.AsDate().ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc),
        CellType.Boolean => cell.AsBoolean(),
        CellType.TextList => cell.AsTextList().ToArray(),
        _ => throw new InvalidOperationException(cell.Type.ToString()),
    };

    private static int BucketOf(string salt, string id)
    {
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{salt}:{id}")));
        return (int)(BigInteger.Parse($"0{hash[..16]}", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) % 10_000);
    }
}
