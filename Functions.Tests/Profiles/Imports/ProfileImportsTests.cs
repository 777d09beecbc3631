using System.Text;
using System.Text.Json;
using AudienceSync.Faults;

namespace AudienceSync.Profiles.Imports;

public sealed class ProfileImportsTests
{
    private static readonly ImportRequest Csv = new("text/csv; charset=utf-8");
    private static readonly ImportRequest Ndjson = new("application/x-ndjson");

    private readonly ProfileWorld _world = new();

    [Fact]
    public async Task RunAsync_CsvCells_AreTypedByForm()
    {
        var import = await _world.ImportAsync(
            """
            id,email,int,neg,dec,code,plus,exp,yes,no,Yes,at,day,text,empty,huge
            c-1,ana@example.com,3,-4,120.50,00123,+5,1e5,true,false,True,2026-10-01T02:00:00+02:00,1990-02-28,Ünïcode 😀,,12345678901234567890123456789012345

            """,
            Csv);

        (import.Status, import.Read, import.Accepted, import.Rejected).ShouldBe((ImportStatus.Succeeded, 1, 1, 0));
        (await _world.AttributesAsync("c-1")).ShouldBe(
            """{"Yes":"True","at":"2026-10-01T00:00:00Z","code":"00123","day":"1990-02-28","dec":120.50,"exp":"1e5","huge":"12345678901234567890123456789012345","int":3,"neg":-4,"no":false,"plus":"\u002B5","text":"\u00DCn\u00EFcode \uD83D\uDE00","yes":true}""");
    }

    [Theory]
    [InlineData("\uFEFFid,n\r\na,1\r\nb,2\r\n")]
    [InlineData("id,n\na,1\nb,2")]
    [InlineData("\n\nid,n\n\na,1\n\nb,2\n\n")]
    [InlineData("\"id\",\"n\"\n\"a\",1\n\"b\",2\n")]
    public async Task RunAsync_CsvFormsOfOneFile_ReadTheSame(string file)
    {
        var import = await _world.ImportAsync(file, Csv);

        import.Accepted.ShouldBe(2, string.Join("; ", import.Rejections));
        (await _world.AttributesAsync("a")).ShouldBe("""{"n":1}""");
        (await _world.AttributesAsync("b")).ShouldBe("""{"n":2}""");
    }

    [Fact]
    public async Task RunAsync_CsvQuotedBreaksQuotesAndCommas_AreText()
    {
        await _world.ImportAsync("id,t\r\n\"a,\"\"1\"\"\",\"x\r\ny, z\"\r\n", Csv);

        (await _world.AttributesAsync("a,\"1\"")).ShouldBe("""{"t":"x\r\ny, z"}""");
    }

    [Fact]
    public async Task RunAsync_CsvUtf16WithMark_IsRead()
    {
        var file = Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("id,t\ra,é\n".Replace('\r', '\n'))).ToArray();

        var import = (await _world.TryImportAsync(file, Csv)).ShouldBeOfType<Result<Import>.Ok>().Value;

