using System.Collections.Frozen;
using System.Collections.Immutable;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>The positive operators as tests of one value. What an operator means is said at <see cref="RuleOperator"/>.</summary>
internal static class CellTests
{
    /// <returns>The test of the operator's positive twin; false on an absent value and on another type.</returns>
    public static ColumnTest Of(RuleNode.Compare compare, DateTimeOffset asOf) => (compare.Operator.Positive(), compare.Operand) switch
    {
        (RuleOperator.Exists, _) => ColumnTest.Exists,
        (RuleOperator.Eq, RuleOperand.One(var value)) => Ordered(EqualTo(value), value, value) with { Text = value.Type is CellType.Text ? value.AsText() : null },
        (RuleOperator.Gt, RuleOperand.One(var value)) => Ordered(cell => CellOrder.Compare(cell, value) > 0, value, null, includesLow: false),
        (RuleOperator.Gte, RuleOperand.One(var value)) => Ordered(cell => CellOrder.Compare(cell, value) >= 0, value, null),
        (RuleOperator.Lt, RuleOperand.One(var value)) => Ordered(cell => CellOrder.Compare(cell, value) < 0, null, value, includesHigh: false),
        (RuleOperator.Lte, RuleOperand.One(var value)) => Ordered(cell => CellOrder.Compare(cell, value) <= 0, null, value),
        (RuleOperator.Between, RuleOperand.Range(var low, var high)) =>
            Ordered(cell => CellOrder.Compare(cell, low) >= 0 && CellOrder.Compare(cell, high) <= 0, low, high),
        (RuleOperator.In, RuleOperand.Many(var values)) => Each(OneOf(values)),
        (RuleOperator.Contains, RuleOperand.One(var value)) => Each(Containing(value.AsText())),
        (RuleOperator.StartsWith, RuleOperand.One(var value)) => Each(OnText(value.AsText(), static (text, part) => text.StartsWith(part, StringComparison.OrdinalIgnoreCase))),
        (RuleOperator.EndsWith, RuleOperand.One(var value)) => Each(OnText(value.AsText(), static (text, part) => text.EndsWith(part, StringComparison.OrdinalIgnoreCase))),
        (RuleOperator.Matches, RuleOperand.One(var value)) => Each(Matching(value.AsText())),
        (RuleOperator.Before, RuleOperand.One(var value)) => Between(DateTimeOffset.MinValue, MomentOf(value), Ends.First),
        (RuleOperator.After, RuleOperand.One(var value)) => Between(MomentOf(value), DateTimeOffset.MaxValue, Ends.Last),
        (RuleOperator.WithinLast, RuleOperand.Span(var duration)) => Between(duration.Before(asOf), asOf, Ends.Last),
        (RuleOperator.WithinNext, RuleOperand.Span(var duration)) => Between(asOf, duration.After(asOf), Ends.Last),
        (RuleOperator.AnniversaryWithin, RuleOperand.Span(var duration)) => Each(AnniversaryWithin(asOf, duration)),
        _ => throw new ArgumentException($"'{compare.Operator.Name()}' takes no {compare.Operand.GetType().Name}.", nameof(compare)),
    };

    /// <summary>A test that is made value by value.</summary>
    private static ColumnTest Each(Func<Cell, bool> holds) => new() { Holds = holds };

    /// <summary>A test that holds between two values of one kind, as far as that kind is ordered; null is no bound.</summary>
    private static ColumnTest Ordered(Func<Cell, bool> holds, Cell? low, Cell? high, bool includesLow = true, bool includesHigh = true)
    {
        var test = Each(holds);
        var bound = low ?? high ?? throw new ArgumentNullException(nameof(low));
        if (bound.TryNumber(out _))
        {
            return test with { Numbers = new(NumberOf(low), includesLow, NumberOf(high), includesHigh) };
        }

        return bound.TryMoment(out _)
            ? test with
            {
                Ticks = new(
                    TicksOf(low) is { } first ? first + (includesLow ? 0 : 1) : long.MinValue, TicksOf(high) is { } last ? last - (includesHigh ? 0 : 1) : long.MaxValue),
            }
            : test;

        static decimal? NumberOf(Cell? cell) => cell is { } value && value.TryNumber(out var number) ? number : null;

        static long? TicksOf(Cell? cell) => cell is { } value && value.TryMoment(out var moment) ? moment.UtcTicks : null;
    }

