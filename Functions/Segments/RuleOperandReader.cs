using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Reads the value of a comparison as its operator asks, and checks it against the known types of the attribute.</summary>
internal sealed class RuleOperandReader(RuleFaults faults, IReadOnlyDictionary<string, ImmutableArray<CellType>> catalog)
{
    /// <summary>Values of <c>in</c> and <c>notIn</c>.</summary>
    public const int MaxValues = 10_000;

    /// <summary>UTF-8 bytes of one text value.</summary>
    public const int MaxTextBytes = 8 * 1024;

    private static readonly ImmutableArray<string> Units = [.. Enum.GetValues<DurationUnit>().Select(Name)];
    private static readonly ImmutableArray<CellType> TextOnly = [CellType.Text];

    public static string Name(DurationUnit unit) => unit switch
    {
        DurationUnit.Hours => "hours",
        DurationUnit.Days => "days",
        DurationUnit.Weeks => "weeks",
        DurationUnit.Months => "months",
        _ => "years",
    };

    /// <param name="attribute">Null when the attribute is itself at fault: the value is then read without a check of types.</param>
    /// <param name="pointer">The comparison's.</param>
    /// <returns>Null when there were faults.</returns>
    public RuleOperand? Read(string? attribute, RuleOperator @operator, JsonElement? value, string pointer)
    {
        var at = $"{pointer}/value";
        if (@operator is RuleOperator.Exists or RuleOperator.NotExists)
        {
            if (value is null)
            {
                return RuleOperand.None.Value;
            }

            faults.Add(at, "unexpected_field", $"'{@operator.Name()}' takes no value. Remove it.");
            return null;
        }

        if (value is not { } json)
        {
            faults.Add(at, "missing_field", $"'value' is missing: what '{@operator.Name()}' compares with.");
            return null;
        }

        switch (@operator.Positive())
        {
            case RuleOperator.Eq:
                return One(attribute, json, at, @operator);
            case RuleOperator.Gt or RuleOperator.Gte or RuleOperator.Lt or RuleOperator.Lte:
                return ReadOrdered(attribute, json, at, @operator) is { } ordered ? new RuleOperand.One(ordered) : null;
            case RuleOperator.Between:
                return ReadRange(attribute, json, at);
            case RuleOperator.In:
                return ReadMany(attribute, json, at, @operator);
            case RuleOperator.Contains:
                CheckKind(attribute, @operator, pointer, ValueKind.Text, ValueKind.List);
                return ReadText(json, at, @operator);
            case RuleOperator.StartsWith or RuleOperator.EndsWith:
                CheckKind(attribute, @operator, pointer, ValueKind.Text);
                return ReadText(json, at, @operator);
            case RuleOperator.Matches:
                CheckKind(attribute, @operator, pointer, ValueKind.Text);
                return ReadPattern(json, at);
            case RuleOperator.Before or RuleOperator.After:
                CheckKind(attribute, @operator, pointer, ValueKind.Time);
                return ReadMoment(json, at, @operator);
            case RuleOperator.WithinLast or RuleOperator.WithinNext:
                CheckKind(attribute, @operator, pointer, ValueKind.Time);
                return ReadDuration(json, at, hours: true);
            case RuleOperator.AnniversaryWithin:
                CheckKind(attribute, @operator, pointer, ValueKind.Time);
                return ReadDuration(json, at, hours: false);
            default:
                throw new InvalidOperationException($"No value is known for '{@operator.Name()}'.");
        }
    }

    private RuleOperand.One? One(string? attribute, JsonElement json, string pointer, RuleOperator @operator)
    {
        if (json.ValueKind is JsonValueKind.Array)
        {
            faults.Add(pointer, "wrong_type", $"'{@operator.Name()}' compares with one value, not with a list. Use 'in' for one of several values, 'contains' for an item of a list.");
            return null;
        }

        return ReadCell(attribute, json, pointer) is { } cell && CheckValue(attribute, cell, pointer) ? new(cell) : null;
    }

    private Cell? ReadOrdered(string? attribute, JsonElement json, string pointer, RuleOperator @operator)
    {
        if (json.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            faults.Add(pointer, "wrong_type", $"true and false have no order for '{@operator.Name()}'. Use 'eq' or 'ne'.");
            return null;
        }

        return ReadCell(attribute, json, pointer) is { } cell && CheckValue(attribute, cell, pointer) ? cell : null;
    }

