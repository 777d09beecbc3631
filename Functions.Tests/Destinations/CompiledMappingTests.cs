using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

public sealed class CompiledMappingTests
{
    private static readonly TrackingIds Tracking = new(new byte[32], new(new byte[16]));

    private static readonly Row Ana = new()
    {
        ["id"] = Cell.Of("c-1"),
        ["email"] = Cell.Of("ana@example.com"),
        ["country"] = Cell.Of("DE"),
        ["orders"] = Cell.Of(3L),
    };

    [Fact]
    public void Render_Profile_GivesTheFieldsInOrderWithTheirTypes()
    {
        var mapping = Compile(
            new() { From = "id", To = "user_id", Identifier = true },
            new() { From = "orders", To = "orders" },
            new() { From = "phone", To = "phone" },
            new() { Template = "{{country}}-{{orders}}", To = "label" },
            new() { Template = "{{phone}}", To = "call" },
            new() { Value = Cell.Of(true), To = "member" },
            new() { From = "trackingId", To = "trk" },
            new() { Template = "https://x.example/?t={{urlToken}}", To = "link" });

        var row = mapping.Render(Ana);

        row.ShouldBe(
        [
            KeyValuePair.Create("user_id", Cell.Of("c-1")),
            KeyValuePair.Create("orders", Cell.Of(3L)),
            KeyValuePair.Create("label", Cell.Of("DE-3")),
            KeyValuePair.Create("member", Cell.Of(true)),
            KeyValuePair.Create("trk", Cell.Of(Tracking.Of("c-1"))),
            KeyValuePair.Create("link", Cell.Of($"https://x.example/?t={Tracking.UrlTokenOf("c-1")}")),
        ]);
    }

    [Fact]
    public void Compile_Mapping_NamesColumnsAndTargets()
    {
        var mapping = Compile(
            new() { From = "email", To = "mail", Identifier = true },
            new() { Template = "{{country}}{{trackingId}}{{country}}", To = "label" },
            new() { Value = Cell.Of("x"), To = "constant" });

        mapping.Columns.ShouldBe(["id", "email", "country"]);
        mapping.Targets.ShouldBe(["mail", "label", "constant"]);
        mapping.IdentifierTargets.ShouldBe(["mail"]);
        mapping.IdentifiersOf(mapping.Render(Ana)).ShouldBe([KeyValuePair.Create("mail", Cell.Of("ana@example.com"))]);
    }

    [Theory]
    [InlineData("ana@example.com", null, true)]
    [InlineData(null, "+491", true)]
    [InlineData(null, null, false)]
    [InlineData("  ", null, false)]
    public void HasRequired_CardWantsOneOfTwo_AsksForOne(string? email, string? phone, bool expected)
    {
        var rules = new FieldRules
        {
            Identifiers = [Identifier.Email.As("email").TrimmedLowercase(), Identifier.Phone.As("phone")],
            Need = IdentifierNeed.AtLeastOneOf,
        };
        var mapping = Compile(new() { From = "email", To = "email", Identifier = true }, new() { From = "phone", To = "phone", Identifier = true });
        var profile = new Row { ["id"] = Cell.Of("c-1") };
        profile["email"] = email is null ? default : Cell.Of(email);
        profile["phone"] = phone is null ? default : Cell.Of(phone);

        mapping.HasRequired(mapping.Render(profile), rules).ShouldBe(expected);
    }

    [Fact]
    public void HasRequired_CardWantsNothing_AsksForAnIdentifierOfTheMapping()
    {
        var mapping = Compile(new() { From = "email", To = "mail", Identifier = true }, new() { From = "orders", To = "orders" });

        mapping.HasRequired(mapping.Render(Ana), FieldRules.Free).ShouldBeTrue();
        mapping.HasRequired(mapping.Render(new() { ["id"] = Cell.Of("c-2"), ["orders"] = Cell.Of(1L) }), FieldRules.Free).ShouldBeFalse();
    }

    [Fact]
    public void Bind_RandomPagesAndMappings_EqualsRenderOfEachRow()
    {
        for (var seed = 0; seed < 1_000; seed++)
        {
            var rows = new RandomRows(seed);
            var made = rows.Make(rows.Random.Next(1, 8));
            var names = made.SelectMany(row => row.Row.Select(cell => cell.Key)).Append("missing").Append("trackingId").Append("urlToken").Distinct().ToArray();
            var mapping = CompiledMapping.Compile(RandomMapping(rows.Random, names), Tracking);
            var builder = new PageBuilder();
            foreach (var (key, hash, row) in made)
            {
                builder.TryAppend(key, hash, row).ShouldBeTrue();
            }

            var page = PageReader.Open(builder.Seal(0).Single(), "test");
            var bound = mapping.Bind(page);
            for (var i = 0; i < made.Count; i++)
            {
                var profile = page.ReadRow(i);
                bound(i).ShouldBe(mapping.Render(profile), $"seed {seed}, row {i}");
            }
        }
    }

    private static ImmutableArray<MappingEntry> RandomMapping(Random random, string[] names) =>
        [.. Enumerable.Range(0, random.Next(1, 6)).Select(index =>
        {
            var name = names[random.Next(names.Length)];
            var entry = new MappingEntry { To = $"t{index}", Identifier = random.Next(3) == 0 };
            return random.Next(4) switch
            {
                0 => entry with { Value = Cell.Of(index) },
                1 when name.All(char.IsAsciiLetterOrDigit) => entry with { Template = $"{{{{{name} | upper}}}}/{{{{id}}}}" },
                _ => entry with { From = name },
            };
        })];

    private static CompiledMapping Compile(params ImmutableArray<MappingEntry> mapping) => CompiledMapping.Compile(mapping, Tracking);
}
