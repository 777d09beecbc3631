using System.Text.Json.Nodes;
using AudienceSync.Access;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Triggers.Shapes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/catalog/connectors</c>: which platforms there are, what they can do, and what their connections ask for.</summary>
public sealed class CatalogApi(ConnectorCatalog catalog)
{
    private const string Path = "api/v1/catalog/connectors";

    [Function("list-connectors")]
    [RequiresRole(Role.Viewer)]
    [Operation("List connectors", Page = typeof(ConnectorShape))]
    public IResult List([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request) =>
        ApiRequest.ReadPage(request).Match(
            page =>
            {
                var (connectors, next) = catalog.Page(page.Limit, page.After);
                return ApiResults.Page(request, new([.. connectors.Select(CardOf)], next), CatalogJson.Default.JsonObject);
            },
            ApiResults.Problem);

    [Function("get-connector")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read a connector", Answer = typeof(ConnectorShape))]
    public IResult Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/{{type}}")] HttpRequest request, string type) =>
        ApiRequest.UnknownParameters(request) is { } refusal ? ApiResults.Problem(refusal)
        : catalog.Find(type) is { } connector ? ApiResults.Ok(CardOf(connector), CatalogJson.Default.JsonObject)
        : ApiResults.Problem(Refusal.NotFound("connector", type));

    /// <summary>The card, with the modes that destinations may have there.</summary>
    private static JsonObject CardOf(ConnectorDefinition connector)
    {
        var card = ConnectorCard.Of(connector);
        card["capabilities"]!["modes"] = new JsonArray([.. ModeRules.Supported(connector.Capabilities).Select(mode => (JsonNode)JsonFields.Spelling(mode))]);
        return card;
    }
}
