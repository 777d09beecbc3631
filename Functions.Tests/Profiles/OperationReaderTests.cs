using System.Text.Json;

namespace AudienceSync.Profiles;

public sealed class OperationReaderTests
{
    private static readonly string Text8K = new('x', 8 * 1024);

    [Theory]
    [InlineData("""{"id":"a"}""", "/op", "required")]
    [InlineData("""{"op":"identfy","id":"a"}""", "/op", "unknown_operation")]
    [InlineData("""{"op":1,"id":"a"}""", "/op", "wrong_type")]
    [InlineData("""{"op":"identify"}""", "/id", "required")]
    [InlineData("""{"op":"identify","id":7}""", "/id", "wrong_type")]
    [InlineData("""{"op":"identify","id":"a\u0000b"}""", "/id", "id_invalid")]
    [InlineData("""{"op":"identify","id":"a\ud800b"}""", "/id", "invalid_text")]
    [InlineData("""{"op":"identify","id":"a","atributes":{}}""", "/atributes", "unknown_field")]
    [InlineData("""{"op":"erase","id":"a","attributes":{}}""", "/attributes", "unknown_field")]
    [InlineData("""{"op":"identify","id":"a","attributes":[]}""", "/attributes", "wrong_type")]
    [InlineData("""{"op":"identify","id":"a","attributes":{"x":{"y":1}}}""", "/attributes/x", "wrong_type")]
    [InlineData("""{"op":"identify","id":"a","attributes":{"x":[1]}}""", "/attributes/x", "wrong_type")]
    [InlineData("""{"op":"identify","id":"a","attributes":{"x":1e400}}""", "/attributes/x", "number_out_of_range")]
    [InlineData("""{"op":"identify","id":"a","attributes":{"x":"\udc00"}}""", "/attributes/x", "invalid_text")]
    [InlineData("""{"op":"identify","id":"a","attributes":{"\udc00":1}}""", "", "invalid_text")]
    [InlineData("""{"op":"identify","id":"a","attributes":{"a/b~c$":1}}""", "/attributes/a~1b~0c$", "invalid_attribute_name")]
    [InlineData("""{"op":"identify","id":"a","attributes":{"":1}}""", "/attributes/", "invalid_attribute_name")]
    [InlineData("""{"op":"identify","id":"a","attributes":{"id":1}}""", "/attributes/id", "reserved_name")]
    [InlineData("""{"op":"identify","id":"a","attributes":{"trackingId":1}}""", "/attributes/trackingId", "reserved_name")]
    [InlineData("""{"op":"identify","id":"a","attributes":{"gaid":1}}""", "/attributes/gaid", "reserved_name")]
    [InlineData("""{"op":"identify","id":"a","identifiers":{"emial":"a@b"}}""", "/identifiers/emial", "unknown_identifier")]
    [InlineData("""{"op":"identify","id":"a","identifiers":{"email":"a b@c"}}""", "/identifiers/email", "invalid_email")]
    [InlineData("""{"op":"identify","id":"a","identifiers":{"email":"a@b@c"}}""", "/identifiers/email", "invalid_email")]
    [InlineData("""{"op":"identify","id":"a","identifiers":{"email":""}}""", "/identifiers/email", "invalid_email")]
    [InlineData("""{"op":"identify","id":"a","identifiers":{"phone":"004915112345678"}}""", "/identifiers/phone", "invalid_phone")]
    [InlineData("""{"op":"identify","id":"a","identifiers":{"phone":"+1234567"}}""", "/identifiers/phone", "invalid_phone")]
    [InlineData("""{"op":"identify","id":"a","identifiers":{"phone":"+1234567890123456"}}""", "/identifiers/phone", "invalid_phone")]
    [InlineData("""{"op":"identify","id":"a","identifiers":{"idfa":"6D92078A"}}""", "/identifiers/idfa", "invalid_idfa")]
    [InlineData("""{"op":"identify","id":"a","identifiers":{"gaid":"{cdda802e-fb9c-47ad-9866-0794d394c912}"}}""", "/identifiers/gaid", "invalid_gaid")]
    [InlineData("""{"op":"identify","id":"a","identifiers":{"external_id":7}}""", "/identifiers/external_id", "wrong_type")]
    [InlineData("""{"op":"identify","id":"a","occurredAt":"yesterday"}""", "/occurredAt", "invalid_time")]
    [InlineData("""{"op":"identify","id":"a","occurredAt":"2026-11-23T12:00:01Z"}""", "/occurredAt", "in_the_future")]
    [InlineData("""{"op":"consent","id":"a"}""", "/consents", "required")]
    [InlineData("""{"op":"consent","id":"a","consents":{"ads":{"state":"yes"}}}""", "/consents/ads/state", "unknown_state")]
    [InlineData("""{"op":"consent","id":"a","consents":{"ads":{}}}""", "/consents/ads/state", "required")]
    [InlineData("""{"op":"consent","id":"a","consents":{"ads":true}}""", "/consents/ads", "wrong_type")]
    [InlineData("""{"op":"consent","id":"a","consents":{"$x":{"state":"denied"}}}""", "/consents/$x", "invalid_purpose")]
    [InlineData("""{"op":"consent","id":"a","consents":{"ads":{"state":"denied","capturedAt":"2027-01-01T00:00:00Z"}}}""", "/consents/ads/capturedAt", "in_the_future")]
    [InlineData("""{"op":"consent","id":"a","purpose":"ads","state":"denied","consents":{}}""", "/purpose", "ambiguous")]
    [InlineData("""{"op":"consent","id":"a","state":"denied"}""", "/purpose", "required")]
    public void Read_OneFault_NamesItsPlaceAndCode(string json, string pointer, string code)
    {
        var (operation, faults) = Read(json);

        operation.ShouldBeNull();
        faults.ShouldBe([(pointer, code)]);
    }

