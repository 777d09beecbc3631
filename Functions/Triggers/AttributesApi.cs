using AudienceSync.Access;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Profiles;
using AudienceSync.Profiles.Attributes;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/catalog/attributes</c>: what profiles have, how many have it, and what uses it.</summary>
public sealed class AttributesApi(AttributeList attributes)
{
    private const int MaxSearchLength = 200;

    [Function("list-attributes")]
    [RequiresRole(Role.Viewer)]
    [Operation("List the attributes and identifiers of profiles", Page = typeof(AttributeView))]
    [Parameter("search", "Those whose name holds the text, whatever its case.")]
    [Parameter("category", "Those of one of these categories.", Many = true)]
    [Parameter("type", "Those of which a value of one of these types was seen.", Many = true)]
    [Parameter("piiClass", "Those of one of these classes.", Type = typeof(PiiClass), Many = true)]
    [Parameter("kind", "Attributes, or identifiers.", Type = typeof(AttributeKind), Many = true)]
    [Parameter("used", "Those that something uses, or that nothing uses.", Type = typeof(bool))]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/catalog/attributes")] HttpRequest request, CancellationToken cancellationToken)
    {
        var read = ApiRequest.ReadPage(request, "search", "category", "type", "piiClass", "kind", "used");
        if (read is not Result<PageRequest>.Ok(var page))
        {
            return ApiResults.Problem(((Result<PageRequest>.Refused)read).Refusal);
        }

        List<Fault> faults = [];
        var filter = ReadFilter(request.Query, faults);
        return faults.Count > 0
            ? ApiResults.Problem(QueryFilters.Invalid(faults))
            : ApiResults.Page(request, await attributes.ListAsync(page, filter, cancellationToken), ProfilesJson.Default.AttributeView);
    }

    private static AttributeFilter ReadFilter(IQueryCollection query, List<Fault> faults)
    {
        var search = query["search"].ToString().Trim();
        if (search.Length > MaxSearchLength)
        {
            faults.Add(new("search", "too_long", $"search has {search.Length} characters; at most {MaxSearchLength} are looked for."));
        }

        var types = QueryFilters.Words(query, "type");
        faults.AddRange(types.Where(type => !AttributeList.TypeNames.Contains(type)).Select(type => new Fault(
            "type", "unknown_value", $"'{type}' is no type: one of {string.Join(", ", AttributeList.TypeNames)}.{NearestName.Suggestion(type, AttributeList.TypeNames)}")));
        return new(
            search.Length == 0 ? null : search,
            [.. QueryFilters.Words(query, "category").Select(category => category.Trim())],
            [.. types],
            [.. QueryFilters.Choices<PiiClass>(query, "piiClass", faults)],
            [.. QueryFilters.Choices<AttributeKind>(query, "kind", faults)],
            QueryFilters.Flag(query, "used", faults));
    }
}
