using System.Text;
using AudienceSync.Fakes;
using AudienceSync.Faults;

namespace AudienceSync.Http;

public sealed class ApiRequestTests
{
    [Fact]
    public async Task Read_GoodBody_IsTheValue()
    {
        var sample = await ReadAsync("""{"name":"n","limit":3,"mode":"fullResync","items":[{"to":"a"},{"to":"b","from":"c"}],"rules":{"any":[1]},"free":[1],"headers":{"x":"y"},"at":"2026-01-05T00:00:00Z"}""");

        sample.Name.ShouldBe("n");
        sample.Limit.ShouldBe(3);
        sample.Mode.ShouldBe(SampleMode.FullResync);
        sample.Items.ShouldBe([new("a"), new("b", "c")]);
        sample.Rules.GetProperty("any")[0].GetInt32().ShouldBe(1);
        sample.Headers!["x"].ShouldBe("y");
    }

    [Fact]
    public async Task Read_ManyFaults_NamesEachWithItsPointer()
    {
        var refusal = await RefuseAsync("""{"nmae":"n","limit":"3","items":[{"to":"a","form":"b"},{"from":"x"},7],"headers":{"a/b":1},"mode":"fulResync","note":5,"at":"yesterday"}""");

        (refusal.Kind, refusal.Code).ShouldBe((RefusalKind.Invalid, "validation_failed"));
        refusal.Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldBe(
        [
            ("/nmae", "unknown_field"), ("/limit", "wrong_type"), ("/items/0/form", "unknown_field"), ("/items/1/to", "required"), ("/items/2", "wrong_type"),
            ("/headers/a~1b", "wrong_type"), ("/mode", "unknown_value"), ("/note", "wrong_type"), ("/at", "wrong_type"), ("/name", "required"),
        ]);
        Detail(refusal, "/nmae").ShouldBe("'nmae' is not a field here. Did you mean 'name'?");
        Detail(refusal, "/limit").ShouldBe("This takes a whole number of 32 bits, but got the text '3'.");
        Detail(refusal, "/mode").ShouldBe("'fulResync' is not a value of this field. Did you mean 'fullResync'? It takes incremental, fullResync.");
    }