    private static Func<Cell, bool> EqualTo(Cell value)
    {
        if (value.Type is not CellType.Text)
        {
            return cell => CellOrder.Compare(cell, value) == 0;
        }

        var text = value.AsText();
        return cell => cell.Type is CellType.Text && cell.AsText() == text;
    }

    private static Func<Cell, bool> OneOf(ImmutableArray<Cell> values)
    {
        var texts = values.Where(value => value.Type is CellType.Text).Select(value => value.AsText()).ToFrozenSet(StringComparer.Ordinal);
        var numbers = values.SelectMany(value => value.TryNumber(out var number) ? [number] : Array.Empty<decimal>()).ToFrozenSet();
        var moments = values.SelectMany(value => value.TryMoment(out var moment) ? [moment] : Array.Empty<DateTimeOffset>()).ToFrozenSet();
        var flags = values.Where(value => value.Type is CellType.Boolean).Select(value => value.AsBoolean()).ToFrozenSet();
        return cell => cell.Type switch
        {
            CellType.Text => texts.Contains(cell.AsText()),
            CellType.Boolean => flags.Contains(cell.AsBoolean()),
            _ => cell.TryNumber(out var number) ? numbers.Contains(number) : cell.TryMoment(out var moment) && moments.Contains(moment),
        };
    }

    private static Func<Cell, bool> Containing(string part) => cell => cell.Type switch
    {
        CellType.Text => cell.AsText().Contains(part, StringComparison.OrdinalIgnoreCase),
        CellType.TextList => cell.AsTextList().Contains(part, StringComparer.Ordinal),
        _ => false,
    };

    private static Func<Cell, bool> OnText(string part, Func<string, string, bool> test) =>
        cell => cell.Type is CellType.Text && test(cell.AsText(), part);

    private static Func<Cell, bool> Matching(string pattern)
    {
        var regex = RulePattern.Create(pattern);
        return cell => cell.Type is CellType.Text && regex.IsMatch(cell.AsText());
    }

    private enum Ends
    {
        /// <summary>first ≤ t &lt; last.</summary>
        First,

        /// <summary>first &lt; t ≤ last.</summary>
        Last,
    }

    private static ColumnTest Between(DateTimeOffset first, DateTimeOffset last, Ends included)
    {
        var shift = included is Ends.First ? 0 : 1;
        var (from, to) = (first.UtcTicks + shift, last.UtcTicks - 1 + shift);
        return new() { Holds = cell => cell.TryMoment(out var moment) && from <= moment.UtcTicks && moment.UtcTicks <= to, Ticks = new(from, to) };
    }

    private static Func<Cell, bool> AnniversaryWithin(DateTimeOffset asOf, RuleDuration duration)
    {
        var today = DateOnly.FromDateTime(asOf.UtcDateTime);
        var end = DateOnly.FromDateTime(duration.After(new(today.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)).UtcDateTime);
        return cell => cell.TryMoment(out var moment) && NextReturn(DateOnly.FromDateTime(moment.UtcDateTime), today) is { } next && next <= end;
    }

    /// <summary>The first return of the month and day on or after <paramref name="today"/>; null past the calendar's end.</summary>
    private static DateOnly? NextReturn(DateOnly day, DateOnly today) =>
        InYear(day, today.Year) is var thisYear && thisYear >= today ? thisYear
        : today.Year < DateOnly.MaxValue.Year ? InYear(day, today.Year + 1)
        : null;

    private static DateOnly InYear(DateOnly day, int year) => new(year, day.Month, Math.Min(day.Day, DateTime.DaysInMonth(year, day.Month)));

    private static DateTimeOffset MomentOf(Cell value) =>
        value.TryMoment(out var moment) ? moment : throw new ArgumentException($"A date is wanted, not {value.Type}.", nameof(value));
}
