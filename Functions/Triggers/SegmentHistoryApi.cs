using System.Text.Json.Serialization;
using AudienceSync.Access;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Runs;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/segments/{id}/history</c>: the segment's size, and who entered and left, run by run.</summary>
public sealed class SegmentHistoryApi(SegmentHistory history)
{
    [Function("list-segment-history")]
    [RequiresRole(Role.Viewer)]
    [Operation("List how a segment went, run by run", Page = typeof(SegmentHistoryEntry))]
    [Parameter("from", "Runs that finished at or after this moment.", Type = typeof(DateTimeOffset))]
    [Parameter("to", "Runs that finished before this moment.", Type = typeof(DateTimeOffset))]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/segments/{id}/history")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        List<Fault> faults = [];
        var (from, to) = (QueryFilters.Moment(request.Query, "from", faults), QueryFilters.Moment(request.Query, "to", faults));
        var read = await ApiRequest.ReadPage(request, "from", "to").ThenAsync(async page => faults.Count > 0
            ? QueryFilters.Invalid(faults)
            : await history.ListAsync(id, from, to, page, cancellationToken));
        return read.Match(entries => ApiResults.Page(request, entries, HistoryJson.Default.SegmentHistoryEntry), ApiResults.Problem);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(SegmentHistoryEntry))]
internal sealed partial class HistoryJson : JsonSerializerContext;