    private RuleOperand.Range? ReadRange(string? attribute, JsonElement json, string pointer)
    {
        if (json.ValueKind is not JsonValueKind.Array || json.GetArrayLength() != 2)
        {
            faults.Add(pointer, "wrong_type", $"'between' takes a list of two values, [low, high], both included, not {Shape(json)}.");
            return null;
        }

        var low = ReadOrdered(attribute, json[0], $"{pointer}/0", RuleOperator.Between);
        var high = ReadOrdered(attribute, json[1], $"{pointer}/1", RuleOperator.Between);
        if (low is not { } first || high is not { } last)
        {
            return null;
        }

        if (CellOrder.Compare(first, last) is not { } order)
        {
            faults.Add(pointer, "type_mismatch", $"The two ends are {Describe(KindOf(first.Type))} and {Describe(KindOf(last.Type))}. Make them of one kind.");
            return null;
        }

        if (order > 0)
        {
            faults.Add(pointer, "out_of_range", "The first value is above the second, so nothing lies between them. Swap them.");
            return null;
        }

        return new(first, last);
    }

    private RuleOperand.Many? ReadMany(string? attribute, JsonElement json, string pointer, RuleOperator @operator)
    {
        if (json.ValueKind is not JsonValueKind.Array)
        {
            faults.Add(pointer, "wrong_type", $"'{@operator.Name()}' takes a list of values, not {RuleFaults.Describe(json)}.");
            return null;
        }

        var length = json.GetArrayLength();
        if (length is 0 or > MaxValues)
        {
            faults.Add(pointer, length == 0 ? "empty_list" : "too_many_values",
                length == 0 ? "The list of values is empty. Give it a value, or remove the rule."
                : $"The list has {length:N0} values; at most {MaxValues:N0} are taken. Import the values as an attribute and compare that.");
            return null;
        }

        var cells = ImmutableArray.CreateBuilder<Cell>(length);
        foreach (var (index, item) in json.EnumerateArray().Index())
        {
            if (ReadCell(attribute, item, $"{pointer}/{index}") is { } cell && CheckValue(attribute, cell, $"{pointer}/{index}"))
            {
                cells.Add(cell);
            }
        }

        return cells.Count == length ? new(cells.MoveToImmutable()) : null;
    }

    private RuleOperand.One? ReadText(JsonElement json, string pointer, RuleOperator @operator)
    {
        if (json.ValueKind is not JsonValueKind.String)
        {
            faults.Add(pointer, "wrong_type", $"'{@operator.Name()}' takes one text, not {RuleFaults.Describe(json)}.");
            return null;
        }

        if (ReadCell(ProfileColumns.Id, json, pointer) is not { } cell)
        {
            return null;
        }

        if (cell.AsText().Length > 0)
        {
            return new(cell);
        }

        faults.Add(pointer, "empty_text", $"Every text would pass '{@operator.Name()}' with an empty text. Use 'exists' for that.");
        return null;
    }

    private RuleOperand.One? ReadPattern(JsonElement json, string pointer)
    {
        if (ReadText(json, pointer, RuleOperator.Matches) is not { } pattern)
        {
            return null;
        }

        if (RulePattern.TryCreate(pattern.Value.AsText(), out _, out var reason))
        {
            return pattern;
        }

        faults.Add(pointer, "invalid_pattern", reason);
        return null;
    }

    private RuleOperand.One? ReadMoment(JsonElement json, string pointer, RuleOperator @operator)
    {
        if (json.ValueKind is JsonValueKind.String && ReadCell(null, json, pointer) is { } cell && cell.TryMoment(out _))
        {
            return new(cell);
        }

        faults.Add(pointer, "wrong_type", $"'{@operator.Name()}' takes an RFC 3339 date or date-time such as \"2026-10-01\" or \"2026-10-01T00:00:00Z\", not {RuleFaults.Describe(json)}.");
        return null;
    }

    private RuleOperand.Span? ReadDuration(JsonElement json, string pointer, bool hours)
    {
        var units = hours ? Units : Units.Remove("hours");
        if (json.ValueKind is not JsonValueKind.Object || json.EnumerateObject().Count() != 1)
        {
            faults.Add(pointer, "wrong_type", $"A duration is an object with exactly one unit ({string.Join(", ", units)}) such as {{\"days\":60}}, not {Shape(json)}.");
            return null;
        }

        var property = json.EnumerateObject().First();
        var name = property.Name;
        if (!units.Contains(name))
        {
            faults.Add(JsonFields.PointerTo(pointer, name), "unknown_field", $"'{name}' is no unit here.{NearestName.Suggestion(name, units)} Known are {string.Join(", ", units)}.");
            return null;
        }

        if (property.Value.ValueKind is JsonValueKind.Number && property.Value.TryGetInt32(out var count) && count is >= 0 and <= RuleDuration.MaxCount)
        {
            return new(new(count, (DurationUnit)Units.IndexOf(name)));
        }

        faults.Add($"{pointer}/{name}", "out_of_range", $"A duration is a whole number from 0 to {RuleDuration.MaxCount:N0}, not {RuleFaults.Describe(property.Value)}.");
        return null;
    }