        import.Accepted.ShouldBe(1);
        (await _world.AttributesAsync("a")).ShouldBe("""{"t":"\u00E9"}""");
    }

    [Fact]
    public async Task RunAsync_CsvBadLines_AreReportedByPhysicalLine()
    {
        var import = await _world.ImportAsync(
            "id,email,t\na,a@b,\"two\nlines\"\n,x@y,1\nb,nobody,2\n\nc,c@d\nd,d@e,1,2\ne,e@f,3\n", Csv);

        (import.Status, import.Read, import.Accepted, import.Rejected).ShouldBe((ImportStatus.Succeeded, 6, 2, 4));
        import.Rejections.Select(rejection => (rejection.Line, rejection.Code)).ShouldBe([(4, "id_empty"), (5, "invalid_email"), (7, "field_count"), (8, "field_count")]);
    }

    [Fact]
    public async Task RunAsync_CsvBytesThatAreNoUtf8_RejectsTheLineAlone()
    {
        var file = "id,t\na,"u8.ToArray().Concat(new byte[] { 0xE9, (byte)'\n' }).Concat("b,x\n"u8.ToArray()).ToArray();

        var import = (await _world.TryImportAsync(file, Csv)).ShouldBeOfType<Result<Import>.Ok>().Value;

        (import.Accepted, import.Rejections.Single().Line, import.Rejections.Single().Code).ShouldBe((1, 2, "invalid_text"));
    }

    [Theory]
    [InlineData("name,n\na,1\n", "missing_id_column", 1)]
    [InlineData("", "missing_id_column", 1)]
    [InlineData("id,n,n\na,1,2\n", "duplicate_column", 1)]
    [InlineData("id,trackingId\na,1\n", "reserved_name", 1)]
    [InlineData("id,\na,1\n", "invalid_attribute_name", 1)]
    public async Task RunAsync_CsvHeaderAtFault_FailsWithoutTakingAnything(string file, string code, int line)
    {
        var import = await _world.ImportAsync(file, Csv);

        (import.Status, import.Read).ShouldBe((ImportStatus.Failed, 0));
        (import.Rejections.Single().Line, import.Rejections.Single().Code).ShouldBe((line, code));
        _world.Inbox.Ids.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("id,t\na,1\nb,\"open\nc,2\n")]
    [InlineData("id,t\na,1\nb,x\"y\nc,2\n")]
    [InlineData("id,t\na,1\nb,\"x\"y\nc,2\n")]
    public async Task RunAsync_CsvBadQuotes_FailsAtTheLineAndKeepsWhatCameBefore(string file)
    {
        var import = await _world.ImportAsync(file, Csv);

        (import.Status, import.Accepted).ShouldBe((ImportStatus.Failed, 1));
        (import.Rejections.Single().Line, import.Rejections.Single().Code).ShouldBe((3, "malformed_csv"));
        (await _world.AttributesAsync("a")).ShouldBe("""{"t":1}""");
    }

    [Fact]
    public async Task RunAsync_CsvColumnsMapped_RenamesDropsAndTypes()
    {
        await _world.ImportAsync(
            "Kunde;Mail;Notiz;Tags;Zip;When\n7;ana@example.com;secret;vip|news;4711;2026-10-01\n",
            Csv with
            {
                IdColumn = "Kunde",
                Separator = ";",
                OccurredAtColumn = "When",
                Columns = """{"Mail":"email","Notiz":null,"Tags":{"name":"tags","type":"list"},"Zip":{"name":"zip","type":"text"}}""",
            });

        var shown = ProfileWorld.Json((await _world.ShowAsync("7"))!);
        shown.GetProperty("identifiers").GetRawText().ShouldBe("""{"email":"ana@example.com"}""");
        shown.GetProperty("attributes").GetRawText().ShouldBe("""{"tags":["vip","news"],"zip":"4711"}""");
        shown.GetProperty("updatedAt").GetString().ShouldBe("2026-10-01T00:00:00Z");
    }

    [Theory]
    [InlineData("""{"n":{"name":"n","type":"integer"}}""", "12", "12")]
    [InlineData("""{"n":{"name":"n","type":"decimal"}}""", "12", "12")]
    [InlineData("""{"n":{"name":"n","type":"boolean"}}""", "Yes", "true")]
    [InlineData("""{"n":{"name":"n","type":"date"}}""", "2026-10-01", "\"2026-10-01\"")]
    [InlineData("""{"n":{"name":"n","type":"dateTime"}}""", "2026-10-01T00:00:00Z", "\"2026-10-01T00:00:00Z\"")]
    [InlineData("""{"n":{"name":"n","type":"integer"}}""", "1.5", null)]
    [InlineData("""{"n":{"name":"n","type":"dateTime"}}""", "01.10.2026", null)]
    public async Task RunAsync_CsvExplicitType_ReadsOrRejects(string columns, string text, string? expected)
    {
        var import = await _world.ImportAsync($"id,n\na,{text}\n", Csv with { Columns = columns });

        import.Rejections.Select(rejection => rejection.Code).ShouldBe(expected is null ? ["wrong_type"] : []);
        (await _world.AttributesAsync("a")).ShouldBe(expected is null ? null : $$"""{"n":{{expected}}}""");
    }

    [Theory]
    [InlineData("[]", "/columns", "wrong_type")]
    [InlineData("{", "/columns", "malformed_json")]
    [InlineData("""{"A":7}""", "/columns/A", "wrong_type")]
    [InlineData("""{"A/B":"urlToken"}""", "/columns/A~1B", "reserved_name")]
    [InlineData("""{"A":"x","B":"x"}""", "/columns", "duplicate_target")]
    [InlineData("""{"A":{"type":"text"}}""", "/columns/A/name", "wrong_type")]
    [InlineData("""{"A":{"name":"x","type":"txt"}}""", "/columns/A/type", "unknown_type")]
    [InlineData("""{"A":{"name":"x","seperator":"|"}}""", "/columns/A/seperator", "unknown_field")]
    [InlineData("""{"A":{"name":"x","separator":"|"}}""", "/columns/A/separator", "invalid_separator")]
    public async Task RunAsync_ColumnsAtFault_IsRefusedBeforeTheFileIsRead(string columns, string pointer, string code)
    {
        var refusal = (await _world.TryImportAsync("id\na\n"u8.ToArray(), Csv with { Columns = columns })).ShouldBeOfType<Result<Import>.Refused>().Refusal;

        refusal.Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldBe([(pointer, code)]);
    }

    [Fact]
    public async Task RunAsync_ColumnThatTheFileLacks_FailsWithASuggestion()
    {
        var import = await _world.ImportAsync("id,Mail\na,a@b\n", Csv with { Columns = """{"Mial":"email"}""" });

        import.Status.ShouldBe(ImportStatus.Failed);
        import.Rejections.Single().Detail.ShouldEndWith("Did you mean 'Mail'?");
    }

    [Fact]
    public async Task RunAsync_NdjsonFlatAndOperations_AreTaken()
    {
        var import = await _world.ImportAsync(
            "\uFEFF{\"id\":\"a\",\"email\":\"a@b\",\"n\":1,\"tags\":[\"x\"],\"at\":\"2026-10-01T00:00:00Z\",\"gone\":null}\r\n\r\n"
            + """{"id":"b","identifiers":{"email":"b@c"},"attributes":{"m":1.5},"consents":{"ads":{"state":"granted"}}}""" + "\n"
            + """{"op":"identify","id":"c"}""",
            Ndjson);

        (import.Status, import.Read, import.Accepted).ShouldBe((ImportStatus.Succeeded, 3, 3), string.Join("; ", import.Rejections));
        (await _world.AttributesAsync("a")).ShouldBe("""{"at":"2026-10-01T00:00:00Z","n":1,"tags":["x"]}""");
        (await _world.AttributesAsync("b")).ShouldBe("""{"m":1.5}""");
        (await _world.AttributesAsync("c")).ShouldBe("{}");
    }

    [Fact]
    public async Task RunAsync_NdjsonBadLines_AreReportedAndTheRestTaken()
    {
        var import = await _world.ImportAsync(
            """
            {"id":"a","n":1}
            {"id":"b",
            7
            {"n":1}
            {"id":9}

            {"id":"c","email":5}
            {"id":"d","x":{"y":1}}
            {"id":"e","urlToken":"x"}
            {"id":"f","t":"\ud800"}
            {"op":"erase","id":"a","attributes":{}}
            {"id":"g","attributes":{"$x":1}}
            {"id":"h"}
            """,
            Ndjson);

        (import.Status, import.Read, import.Accepted).ShouldBe((ImportStatus.Succeeded, 12, 2));
        import.Rejections.Select(rejection => (rejection.Line, rejection.Code)).ShouldBe(
        [
            (2, "malformed_json"), (3, "wrong_type"), (4, "missing_id"), (5, "wrong_type"), (7, "wrong_type"), (8, "wrong_type"),
            (9, "reserved_name"), (10, "invalid_text"), (11, "unknown_field"), (12, "invalid_attribute_name"),
        ]);
    }

    [Fact]
    public async Task RunAsync_NdjsonThatIsNoUtf8_FailsAndKeepsWhatCameBefore()
    {
        var file = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(n => $"{{\"id\":\"c-{n}\"}}\n"))).Append((byte)0xE9).ToArray();

        var import = (await _world.TryImportAsync(file, Ndjson)).ShouldBeOfType<Result<Import>.Ok>().Value;

        import.Status.ShouldBe(ImportStatus.Failed);
        import.Rejections.Single().Code.ShouldBe("invalid_text");
    }

    [Fact]
    public async Task RunAsync_LargeFile_TakesEveryLineInSeveralPages()
    {
        var file = new StringBuilder("id,n,t\n");
        for (var n = 0; n < 20_000; n++)
        {
            file.Append(System.Globalization.CultureInfo.InvariantCulture, $"c-{n},{n},text of {n}\n");
        }

        var import = await _world.ImportAsync(file.ToString(), Csv);

        import.Accepted.ShouldBe(20_000);
        _world.Inbox.Ids.Count.ShouldBeInRange(2, 10);
        (await _world.FoldAsync()).Shards.Sum(shard => shard.Rows).ShouldBe(20_000);
        (await _world.AttributesAsync("c-19999")).ShouldBe("""{"n":19999,"t":"text of 19999"}""");
    }

    [Fact]
    public async Task RunAsync_MoreRejectionsThanAreKept_CountsThemAll()
    {
        var import = await _world.ImportAsync("id,email\n" + string.Concat(Enumerable.Range(0, 150).Select(n => $"c-{n},x\n")), Csv);

        (import.Rejected, import.Rejections.Length).ShouldBe((150, 100));
    }

    [Fact]
    public async Task RunAsync_DeclaredTooLarge_IsRefusedUnread()
    {
        var refusal = (await _world.TryImportAsync([], Csv with { ContentLength = ProfileImports.MaxBytes + 1 })).ShouldBeOfType<Result<Import>.Refused>().Refusal;

        refusal.Kind.ShouldBe(RefusalKind.TooLarge);
    }

    [Fact]
    public async Task RunAsync_FoundTooLargeOnTheWay_IsRefused()
    {
        var line = Encoding.UTF8.GetBytes($"a,{new string('x', 8_000)}\n");
        var file = new byte[ProfileImports.MaxBytes + 10_000];
        "id,t\n"u8.CopyTo(file);
        for (var at = 5; at < file.Length; at += line.Length)
        {
            line.AsSpan(0, Math.Min(line.Length, file.Length - at)).CopyTo(file.AsSpan(at));
        }

        var refusal = (await _world.TryImportAsync(file, Csv)).ShouldBeOfType<Result<Import>.Refused>().Refusal;

        refusal.Kind.ShouldBe(RefusalKind.TooLarge);
        _world.Inbox.Ids.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("application/json", RefusalKind.Invalid, "not_supported")]
    [InlineData("text/plain", RefusalKind.UnsupportedMediaType, "unsupported_media_type")]
    [InlineData(null, RefusalKind.UnsupportedMediaType, "unsupported_media_type")]
    public async Task RunAsync_OtherContentTypes_AreRefused(string? contentType, RefusalKind kind, string code)
    {
        var refusal = (await _world.TryImportAsync([], new(contentType))).ShouldBeOfType<Result<Import>.Refused>().Refusal;

        (refusal.Kind, refusal.Code).ShouldBe((kind, code));
    }

    [Fact]
    public async Task ReadAsync_Finished_GivesTheImportAsTheApiShowsIt()
    {
        var import = await _world.ImportAsync("id,email\na,x\n", Csv);

        var read = (await _world.Imports.ReadAsync(import.Id, CancellationToken.None)).ShouldBeOfType<Result<Import>.Ok>().Value;

        JsonSerializer.Serialize(read, ProfilesJson.Default.Import).ShouldBe(
            $$"""{"id":"{{import.Id}}","status":"succeeded","read":1,"accepted":0,"rejected":1,"rejections":[{"line":2,"code":"invalid_email","detail":"The e-mail address needs one @ with text on both sides, no spaces, and at most 254 characters."}],"startedAt":"2026-11-22T12:00:00Z","finishedAt":"2026-11-22T12:00:00Z"}""");
    }

    [Fact]
    public async Task ReadAsync_UnknownId_IsNotFound() => (await _world.Imports.ReadAsync("imp_x", CancellationToken.None))
        .ShouldBeOfType<Result<Import>.Refused>().Refusal.Kind.ShouldBe(RefusalKind.NotFound);

    [Fact]
    public async Task ReadAsync_RunningLongerThanARequestLives_IsShownAsFailed()
    {
        await _world.ImportStore.SaveAsync(new("imp_1", ImportStatus.Running, 0, 0, 0, [], ProfileWorld.Start), CancellationToken.None);
        _world.Time.Advance(TimeSpan.FromMinutes(16));

        var import = (await _world.Imports.ReadAsync("imp_1", CancellationToken.None)).ShouldBeOfType<Result<Import>.Ok>().Value;

        import.Status.ShouldBe(ImportStatus.Failed);
        import.Rejections.Single().Code.ShouldBe("interrupted");
    }
}
