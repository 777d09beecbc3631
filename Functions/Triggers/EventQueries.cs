using AudienceSync.Delivery;
using AudienceSync.Faults;
using AudienceSync.Runs;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Triggers;

/// <summary>Query parameters of events and of the delivery overview.</summary>
internal static class EventQueries
{
    /// <summary>The span of the overview unless the request names one.</summary>
    private static readonly TimeSpan StandardSpan = TimeSpan.FromDays(7);

    /// <summary>Up to this span the series goes by hours.</summary>
    private static readonly TimeSpan HourlySpan = TimeSpan.FromDays(2);

    public static Result<DeliveryRecordFilter> ReadFilter(IQueryCollection query)
    {
        List<Fault> faults = [];
        var outcomes = Choices<DeliveryVerdict>(query, "outcome", faults);
        var (from, to) = (Moment(query, "from", faults), Moment(query, "to", faults));
        return faults.Count > 0
            ? Invalid(faults)
            : new DeliveryRecordFilter(query["destinationId"].FirstOrDefault(), query["runId"].FirstOrDefault(), outcomes, query["code"].FirstOrDefault(), from, to);
    }

    public static Result<IReadOnlyCollection<DeliveryVerdict>> ReadOutcomes(IQueryCollection query)
    {
        List<Fault> faults = [];
        var outcomes = Choices<DeliveryVerdict>(query, "outcome", faults);
        return faults.Count > 0 ? Invalid(faults) : new Result<IReadOnlyCollection<DeliveryVerdict>>.Ok(outcomes);
    }

    public static Result<OverviewQuery> ReadOverview(IQueryCollection query, DateTimeOffset now)
    {
        List<Fault> faults = [];
        var to = Moment(query, "to", faults) ?? now;
        var from = Moment(query, "from", faults) ?? to - StandardSpan;
        var granularity = Choices<OverviewGranularity>(query, "granularity", faults);
        var groups = Choices<OverviewGroup>(query, "groupBy", faults);
        foreach (var name in (string[])["granularity", "groupBy"])
        {
            if (query[name].SelectMany(text => (text ?? "").Split(',')).Count() > 1)
            {
                faults.Add(new(name, "too_many", $"{name} takes one value."));
            }
        }

        return faults.Count > 0 ? Invalid(faults) : new OverviewQuery(
            from, to, granularity is [var wanted] ? wanted : to - from <= HourlySpan ? OverviewGranularity.Hour : OverviewGranularity.Day,
            groups is [var group] ? group : null, query["destinationId"].FirstOrDefault());
    }

    private static Refusal Invalid(List<Fault> faults) => new(RefusalKind.Malformed, "invalid_parameter", "A parameter cannot be read") { Faults = [.. faults] };

    private static List<T> Choices<T>(IQueryCollection query, string name, List<Fault> faults)
        where T : struct, Enum
    {
        var known = Enum.GetValues<T>().ToDictionary(RunNames.Of, value => value);
        List<T> found = [];
        foreach (var text in query[name].SelectMany(text => (text ?? "").Split(',')))
        {
            if (known.TryGetValue(text, out var value))
            {
                found.Add(value);
            }
            else
            {
                faults.Add(new(name, "unknown_value", $"'{text}' is no {name}: one of {string.Join(", ", known.Keys)}.{NearestName.Suggestion(text, known.Keys)}"));
            }
        }

        return found;
    }

    private static DateTimeOffset? Moment(IQueryCollection query, string name, List<Fault> faults)
    {
        if (query[name].FirstOrDefault() is not { } text)
        {
            return null;
        }

        if (Timestamps.TryParse(text, out var moment))
        {
            return moment;
        }

        if (Timestamps.TryParseDate(text, out var day))
        {
            return new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        }

        faults.Add(new(name, "wrong_type", $"'{text}' is no RFC 3339 moment or date, such as 2026-10-01T00:00:00Z or 2026-10-01."));
        return null;
    }
}
