using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Connectors;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Destinations;

/// <summary>The catalogue's schema of a mapping and the rules that destinations are saved by say the same.</summary>
public sealed class MappingSchemaTests
{
    private static readonly string[] Words = ["email", "phone", "user_id", "first name", "Ümlaut", "orders", "a", "", "x-y", "$x", new('z', 129)];

    [Fact]
    public void Bounds_AreThoseOfTheReader()
    {
        MappingSchema.MaxEntries.ShouldBe(MappingEntry.MaxEntries);
        MappingSchema.MaxTargetLength.ShouldBe(MappingEntry.MaxTargetLength);
    }

    [Fact]
    public void Schema_RandomMappings_HoldsWhereTheRulesDo()
    {
        var random = new Random(17);
        var (valid, invalid) = (0, 0);
        for (var round = 0; round < 3_000; round++)
        {
            var rules = Rules(random);
            var names = rules.Names.Concat(Words).ToArray();
            var entries = Enumerable.Range(0, random.Next(0, 5)).Select(_ => Entry(random, names)).ToList();
            var json = $"[{string.Join(',', entries)}]";

            var isSound = IsSound(json, rules, out var unknownTwice);
            if (unknownTwice)
            {
                continue; // what the schema cannot say
            }

            JsonSchemaCheck.IsValid(MappingSchema.Of(rules), JsonNode.Parse(json)).ShouldBe(isSound, $"{json}\n{MappingSchema.Of(rules).ToJsonString()}");
            _ = isSound ? valid++ : invalid++;
        }

        valid.ShouldBeGreaterThan(100);
        invalid.ShouldBeGreaterThan(1_000);
    }

    [Theory]
    [MemberData(nameof(CatalogTests.Types), MemberType = typeof(CatalogTests))]
    public void Schema_OfEachConnector_TakesItsDefaultMapping(string type)
    {
        var connector = ConnectorList.All.Find(type)!;
        var card = ConnectorCard.Of(connector);

        if (!connector.DefaultMapping.IsEmpty)
        {
            JsonSchemaCheck.IsValid(card["mapping"]!, card["defaultMapping"]).ShouldBeTrue(card["mapping"]!.ToJsonString());
        }
    }

    [Theory]
    [MemberData(nameof(CatalogTests.Cases), MemberType = typeof(CatalogTests))]
    public void Schema_OfEachConnector_TakesItsExampleSettings(string type, int example)
    {
        var connector = ConnectorList.All.Find(type)!;
        var settings = ConnectorExamples.All[type].SettingsOf(example);
        var card = ConnectorCard.Of(connector);

        JsonSchemaCheck.IsValid(card["settings"]!, Json(settings.Values)).ShouldBeTrue();
        JsonSchemaCheck.IsValid(card["secrets"]!, Json(settings.Secrets)).ShouldBeTrue();
        JsonSchemaCheck.IsValid(card["settings"]!, new JsonObject { ["noSuchSetting"] = "x" }).ShouldBeFalse();

        JsonObject Json(ImmutableDictionary<string, string> values) => new(values
            .Where(value => !connector.Settings.First(field => field.Name == value.Key).Hidden)
            .Select(value => KeyValuePair.Create(value.Key, connector.Settings.First(field => field.Name == value.Key).Kind switch
            {
                SettingKind.Number => (JsonNode?)long.Parse(value.Value, System.Globalization.CultureInfo.InvariantCulture),
                SettingKind.Flag => value.Value is "true",
                _ => value.Value,
            })));
    }

    private static bool IsSound(string json, FieldRules rules, out bool unknownTwice)
    {
        var faults = new List<Fault>();
        var mapping = MappingReader.Read(JsonFields.Open(JsonElement.Parse($$"""{"mapping":{{json}}}"""), "", faults)!, faults)!.Value;
        var selects = mapping.Any(entry => entry is { Category: not null });
        var targets = mapping.Where(entry => entry is { Category: null }).Select(entry => entry!.To).ToList();
        var known = rules.Names.ToHashSet();
        unknownTwice = targets.Where(target => !known.Contains(target)).GroupBy(target => target).Any(group => group.Count() > 1);
        return faults.Count == 0 && rules.Check(targets).All(fault => selects && fault.Pointer == "/mapping" && fault.Code is "missing_field" or "missing_identifier");
    }

    private static FieldRules Rules(Random random)
    {
        ImmutableArray<IdentifierRule> identifiers = [.. new[] { Identifier.Email.As("email"), Identifier.Phone.As("phone"), Identifier.ProfileId.As("user_id") }.Take(random.Next(1, 4))];
        return new()
        {
            Identifiers = identifiers,
            Need = (IdentifierNeed)random.Next(4),
            Known = random.Next(2) == 0 ? [] : ["orders", "first name"],
            Required = random.Next(4) == 0 ? ["orders"] : [],
            Typed = random.Next(3) == 0 ? [new("born", FieldType.Date)] : [],
            OnlyKnown = random.Next(2) == 0,
            NamePattern = random.Next(2) == 0 ? "^[a-z_]+$" : null,
        };
    }

    private static string Entry(Random random, string[] names)
    {
        var entry = new JsonObject();
        if (random.Next(12) > 0)
        {
            entry["to"] = names[random.Next(names.Length)];
        }

        if (random.Next(12) > 0)
        {
            entry["from"] = "id";
        }
        else
        {
            entry["value"] = random.Next(2);
        }

        if (random.Next(20) == 0)
        {
            entry["template"] = "x";
        }

        if (random.Next(8) == 0)
        {
            entry = new() { ["category"] = random.Next(12) == 0 ? "" : "shop" };
            if (random.Next(3) > 0)
            {
                entry["to"] = random.Next(3) == 0 ? names[random.Next(names.Length)] : random.Next(2) == 0 ? "{{name}}" : "x_{{ suffix | lower }}";
            }

            if (random.Next(12) == 0)
            {
                entry["identifier"] = random.Next(2) == 0;
            }
        }

        if (random.Next(20) == 0)
        {
            entry["nulls"] = random.Next(2) == 0 ? "send" : "never";
        }

        if (random.Next(30) == 0)
        {
            entry["colour"] = "red";
        }

        return entry.ToJsonString();
    }
}
