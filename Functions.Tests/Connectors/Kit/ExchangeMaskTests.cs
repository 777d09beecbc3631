using System.Collections.Immutable;
using System.Text.Json;

namespace AudienceSync.Connectors.Kit;

public sealed class ExchangeMaskTests
{
    private static readonly ConnectorDefinition Connector = Samples.Connector() with
    {
        Fields = new() { Identifiers = [Identifier.Email.As("email").TrimmedLowercase().Sha256Hex(), Identifier.Phone.As("phone").DigitsOnly()] },
    };

    private static readonly DeliveryRow Ana = Samples.Row(
        "c-1", DeliveryOperation.Add,
        ("email", " Ana+x@Example.com "), ("phone", "+1 (415) 555-0100"), ("name", "Ana Ünal"), ("orders", 3), ("points", 123456L), ("tags", new[] { "vip lounge", "x" }),
        ("born", new DateTimeOffset(1990, 5, 17, 0, 0, 0, TimeSpan.Zero)));

    /// <summary>Every way a value goes over the wire: as it is, escaped for JSON and for addresses, normalised, hashed.</summary>
    public static TheoryData<string, string> Texts => new()
    {
        { """{"email":" Ana+x@Example.com "}""", """{"email":"•••"}""" },
        { """{"email":"ANA+X@EXAMPLE.COM"}""", """{"email":"•••"}""" },
        { """{"email":" Ana\u002Bx@Example.com "}""", """{"email":"•••"}""" },
        { """{"name":"Ana Ünal"}""", """{"name":"•••"}""" },
        { """{"name":"Ana \u00DCnal"}""", """{"name":"•••"}""" },
        { "name=Ana%20%C3%9Cnal&x=1", "name=•••&x=1" },
        { "name=Ana+Ünal&x=1", "name=•••&x=1" },
        { """{"phone":"14155550100"}""", """{"phone":"•••"}""" },
        { """{"phone":"\u002B1 (415) 555-0100"}""", """{"phone":"•••"}""" },
        { """{"phone":"+49 30 1234567"}""", """{"phone":"•••"}""" },
        { """{"points":123456,"orders":3}""", """{"points":•••,"orders":3}""" },
        { """{"points":1234567}""", """{"points":1234567}""" },
        { """["vip lounge","x"]""", """["•••","x"]""" },
        { """{"born":"1990-05-17T00:00:00Z"}""", """{"born":"•••"}""" },
        { """{"id":"c-1","other":"c-12"}""", """{"id":"•••","other":"c-12"}""" },
        { "no such member somebody.else@mail.example", "no such member •••" },
        { "d41d8cd98f00b204e9800998ecf8427e da39a3ee5e6b4b0d3255bfef95601890afd80709 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "••• ••• •••" },
        { """{"echo":"{\u0022id\u0022:\u0022c-1\u0022,\u0022name\u0022:\u0022Ana Ünal\u0022}"}""", """{"echo":"{\u0022id\u0022:\u0022•••\u0022,\u0022name\u0022:\u0022•••\u0022}"}""" },
        { """{"echo":"\u0022d41d8cd98f00b204e9800998ecf8427e\u0022 \nc-1\n"}""", """{"echo":"\u0022•••\u0022 \n•••\n"}""" },
        { "echo=%22c-1%22&hash=%22d41d8cd98f00b204e9800998ecf8427e%22", "echo=%22•••%22&hash=%22•••%22" },
        { "trace 01ARZ3NDEKTSV4RRFFQ69G5FAV", "trace 01ARZ3NDEKTSV4RRFFQ69G5FAV" },
        { "", "" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Apply_Bodies_HoldNobody(string text, string expected)
    {
        var masked = Mask([Ana]).Apply(Exchange(text, text));

        masked.RequestBody.ShouldBe(expected);
        masked.ResponseBody.ShouldBe(expected);
    }

    [Fact]
    public void Apply_AddressAndHeaders_HoldNobody()
    {
        var masked = Mask([Ana]).Apply(Exchange(null, null) with
        {
            Url = "https://api.example/lists/123456789/members/ana%2Bx%40example.com?phone=%2B14155550100&hash=d41d8cd98f00b204e9800998ecf8427e",
            RequestHeaders = [KeyValuePair.Create("X-User", "c-1"), KeyValuePair.Create("X-Trace", "d41d8cd98f00b204e9800998ecf8427e")],
            ResponseHeaders = [KeyValuePair.Create("X-Echo", "ana+x@example.com is known")],
        });

        masked.Url.ShouldBe("https://api.example/lists/123456789/members/•••?phone=%2B•••&hash=•••");
        masked.RequestHeaders.Select(header => header.Value).ShouldBe(["•••", "d41d8cd98f00b204e9800998ecf8427e"]);
        masked.ResponseHeaders.Single().Value.ShouldBe("••• is known");
        masked.RequestBody.ShouldBeNull();
    }

    [Fact]
    public void Apply_NoRows_MasksWhatLooksLikeAPerson() =>
        Mask([]).Apply(Exchange("ana@example.com", "fine")).ShouldSatisfyAllConditions(
            exchange => exchange.RequestBody.ShouldBe("•••"), exchange => exchange.ResponseBody.ShouldBe("fine"));

    /// <summary>The answer of a large batch may name its last row; what is searched for everywhere ends before it.</summary>
    [Fact]
    public void Apply_LargeBatch_MasksLaterRowsInAnswers()
    {
        ImmutableArray<DeliveryRow> rows = [.. Enumerable.Range(0, 10_000).Select(number => Samples.Row($"c-{number}", DeliveryOperation.Add, ("name", $"Person {number}"), ("code", 70_000_000L + number)))];

        var masked = Mask(rows).Apply(Exchange(null, """{"errors":[{"who":"Person 9999","code":70009999,"id":"c-9998"},{"who":"Person 3"}]}"""));

        masked.ResponseBody.ShouldBe("""{"errors":[{"who":•••,"code":•••,"id":•••},{"who":"•••"}]}""");
    }

    /// <summary>Random people in random spellings: none is left, and the text around them is.</summary>
    [Fact]
    public void Apply_RandomBodies_LeaveNoValueBehind()
    {
        var random = new Random(3);
        for (var round = 0; round < 1_000; round++)
        {
            ImmutableArray<DeliveryRow> rows =
            [
                .. Enumerable.Range(0, random.Next(1, 6)).Select(_ => Samples.Row(
                    $"id-{random.Next(10_000, 99_999)}", DeliveryOperation.Add, ("email", $"u{random.Next(1_000_000)}@x{random.Next(100)}.example"), ("city", Word(random)))),
            ];
            var body = string.Join(random.Next(2) == 0 ? "," : "|", rows.SelectMany(row => new[] { row.ProfileId, row.Fields["email"].ToString(), row.Fields["city"].ToString() })
                .Select(value => random.Next(3) switch { 0 => value.ToUpperInvariant(), 1 => JsonSerializer.Serialize(value), _ => Uri.EscapeDataString(value) }));

            var masked = Mask(rows).Apply(Exchange(body, body)).RequestBody!;

            foreach (var row in rows)
            {
                masked.ShouldNotContain(row.ProfileId, Case.Insensitive);
                masked.ShouldNotContain(row.Fields["email"].ToString().Split('@')[0], Case.Insensitive);
                masked.ShouldNotContain(row.Fields["city"].ToString(), Case.Insensitive);
            }
        }
    }

    private static string Word(Random random) => string.Concat(Enumerable.Range(0, random.Next(4, 9)).Select(_ => (char)random.Next('a', 'z')));

    private static ExchangeMask Mask(ImmutableArray<DeliveryRow> rows) => new(Connector, rows);

    private static Exchange Exchange(string? request, string? response) =>
        new("POST", "https://api.example/members", [], request, 200, [], response, TimeSpan.Zero, null);
}