    [Theory]
    [InlineData("""{"name":null}""", "/name")]
    [InlineData("""{"name":"n","limit":null}""", "/limit")]
    [InlineData("""{"name":"n","limit":1.5}""", "/limit")]
    [InlineData("""{"name":"n","limit":3000000000}""", "/limit")]
    [InlineData("""{"name":"n","items":{}}""", "/items")]
    [InlineData("""{"name":"n","items":[null]}""", "/items/0")]
    [InlineData("""{"name":"n","mode":1}""", "/mode")]
    [InlineData("[]", "")]
    [InlineData("null", "")]
    public async Task Read_WrongType_PointsAtIt(string body, string pointer)
    {
        var refusal = await RefuseAsync(body);

        refusal.Faults.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            fault => fault.Pointer.ShouldBe(pointer),
            fault => fault.Code.ShouldBe("wrong_type"));
    }

    [Fact]
    public async Task Read_NullWhereNullMayStand_IsTaken()
    {
        var sample = await ReadAsync("""{"name":"n","optional":null,"note":null,"at":null,"headers":null,"free":null,"rules":null}""");

        sample.Optional.ShouldBeNull();
        sample.At.ShouldBeNull();
    }

    [Theory]
    [InlineData("", "The body is empty. Send a JSON document.")]
    [InlineData("{\n  \"name\": }", "Line 2, byte 11.")]
    [InlineData("{\"name\":\"a\"} x", "Line 1, byte 14.")]
    [InlineData("{\"name\":\"\\ud83d\"}", "The text")]
    [InlineData("{\"name\":\"a\",\"name\":\"b\"}", "name")]
    [InlineData("{\"name\":\"a\"", "Line 1")]
    public async Task Read_MalformedJson_Is400WithThePlace(string body, string detail)
    {
        var refusal = await RefuseAsync(body);

        (refusal.Kind, refusal.Code).ShouldBe((RefusalKind.Malformed, "malformed_json"));
        refusal.Detail!.ShouldContain(detail == "The text" ? "surrogate" : detail);
    }

    [Fact]
    public async Task Read_NotUtf8_Is400()
    {
        var request = Requests.To("POST", "/x", "");
        request.Body = new MemoryStream([(byte)'"', 0xFF, (byte)'"']);

        Refusal(await ApiRequest.ReadJsonAsync(request, CancellationToken.None)).Code.ShouldBe("malformed_json");
    }

    [Fact]
    public async Task Read_ByteOrderMark_IsSkipped()
    {
        var request = Requests.To("POST", "/x", "");
        request.Body = new MemoryStream([.. Encoding.UTF8.Preamble, .. "{\"name\":\"n\"}"u8]);

        (await ApiRequest.ReadAsync(request, SampleJson.Default.Sample, CancellationToken.None)).ShouldBeOfType<Result<Sample>.Ok>().Value.Items.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("")]
    [InlineData("application/merge-patch+json")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Read_OtherContentType_Is415(string contentType)
    {
        var result = await ApiRequest.ReadJsonAsync(Requests.To("POST", "/x", "{}", contentType), CancellationToken.None);

        Refusal(result).Kind.ShouldBe(RefusalKind.UnsupportedMediaType);
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json;charset=\"UTF-8\"")]
    [InlineData("application/vnd.own+json")]
    public async Task Read_JsonByAnotherName_IsTaken(string contentType) =>
        (await ApiRequest.ReadJsonAsync(Requests.To("POST", "/x", "{}", contentType), CancellationToken.None)).ShouldNotBeNull().Match(_ => true, _ => false).ShouldBeTrue();

    [Fact]
    public async Task Read_CompressedBody_Is415()
    {
        var result = await ApiRequest.ReadJsonAsync(Requests.To("POST", "/x", "{}").With("Content-Encoding", "gzip"), CancellationToken.None);

        Refusal(result).Kind.ShouldBe(RefusalKind.UnsupportedMediaType);
    }

    [Theory]
    [InlineData("application/merge-patch+json", true)]
    [InlineData("application/json", true)]
    [InlineData("application/json-patch+json", false)]
    public async Task ReadMergePatch_ContentType_DecidesIt(string contentType, bool isTaken) =>
        (await ApiRequest.ReadMergePatchAsync(Requests.To("PATCH", "/x", "{}", contentType), CancellationToken.None)).Match(_ => true, _ => false).ShouldBe(isTaken);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_OverFiveMegabytes_Is413WhetherOrNotTheLengthIsSaid(bool saysLength)
    {
        var request = Requests.To("POST", "/x", $"\"{new string('a', ApiRequest.MaxBodyBytes)}\"");
        request.ContentLength = saysLength ? ApiRequest.MaxBodyBytes + 2 : null;

        var refusal = Refusal(await ApiRequest.ReadJsonAsync(request, CancellationToken.None));

        refusal.Kind.ShouldBe(RefusalKind.TooLarge);
        refusal.Detail!.ShouldContain("5,000,000 bytes");
    }

    [Fact]
    public async Task Read_JustFiveMegabytes_IsTaken()
    {
        var request = Requests.To("POST", "/x", $"\"{new string('a', ApiRequest.MaxBodyBytes - 2)}\"");

        (await ApiRequest.ReadJsonAsync(request, CancellationToken.None)).Match(_ => true, _ => false).ShouldBeTrue();
    }

    [Theory]
    [InlineData("\"a\"", "\"a\"")]
    [InlineData("\"a\" , \"b,c\"", "\"a\", \"b,c\"")]
    [InlineData("*", "*")]
    public void IfMatch_Given_IsTheTags(string header, string expected) =>
        ApiRequest.IfMatch(Requests.To("PATCH", "/x").With("If-Match", header)).Match(tag => tag, refusal => refusal.Code).ShouldBe(expected);

    [Theory]
    [InlineData("W/\"a\"")]
    [InlineData("abc")]
    [InlineData("\"a\", oops")]
    public void IfMatch_WeakOrUnreadable_Is400(string header) =>
        Refusal(ApiRequest.IfMatch(Requests.To("PATCH", "/x").With("If-Match", header))).ShouldSatisfyAllConditions(
            refusal => refusal.Kind.ShouldBe(RefusalKind.Malformed),
            refusal => refusal.Code.ShouldBe("invalid_if_match"));

    [Fact]
    public void IfMatch_Missing_Is428() => Refusal(ApiRequest.IfMatch(Requests.To("PATCH", "/x"))).ShouldSatisfyAllConditions(
        refusal => refusal.Kind.ShouldBe(RefusalKind.PreconditionRequired),
        refusal => refusal.Code.ShouldBe("if_match_required"));

    [Fact]
    public void UnknownParameters_AMisspeltOne_NamesTheNearest()
    {
        var refusal = ApiRequest.UnknownParameters(Requests.To("GET", "/x?stauts=failed&Limit=1&status=ok"), "status", "limit").ShouldNotBeNull();

        (refusal.Kind, refusal.Code).ShouldBe((RefusalKind.Malformed, "unknown_parameter"));
        refusal.Detail!.ShouldContain("'stauts' is not a parameter of this path. Did you mean 'status'?");
        refusal.Detail!.ShouldContain("Did you mean 'limit'?");
    }

    [Fact]
    public void UnknownParameters_AllKnown_IsNull() => ApiRequest.UnknownParameters(Requests.To("GET", "/x?status=a&status=b"), "status").ShouldBeNull();

    [Theory]
    [InlineData("0")]
    [InlineData("201")]
    [InlineData("-1")]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("1&limit=2")]
    [InlineData("99999999999")]
    public void ReadPage_LimitOutOfRange_Is400(string limit) =>
        Refusal(ApiRequest.ReadPage(Requests.To("GET", $"/x?limit={limit}"))).ShouldSatisfyAllConditions(
            refusal => refusal.Kind.ShouldBe(RefusalKind.Malformed),
            refusal => refusal.Code.ShouldBe("invalid_parameter"));

    [Theory]
    [InlineData("/x", 50)]
    [InlineData("/x?limit=1", 1)]
    [InlineData("/x?limit=200", 200)]
    public void ReadPage_NoCursor_IsTheFirstPage(string path, int limit) =>
        ApiRequest.ReadPage(Requests.To("GET", path)).Match(page => page, _ => null!).ShouldBe(new(limit, After: null));

    [Fact]
    public void ReadPage_CursorOfThisList_GoesOn()
    {
        var cursor = Requests.Signer.Create(Requests.To("GET", "/x?status=a&limit=5"), "key 7/ü");

        ApiRequest.ReadPage(Requests.To("GET", $"/x?cursor={cursor}&limit=9&status=a"), "status").Match(page => page, _ => null!).ShouldBe(new(9, "key 7/ü"));
    }

    [Theory]
    [InlineData("/y?status=a")]
    [InlineData("/x?status=b")]
    [InlineData("/x?")]
    [InlineData("/x?status=a&status=a")]
    public void ReadPage_CursorOfAnotherList_Is400(string path)
    {
        var cursor = Requests.Signer.Create(Requests.To("GET", "/x?status=a"), "k");

        Refusal(ApiRequest.ReadPage(Requests.To("GET", $"{path}&cursor={cursor}"), "status")).Code.ShouldBe("invalid_cursor");
    }

    [Fact]
    public void ReadPage_CursorChangedAnywhere_Is400()
    {
        var cursor = Requests.Signer.Create(Requests.To("GET", "/x"), "key");
        for (var i = 0; i < cursor.Length; i++)
        {
            var changed = $"{cursor[..i]}{(cursor[i] == 'A' ? 'B' : 'A')}{cursor[(i + 1)..]}";
            Refusal(ApiRequest.ReadPage(Requests.To("GET", $"/x?cursor={changed}"))).Code.ShouldBe("invalid_cursor");
        }

        Refusal(ApiRequest.ReadPage(Requests.To("GET", "/x?cursor=%20!"))).Code.ShouldBe("invalid_cursor");
        Refusal(ApiRequest.ReadPage(Requests.To("GET", "/x?cursor="))).Code.ShouldBe("invalid_cursor");
    }

    private static async Task<Sample> ReadAsync(string body) =>
        (await ApiRequest.ReadAsync(Requests.To("POST", "/x", body), SampleJson.Default.Sample, CancellationToken.None)).ShouldBeOfType<Result<Sample>.Ok>().Value;

    private static async Task<Refusal> RefuseAsync(string body) =>
        Refusal(await ApiRequest.ReadAsync(Requests.To("POST", "/x", body), SampleJson.Default.Sample, CancellationToken.None));

    private static Refusal Refusal<T>(Result<T> result) => result.ShouldBeOfType<Result<T>.Refused>().Refusal;

    private static string Detail(Refusal refusal, string pointer) => refusal.Faults.Single(fault => fault.Pointer == pointer).Detail;
}
