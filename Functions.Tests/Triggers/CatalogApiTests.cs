using System.Reflection;
using System.Text.Json;
using AudienceSync.Access;
using AudienceSync.Connectors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AudienceSync.Triggers;

public sealed class CatalogApiTests
{
    private readonly CatalogApi _api = new(ConnectorList.All);

    [Fact]
    public async Task List_Connectors_ShowsEachCard()
    {
        var (status, body) = await RunAsync(_api.List);

        status.ShouldBe(200);
        body.GetProperty("value").EnumerateArray().Select(card => card.GetProperty("type").GetString())
            .ShouldBe(AudienceSync.Connectors.ConnectorList.All.All.Select(connector => connector.Type));
        body.TryGetProperty("nextLink", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Get_KnownType_ShowsSchemaAndCapabilities()
    {
        var (status, card) = await RunAsync(request => _api.Get(request, "webhook"));

        status.ShouldBe(200);
        card.GetProperty("displayName").GetString().ShouldBe("Webhook");
        card.GetProperty("settings").GetProperty("required").EnumerateArray().Single().GetString().ShouldBe("url");
        var batchSize = card.GetProperty("settings").GetProperty("properties").GetProperty("batchSize");
        (batchSize.GetProperty("type").GetString(), batchSize.GetProperty("minimum").GetInt32(), batchSize.GetProperty("maximum").GetInt32(), batchSize.GetProperty("default").GetInt32())
            .ShouldBe(("integer", 1, 1_000, 100));
        card.GetProperty("capabilities").GetProperty("forms").EnumerateArray().Select(form => form.GetString()).ShouldBe(["membership", "events"]);
        card.GetProperty("capabilities").GetProperty("operations").EnumerateArray().Select(operation => operation.GetString()).ShouldBe(["add", "update", "remove"]);
    }

    [Fact]
    public async Task Get_UnknownType_IsNotFound() => (await RunAsync(request => _api.Get(request, "carrier-pigeon"))).Status.ShouldBe(404);

    [Fact]
    public async Task List_UnknownParameter_IsRefused() => (await RunAsync(_api.List, "?colour=red")).Status.ShouldBe(400);

    [Fact]
    public void Functions_NameTheRoleViewer() => typeof(CatalogApi).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .ShouldAllBe(method => method.GetCustomAttribute<RequiresRoleAttribute>()!.Roles.Contains(Role.Viewer));

    private static async Task<(int Status, JsonElement Body)> RunAsync(Func<HttpRequest, IResult> act, string query = "")
    {
        using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        var context = new DefaultHttpContext { RequestServices = services, Response = { Body = new MemoryStream() } };
        context.Request.Method = "GET";
        context.Request.Path = "/api/v1/catalog/connectors";
        context.Request.QueryString = new(query);
        await act(context.Request).ExecuteAsync(context);
        context.Response.Body.Position = 0;
        using var document = await JsonDocument.ParseAsync(context.Response.Body);
        return (context.Response.StatusCode, document.RootElement.Clone());
    }
}