    [Fact]
    public void Read_MisspeltName_SuggestsTheNearest()
    {
        var (_, faults) = OperationReader.Read(ProfileWorld.Json("""{"op":"identfy","id":"a"}"""), "", ProfileWorld.Start);

        faults.Single().Detail.ShouldEndWith("Did you mean 'identify'?");
    }

    [Fact]
    public void Read_ValuesAtTheirLimits_AreTakenAndOneMoreIsNot()
    {
        Read($$"""{"op":"identify","id":"{{new string('i', 256)}}"}""").Faults.ShouldBeEmpty();
        Read($$"""{"op":"identify","id":"{{new string('i', 257)}}"}""").Faults.ShouldBe([("/id", "id_too_long")]);
        Read($$$"""{"op":"identify","id":"a","attributes":{"t":"{{{Text8K}}}"}}""").Faults.ShouldBeEmpty();
        Read($$$"""{"op":"identify","id":"a","attributes":{"t":"{{{Text8K}}}x"}}""").Faults.ShouldBe([("/attributes/t", "text_too_long")]);
        Read($$$"""{"op":"identify","id":"a","attributes":{"t":"{{{new string('é', 4 * 1024)}}}x"}}""").Faults.ShouldBe([("/attributes/t", "text_too_long")]);
        Read($$$"""{"op":"identify","id":"a","attributes":{"t":[{{{Repeat("\"x\"", 100)}}}]}}""").Faults.ShouldBeEmpty();
        Read($$$"""{"op":"identify","id":"a","attributes":{"t":[{{{Repeat("\"x\"", 101)}}}]}}""").Faults.ShouldBe([("/attributes/t", "list_too_long")]);
        Read($$$"""{"op":"identify","id":"a","attributes":{{{{Numbered("1", 200)}}}}}""").Faults.ShouldBeEmpty();
        Read($$$"""{"op":"identify","id":"a","attributes":{{{{Numbered("1", 201)}}}}}""").Faults.ShouldBe([("/attributes", "too_many_attributes")]);
        Read($$$"""{"op":"identify","id":"a","attributes":{{{{Numbered($"\"{Text8K}\"", 40)}}}}}""").Faults.ShouldBe([("", "operation_too_large")]);
        Read("""{"op":"identify","id":"a","occurredAt":"2026-11-23T12:00:00Z"}""").Faults.ShouldBeEmpty();
    }

    [Fact]
    public void Read_NoTimes_TakesTheArrival()
    {
        var (operation, _) = Read("""{"op":"identify","id":"a","consents":{"ads":{"state":"denied"}}}""");

        operation.ShouldNotBeNull().OccurredAt.ShouldBe(ProfileWorld.Start);
        operation.Consents.Single().Value.CapturedAt.ShouldBe(ProfileWorld.Start);
    }

    [Theory]
    [InlineData("+49 (0151) 123-45678", "+49015112345678")]
    [InlineData("+1.415.555.0100", "+14155550100")]
    public void Read_PhoneWithSeparators_IsStoredWithoutThem(string phone, string expected)
    {
        var (operation, _) = Read($$$"""{"op":"identify","id":"a","identifiers":{"phone":{{{JsonSerializer.Serialize(phone)}}}}}""");

        operation.ShouldNotBeNull().Values.Single().Value.AsText().ShouldBe(expected);
    }

    private static (ProfileOperation? Operation, List<(string Pointer, string Code)> Faults) Read(string json)
    {
        var (operation, faults) = OperationReader.Read(ProfileWorld.Json(json), "", ProfileWorld.Start);
        return (operation, [.. faults.Select(fault => (fault.Pointer, fault.Code))]);
    }

    private static string Repeat(string text, int count) => string.Join(',', Enumerable.Repeat(text, count));

    private static string Numbered(string value, int count) => string.Join(',', Enumerable.Range(0, count).Select(n => $"\"a{n}\":{value}"));
}
