using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using AudienceSync.Fakes;
using AudienceSync.Triggers;
using Microsoft.Azure.Functions.Worker;
using NCrontab;

namespace AudienceSync.Docs;

/// <summary>The tables of docs/costs.md are reckoned right, from what the page says was measured, at the prices of the model.</summary>
public sealed partial class CostTests
{
    private static readonly string[][] Rows = [.. Repository.Read("docs", "costs.md").Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal))
        .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries).Select(cell => cell.Trim('*')).ToArray())];

    [Fact]
    public void Amounts_AreQuantityTimesPrice()
    {
        var priced = Rows.Where(row => row.Length == 4 && row[1].Length > 0 && char.IsDigit(row[1][0])).ToList();

        priced.Count.ShouldBe(10);
        foreach (var row in priced)
        {
            Math.Round(row[1].Split('×').Aggregate(1m, (product, factor) => product * Number(factor)) * Number(row[2]), 2).ShouldBe(Number(row[3]), row[0]);
            Prices().ShouldContain(Number(row[2]), row[0]);
        }
    }

    [Fact]
    public void Sums_AreThoseOfTheRowsAbove()
    {
        var sum = 0m;
        var sums = 0;
        foreach (var row in Rows.Where(row => row.Length == 4 && decimal.TryParse(row[3], CultureInfo.InvariantCulture, out _)))
        {
            if (row[0] == "sum")
            {
                Number(row[3]).ShouldBe(sum);
                (sum, sums) = (0m, sums + 1);
            }
            else
            {
                sum += Number(row[3]);
            }
        }

        sums.ShouldBe(2);
    }

    [Fact]
    public void Prices_AreThoseOfTheModel()
    {
        var model = Price().Matches(Repository.Read("Benchmarks", "Scale", "AzureLimits.cs").Split("record AzurePrices")[1])
            .Select(match => Number(match.Groups[1].Value) / (match.Groups[2].Success ? (decimal)double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) : 1m));

        Prices().ShouldBe(model, ignoreOrder: true);
    }

    /// <summary>Of a run with a hundred times the members: the requests, calls and seconds of day two, a hundredfold.</summary>
    [Fact]
    public void LargeRun_IsReckonedFromTheMeasuredOne()
    {
        var measured = Rows.Single(row => row[0] == "day two");
        var seconds = 100 * (Number(measured[5]) + (Number(measured[1]) * 0.015m) + (Number(measured[4]) * 0.2m));

        Rows.ShouldContain(row => row[0] == "runs, GB-seconds" && row[1] == $"120 × {seconds.ToString("0.#", CultureInfo.InvariantCulture)} × 2");
        Rows.ShouldContain(row => row[0] == "runs, table requests" && row[1] == $"120 × {100 * Number(measured[1]):0}");
        Rows.ShouldContain(row => row[0] == "runs, table requests" && row[1] == $"120 × {Number(measured[1]):0}");
    }

    [Fact]
    public void Timers_RunAsOftenAsThePageSays()
    {
        var month = new DateTime(2026, 6, 1);
        var times = typeof(SyncTimer).Assembly.GetTypes().SelectMany(type => type.GetMethods()).SelectMany(method => method.GetParameters())
            .Select(parameter => parameter.GetCustomAttribute<TimerTriggerAttribute>()).OfType<TimerTriggerAttribute>()
            .Sum(timer => CrontabSchedule.Parse(timer.Schedule, new() { IncludingSeconds = true }).GetNextOccurrences(month.AddTicks(-1), month.AddDays(30)).Count());

        times.ShouldBeInRange(90_000, 150_000, "docs/costs.md reckons with 150,000 a month");
    }

    private static IEnumerable<decimal> Prices() =>
        Rows.Where(row => row.Length == 3 && decimal.TryParse(row[1], CultureInfo.InvariantCulture, out _)).Select(row => Number(row[1]));

    private static decimal Number(string text) => decimal.Parse(text.Trim(), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"public double \w+ \{ get; init; \} = (0\.\d+)(?: / (1e\d))?;")]
    private static partial Regex Price();
}
