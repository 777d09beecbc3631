using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

public sealed class CategoryMappingTests
{
    private static readonly MappingEntry Id = new() { From = "id", To = "user_id", Identifier = true };

    private static readonly ImmutableDictionary<string, ImmutableArray<CellType>> Attributes = new Dictionary<string, ImmutableArray<CellType>>
    {
        ["shop_orders"] = [CellType.Integer],
        ["shop_revenue"] = [CellType.Decimal],
        ["Shop_Orders"] = [CellType.Integer],
        ["web.visits"] = [CellType.Integer],
        ["country"] = [CellType.Text],
    }.ToImmutableDictionary();

    [Fact]
    public void Expand_Category_IsAFieldForEachOfItsAttributesInOrderOfNames() =>
        Expand(Id, Category("shop"), new() { From = "country", To = "country" })
            .ShouldBe(["0 id→user_id", "1 Shop_Orders→Shop_Orders", "1 shop_orders→shop_orders", "1 shop_revenue→shop_revenue", "2 country→country"]);

    [Theory]
    [InlineData("{{suffix}}", "visits")]
    [InlineData("{{category}}_{{suffix | upper}}", "web_VISITS")]
    [InlineData("x {{name}}", "x web.visits")]
    public void Expand_Target_IsMadeOfTheName(string target, string expected) => Expand(Id, Category("WEB", target)).ShouldBe(["0 id→user_id", $"1 web.visits→{expected}"]);

    [Fact]
    public void Expand_EntriesOfTheirOwn_ComeFirst()
    {
        Expand(Category("shop"), new() { From = "shop_orders", To = "orders", SetOnce = true }).ShouldBe(["0 Shop_Orders→Shop_Orders", "0 shop_revenue→shop_revenue", "1 shop_orders→orders"]);
        var taken = Whole([Category("shop"), new() { From = "country", To = "shop_revenue" }], FieldRules.Free);
        taken.LeftOut.ShouldHaveSingleItem().ShouldBe(new(0, "shop_revenue", "'shop_revenue' is mapped by another entry."));
    }

    [Fact]
    public void Expand_TwoAttributesForOneField_TakesTheFirst()
    {
        var whole = Whole([Category("shop", "{{suffix | lower}}")], FieldRules.Free);

        Show(whole).ShouldBe(["0 Shop_Orders→orders", "0 shop_revenue→revenue"]);
        whole.LeftOut.ShouldHaveSingleItem().Name.ShouldBe("shop_orders");
    }

    [Fact]
    public void Expand_WhatThePlatformCannotTake_IsLeftOut()
    {
        var rules = new FieldRules { Typed = [new("shop_orders", FieldType.Boolean)], NamePattern = "^[a-z_]+$" };

        var whole = Whole([Category("shop"), Category("web"), Category("identifiers")], rules);

        Show(whole).ShouldBe(["0 shop_revenue→shop_revenue", "2 email→email", "2 external_id→external_id", "2 gaid→gaid", "2 idfa→idfa", "2 phone→phone"]);
        whole.LeftOut.Select(attribute => attribute.Name).ShouldBe(["Shop_Orders", "shop_orders", "web.visits"]);
    }

    [Fact]
    public void Expand_PoliciesOfTheCategory_AreThoseOfItsFields() =>
        Whole([Category("web") with { Nulls = NullPolicy.Send }], FieldRules.Free).Entries.ShouldHaveSingleItem().ShouldBe(new MappingEntry { From = "web.visits", To = "web.visits", Nulls = NullPolicy.Send });

    /// <summary>Whatever comes into a category: the mapping stays within its bounds, no field is there twice, and more attributes never take a field's attribute away.</summary>
    [Fact]
    public void Expand_RandomAttributes_IsAlwaysAMapping()
    {
        var rules = new FieldRules { NamePattern = "^[a-zA-Z_.0-9]+$", Typed = [new("a_1", FieldType.Number)] };
        var full = 0;
        for (var seed = 0; seed < 1_000; seed++)
        {
            var random = new Random(seed);
            var names = Enumerable.Range(0, random.Next(0, seed % 10 == 0 ? 900 : 40)).Select(_ => $"{"ab"[random.Next(2)]}{"_.:"[random.Next(3)]}{random.Next(seed % 10 == 0 ? 2_000 : 30)}").Distinct().ToList();
            var attributes = names.ToImmutableDictionary(name => name, _ => ImmutableArray.Create((CellType)random.Next(1, 4)));
            ImmutableArray<MappingEntry?> mapping = [Id, Category("a", random.Next(2) == 0 ? "{{name}}" : "{{suffix}}"), Category("b"), new() { From = "a_3", To = "three" }];

            var whole = CategoryMapping.Expand(mapping, attributes, ofProfiles: true, rules);

            whole.Fields.Length.ShouldBeLessThanOrEqualTo(CategoryMapping.MostFields);
            whole.Entries.Select(entry => entry.To).ShouldBeUnique();
            rules.Check([.. whole.Entries.Select(entry => entry.To)]).ShouldBeEmpty();
            MappingRules.CheckTypes([.. whole.Entries], rules, attributes, "").ShouldBeEmpty();
            (whole.Fields.Length + whole.LeftOut.Length).ShouldBe(2 + names.Count(name => name is not "a_3"), $"seed {seed}");
            CategoryMapping.Expand(mapping, attributes.Reverse().ToDictionary(), ofProfiles: true, rules).Entries.ShouldBe(whole.Entries);
            full += whole.Fields.Length == CategoryMapping.MostFields ? 1 : 0;
        }

        full.ShouldBeGreaterThan(10);
    }

    [Fact]
    public void Compile_CategoryNotPutIntoAttributes_Throws() =>
        Should.Throw<ArgumentException>(() => CompiledMapping.Compile([Category("shop")], new(new byte[32], new(new byte[16])))).Message.ShouldContain("shop");

    private static MappingEntry Category(string category, string to = "{{name}}") => new() { Category = category, To = to };

    private static IEnumerable<string> Expand(params ImmutableArray<MappingEntry?> mapping) => Show(Whole(mapping, FieldRules.Free));

    private static ExpandedMapping Whole(ImmutableArray<MappingEntry?> mapping, FieldRules rules) => CategoryMapping.Expand(mapping, Attributes, ofProfiles: true, rules);

    private static IEnumerable<string> Show(ExpandedMapping whole) => whole.Fields.Select(field => $"{field.Index} {field.Entry.From}→{field.Entry.To}");
}