    /// <summary>One value, typed by its form; of identifiers and the id always text.</summary>
    private Cell? ReadCell(string? attribute, JsonElement json, string pointer)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                var text = json.GetString()!;
                if (Encoding.UTF8.GetByteCount(text) is > MaxTextBytes and var size)
                {
                    faults.Add(pointer, "too_long", $"The text has {size:N0} bytes of UTF-8; at most {MaxTextBytes:N0} are taken.");
                    return null;
                }

                return IsAlwaysText(attribute) ? Cell.Of(text) : CellJson.ReadText(text);
            case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                if (CellJson.TryRead(json, out var cell, out var reason))
                {
                    return cell;
                }

                faults.Add(pointer, "out_of_range", reason!);
                return null;
            case JsonValueKind.Null:
                faults.Add(pointer, "wrong_type", "null is no value to compare with. Use 'exists' or 'notExists'.");
                return null;
            default:
                faults.Add(pointer, "wrong_type", $"A value is a number, text, date or true/false, not {RuleFaults.Describe(json)}.");
                return null;
        }
    }

    private bool CheckValue(string? attribute, Cell value, string pointer)
    {
        var kind = KindOf(value.Type);
        if (Known(attribute) is not { } types || types.Any(type => KindOf(type) == kind))
        {
            return true;
        }

        var mend = types.Any(type => KindOf(type) is ValueKind.List)
            ? "Use 'contains' for an item of a list."
            : $"Compare with {Describe(KindOf(types[0]))}.";
        faults.Add(pointer, "type_mismatch", $"'{attribute}' holds {Holds(types)}, but this is {Describe(kind)}. {mend}");
        return false;
    }

    private void CheckKind(string? attribute, RuleOperator @operator, string pointer, params ReadOnlySpan<ValueKind> wanted)
    {
        if (Known(attribute) is not { } types)
        {
            return;
        }

        foreach (var type in types)
        {
            if (wanted.Contains(KindOf(type)))
            {
                return;
            }
        }

        faults.Add($"{pointer}/op", "type_mismatch",
            $"'{attribute}' holds {Holds(types)}, but '{@operator.Name()}' works on {Describe(wanted[0])}{(wanted.Length > 1 ? $" or {Describe(wanted[1])}" : "")}.");
    }

    private ImmutableArray<CellType>? Known(string? attribute) =>
        attribute is null ? null
        : IsAlwaysText(attribute) ? TextOnly
        : catalog.TryGetValue(attribute, out var types) && !types.IsDefaultOrEmpty ? types
        : null;

    /// <summary>Ids and identifiers are text, also where they read like a date.</summary>
    private static bool IsAlwaysText(string? attribute) => attribute is ProfileColumns.Id || (attribute is not null && ProfileColumns.IsIdentifier(attribute));

    private static string Shape(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => $"a list of {json.GetArrayLength()}",
        JsonValueKind.Object => $"an object of {json.EnumerateObject().Count()} fields",
        _ => RuleFaults.Describe(json),
    };

    private static string Holds(ImmutableArray<CellType> types) => string.Join(" or ", types.Select(KindOf).Distinct().Select(Describe));

    private static ValueKind KindOf(CellType type) => type switch
    {
        CellType.Text => ValueKind.Text,
        CellType.Integer or CellType.Decimal => ValueKind.Number,
        CellType.DateTime or CellType.Date => ValueKind.Time,
        CellType.Boolean => ValueKind.Boolean,
        CellType.TextList => ValueKind.List,
        _ => ValueKind.Other,
    };

    private static string Describe(ValueKind kind) => kind switch
    {
        ValueKind.Text => "a text",
        ValueKind.Number => "a number",
        ValueKind.Time => "a date",
        ValueKind.Boolean => "true or false",
        ValueKind.List => "a list of texts",
        _ => "something else",
    };

    private enum ValueKind
    {
        Text,
        Number,
        Time,
        Boolean,
        List,
        Other,
    }
}
