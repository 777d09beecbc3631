using AudienceSync.Delivery;
using AudienceSync.Faults;
using AudienceSync.Runs;
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
        var outcomes = QueryFilters.Choices<DeliveryVerdict>(query, "outcome", faults);
        var (from, to) = (QueryFilters.Moment(query, "from", faults), QueryFilters.Moment(query, "to", faults));
        return faults.Count > 0
            ? QueryFilters.Invalid(faults)
            : new DeliveryRecordFilter(query["destinationId"].FirstOrDefault(), query["runId"].FirstOrDefault(), outcomes, query["code"].FirstOrDefault(), from, to);
    }

    public static Result<IReadOnlyCollection<DeliveryVerdict>> ReadOutcomes(IQueryCollection query)
    {
        List<Fault> faults = [];
        var outcomes = QueryFilters.Choices<DeliveryVerdict>(query, "outcome", faults);
        return faults.Count > 0 ? QueryFilters.Invalid(faults) : new Result<IReadOnlyCollection<DeliveryVerdict>>.Ok(outcomes);
    }

    public static Result<OverviewQuery> ReadOverview(IQueryCollection query, DateTimeOffset now)
    {
        List<Fault> faults = [];
        var grid = ReadGrid(query, now, StandardSpan, faults);
        var group = QueryFilters.Choice<OverviewGroup>(query, "groupBy", faults);
        return faults.Count > 0 ? QueryFilters.Invalid(faults) : new OverviewQuery(grid, group, query["destinationId"].FirstOrDefault());
    }

    /// <summary><c>from</c>, <c>to</c> and <c>granularity</c>, each of which may be left out.</summary>
    public static TimeGrid ReadGrid(IQueryCollection query, DateTimeOffset now, TimeSpan standardSpan, List<Fault> faults)
    {
        var to = QueryFilters.Moment(query, "to", faults) ?? now;
        var from = QueryFilters.Moment(query, "from", faults) ?? to - standardSpan;
        var granularity = QueryFilters.Choice<OverviewGranularity>(query, "granularity", faults);
        return new(from, to, granularity ?? (to - from <= HourlySpan ? OverviewGranularity.Hour : OverviewGranularity.Day));
    }
}
