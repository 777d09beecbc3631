using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

public sealed class QueryShapeTests
{
    private static readonly ImmutableArray<QueryColumn> Columns =
    [
        new("customer_id", CellType.Integer, "bigint", IsKey: true),
        new("email", CellType.Text, "text", IsKey: true),
        new("phone", CellType.Decimal, "numeric", IsKey: true),
        new("revenue", CellType.Decimal, "numeric", IsKey: true),
        new("rate", CellType.Decimal, "double precision", IsKey: false),
        new("price", CellType.Absent, "money", IsKey: false),
        new("twice", CellType.Text, "text", IsKey: true),
        new("twice", CellType.Integer, "integer", IsKey: true),
        new("consent_marketing", CellType.Boolean, "boolean", IsKey: false),
        new("consent_sms", CellType.Text, "text", IsKey: true),
    ];

    [Fact]
    public void Of_SoundColumns_ReadsWhatIsWanted()
    {
        var faults = new List<Fault>();

        var shape = QueryShape.Of(Columns, "customer_id", ["id", "email", "revenue", "customer_id"], "marketing", "/source", faults).ShouldNotBeNull();

        faults.ShouldBeEmpty();
        shape.Schema.ShouldBe(
            [("id", CellType.Text), ("email", CellType.Text), ("revenue", CellType.Decimal), ("customer_id", CellType.Integer), ("$consent:marketing", CellType.Boolean)]);
        shape.Columns.Where(column => column.IsIdentifier).ShouldHaveSingleItem().Name.ShouldBe("email");
    }

    /// <summary>The suppression list may name a person by an identifier that nobody maps.</summary>
    [Fact]
    public void Of_IdentifiersNobodyMaps_AreReadWhereTheyCanBe() =>
        QueryShape.Of(Columns, "customer_id", ["id"], null, "/source", []).ShouldNotBeNull().Columns.Select(column => column.Name).ShouldBe(["email"]);

    [Theory]
    [InlineData("custmer_id", "revenue", null, "/source/keyColumn", "unknown_column")]
    [InlineData("rate", "revenue", null, "/source/keyColumn", "type_clash")]
    [InlineData("twice", "revenue", null, "/source/keyColumn", "duplicate_column")]
    [InlineData("customer_id", "revenu", null, "/source/query", "unknown_column")]
    [InlineData("customer_id", "price", null, "/source/query", "type_unsupported")]
    [InlineData("customer_id", "phone", null, "/source/query", "type_clash")]
    [InlineData("customer_id", "twice", null, "/source/query", "duplicate_column")]
    [InlineData("customer_id", "revenue", "email", "/consentPurpose", "unknown_column")]
    [InlineData("customer_id", "revenue", "sms", "/consentPurpose", "type_clash")]
    public void Of_UnfitColumns_NamesTheFault(string key, string wanted, string? purpose, string pointer, string code)
    {
        var faults = new List<Fault>();

        QueryShape.Of(Columns, key, ["id", wanted], purpose, "/source", faults).ShouldBeNull();

        faults.ShouldHaveSingleItem().ShouldSatisfyAllConditions(fault => fault.Pointer.ShouldBe(pointer), fault => fault.Code.ShouldBe(code));
    }

    [Theory]
    [InlineData("id")]
    [InlineData("trackingId")]
    [InlineData("urlToken")]
    public void Of_ReservedName_IsRefusedUnlessItIsTheKey(string name)
    {
        ImmutableArray<QueryColumn> columns = [.. Columns, new(name, CellType.Text, "text", IsKey: true)];
        var faults = new List<Fault>();

        QueryShape.Of(columns, "customer_id", ["id"], null, "/source", faults).ShouldBeNull();
        faults.ShouldHaveSingleItem().Code.ShouldBe("reserved_name");

        QueryShape.Of(columns, name, ["id"], null, "/source", []).ShouldNotBeNull();
    }

    [Fact]
    public void Of_SeveralFaults_TellsThemAllAtOnce()
    {
        var faults = new List<Fault>();

        QueryShape.Of(Columns, "rate", ["price", "nothing"], "sms", "/source", faults).ShouldBeNull();

        faults.Select(fault => fault.Code).ShouldBe(["type_clash", "type_unsupported", "unknown_column", "type_clash"]);
    }
}
