using System.Text.Json;
using AudienceSync.Fakes;

namespace AudienceSync.Destinations;

public sealed class SentAttributesTests
{
    private readonly DestinationWorld _world = new();

    [Fact]
    public async Task Attributes_BesideAMapping_AreSentUnderTheirOwnNames()
    {
        var made = await CreateAsync("con_open", """ "mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"orders","to":"order_count"}],"attributes":["country","orders","country","vip"] """);

        Show(made).ShouldBe(["id>user_id*", "orders>order_count", "country>country", "vip>vip"]);
    }

    /// <summary>Sent again with a destination that has them, they add nothing.</summary>
    [Fact]
    public async Task Attributes_InAPatch_AddWhatIsMissing()
    {
        var made = await CreateAsync("con_open", """ "mapping":[{"from":"id","to":"user_id","identifier":true}],"attributes":["country"] """);

        var patched = await _world.PatchAsync(made, """{"attributes":["country","vip"]}""");

        Show(patched).ShouldBe(["id>user_id*", "country>country", "vip>vip"]);
    }

    [Theory]
    [InlineData("""["", 7]""", "/attributes/0 wrong_type", "/attributes/1 wrong_type")]
    [InlineData("\"orders\"", "/attributes wrong_type")]
    public async Task Attributes_Faulty_TellWhere(string attributes, params string[] expected) =>
        (await _world.Service.CreateAsync(Body("con_open", $$""" "mapping":[{"from":"id","to":"user_id","identifier":true}],"attributes":{{attributes}} """), default))
            .ShouldBeRefused("validation_failed").Faults.Select(fault => $"{fault.Pointer} {fault.Code}").ShouldBe(expected);

    /// <summary>What a platform of known fields does not take is told where the request names it.</summary>
    [Fact]
    public async Task Attributes_UnknownToThePlatform_AreToldAtTheirPlace() =>
        (await _world.Service.CreateAsync(Body("con_strict", """ "mode":"addOnly","mapping":[{"from":"email","to":"email","identifier":true}],"attributes":["email","country"] """), default))
            .ShouldBeRefused("validation_failed").Faults.Select(fault => $"{fault.Pointer} {fault.Code}").ShouldBe(["/attributes/1 unknown_field"]);

    private static IEnumerable<string> Show(DestinationView destination) =>
        destination.Mapping.Select(entry => $"{entry.From}>{entry.To}{(entry.Identifier ? "*" : "")}");

    private static JsonElement Body(string connection, string more) => JsonElement.Parse($$"""{"segmentId":"seg_shared","connectionId":"{{connection}}",{{more}}}""");

    private async Task<DestinationView> CreateAsync(string connection, string more) => (await _world.Service.CreateAsync(Body(connection, more), default)).ShouldBeOk();
}
