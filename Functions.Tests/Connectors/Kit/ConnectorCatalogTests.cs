namespace AudienceSync.Connectors.Kit;

public sealed class ConnectorCatalogTests
{
    [Fact]
    public void New_SameTypeTwice_Throws() => Should.Throw<ArgumentException>(() => new ConnectorCatalog(Samples.Connector(), Samples.Connector())).Message.ShouldContain("sample");

    [Fact]
    public void Find_UnknownType_IsNull() => ConnectorList.All.Find("carrier-pigeon").ShouldBeNull();

    [Fact]
    public void Page_Limit_GoesOnAfterTheLast()
    {
        var catalog = new ConnectorCatalog(Samples.Connector() with { Type = "c" }, Samples.Connector() with { Type = "a" }, Samples.Connector() with { Type = "b" });

        var (first, next) = catalog.Page(2, null);
        var (second, end) = catalog.Page(2, next);

        first.Select(each => each.Type).ShouldBe(["a", "b"]);
        second.Select(each => each.Type).ShouldBe(["c"]);
        end.ShouldBeNull();
    }
}
