using AudienceSync.Access;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>The audit trail, the newest call first.</summary>
public sealed class AuditApi(IAuditLog audit)
{
    [Function("list-audit-events")]
    [RequiresRole(Role.Admin)]
    [Operation("List audit events", Page = typeof(AuditEvent))]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/audit-events")] HttpRequest request, CancellationToken cancellationToken)
    {
        var read = ApiRequest.ReadPage(request);
        if (read is not Result<PageRequest>.Ok(var page))
        {
            return read.Match(_ => Results.Empty, ApiResults.Problem);
        }

        // One more than asked for tells whether another page follows.
        var events = await audit.ListAsync(page.Limit + 1, page.After, cancellationToken);
        return ApiResults.Page(request, ListPage.Cut(events, page, each => each.Id), AccessJson.Default.AuditEvent);
    }
}
