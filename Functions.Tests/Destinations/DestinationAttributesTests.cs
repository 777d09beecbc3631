using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

public sealed class DestinationAttributesTests
{
    private readonly DestinationWorld _world = new();

    [Fact]
    public async Task ReadAsync_Destinations_UseWhatTheySendAndAskFor()
    {
        var attributes = new Dictionary<string, ImmutableArray<CellType>> { ["orders"] = [CellType.Integer], ["shop_x"] = [CellType.Text], ["tags"] = [CellType.TextList], ["vip"] = [CellType.Boolean] };
        var open = await CreateAsync("""
            {"name":"Open","connectionId":"con_open","filters":[{"action":"drop","if":{"attr":"vip","op":"eq","value":true}}],
             "mapping":[{"from":"id","to":"user_id","identifier":true},{"template":"{{country}} {{orders}}","to":"x"},{"category":"shop"}]}
            """);
        var strict = await CreateAsync("""
            {"name":"Strict","connectionId":"con_strict","mode":"addOnly","mapping":[{"from":"email","to":"email","identifier":true},{"category":"general"}]}
            """);

        var uses = await new DestinationAttributes(_world.Store, _world.Connections, TestConnectors.Catalog).ReadAsync(attributes, default);

        uses.Where(use => use.User.Id == open).Select(use => use.Name).ShouldBe(["id", "country", "orders", "shop_x", "vip"]);
        uses.Where(use => use.User.Id == strict).Select(use => use.Name).ShouldBe(["email", "orders", "tags", "vip"]); // the card knows these fields
        uses.ShouldAllBe(use => use.User.Type == "destination");
        (await new DestinationAttributes(_world.Store, _world.Connections, TestConnectors.Catalog).ReadAsync(ImmutableDictionary<string, ImmutableArray<CellType>>.Empty, default))
            .Where(use => use.User.Id == strict).Select(use => use.Name).ShouldBe(["email"]);
    }

    private async Task<string> CreateAsync(string body) =>
        (await _world.Service.CreateAsync(JsonElement.Parse(body.Replace("{\"name\"", "{\"source\":{\"segmentId\":\"seg_shared\"},\"name\"", StringComparison.Ordinal)), default)).ShouldBeOk().Id;
}
