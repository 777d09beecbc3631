using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace AudienceSync.Connectors.Kit.Files;

public sealed class DeliveryFileTests
{
    private static readonly string[] Awkward = ["a,b", "say \"hi\"", "two\nlines", "cr\r\nlf", "", " edge ", "=1+1", "ünïcode ✓", "a;b\tc|d", "plain"];

    [Fact]
    public void Render_CsvDelta_IsRfc4180WithTheOperationFirst() =>
        Encoding.UTF8.GetString(DeliveryFile.Render(Samples.AnaAndBo(), new())).ShouldBe(
            "_op,email,orders,user_id\r\n" +
            "add,ana@example.com,3,c-1\r\n" +
            "remove,,,c-9\r\n");

    [Fact]
    public void Render_CsvFull_ListsWhoIsThere()
    {
        var shape = new FileShape { IsFull = true, Delimiter = ';', Header = false };

        Encoding.UTF8.GetString(DeliveryFile.Render(Samples.AnaAndBo(), shape)).ShouldBe("ana@example.com;3;c-1\r\n");
        DeliveryFile.RowsOf(Samples.AnaAndBo(), shape).ShouldBe(1);
    }

    [Fact]
    public void Render_NdJson_KeepsTypesAndLeavesOutWhatIsAbsent() =>
        Encoding.UTF8.GetString(DeliveryFile.Render(Samples.AnaAndBo(), new() { Format = FileFormat.NdJson })).ShouldBe(
            """{"_op":"add","email":"ana@example.com","orders":3,"user_id":"c-1"}""" + "\n" +
            """{"_op":"remove","user_id":"c-9"}""" + "\n");

    [Fact]
    public void ColumnsOf_RemovalByAnOlderKey_KeepsItsColumn()
    {
        var batch = Samples.Batch(Samples.Row("c-9", DeliveryOperation.Remove, ("old_key", "x")));

        DeliveryFile.ColumnsOf(batch).ShouldBe(["email", "old_key", "orders", "user_id"]);
    }

    [Fact]
    public void Render_Gzip_IsTheSameBytesEachTime()
    {
        var shape = new FileShape { Gzip = true };

        var first = DeliveryFile.Render(Samples.AnaAndBo(), shape);

        DeliveryFile.Render(Samples.AnaAndBo(), shape).ShouldBe(first);
        first[4..8].ShouldBe(new byte[4]); // RFC 1952: no time
        using var unzipped = new StreamReader(new GZipStream(new MemoryStream(first), CompressionMode.Decompress));
        unzipped.ReadToEnd().ShouldBe(Encoding.UTF8.GetString(DeliveryFile.Render(Samples.AnaAndBo(), new())));
    }

    [Theory]
    [InlineData(',')]
    [InlineData(';')]
    [InlineData('\t')]
    [InlineData('|')]
    public void Render_AnyTexts_AreReadBackAsTheStandardSays(char delimiter)
    {
        var random = new Random(delimiter);
        for (var run = 0; run < 300; run++)
        {
            var rows = Enumerable.Range(0, random.Next(1, 6))
                .Select(index => Samples.Row($"c-{index}", (DeliveryOperation)random.Next(1, 4), ("user_id", $"c-{index}"), ("note", Text(random)), ("tag", Text(random))))
                .ToArray();
            var file = DeliveryFile.Render(Samples.Batch(rows) with { FieldNames = ["user_id", "note", "tag"] }, new() { Delimiter = delimiter });

            var records = ReadRfc4180(Encoding.UTF8.GetString(file), delimiter);

            records[0].ShouldBe(["_op", "note", "tag", "user_id"]);
            records.Skip(1).Select(record => record.ToArray()).ShouldBe(rows.Select(row => new[]
            {
                row.Operation.ToString().ToLowerInvariant(), row.Fields["note"].ToString(), row.Fields["tag"].ToString(), row.ProfileId,
            }));
        }
    }

    [Fact]
    public void Render_NdJsonOfAnyTexts_IsOneObjectALine()
    {
        var random = new Random(7);
        for (var run = 0; run < 300; run++)
        {
            var text = Text(random);
            var file = DeliveryFile.Render(Samples.Batch(Samples.Row("c-1", DeliveryOperation.Add, ("note", text))), new() { Format = FileFormat.NdJson });

            var line = Encoding.UTF8.GetString(file).Split('\n').First();
            JsonDocument.Parse(line).RootElement.GetProperty("note").GetString().ShouldBe(text);
        }
    }

    [Fact]
    public void Manifest_Receipts_AreListedWithTheSchema()
    {
        var shape = new FileShape();
        var batch = Samples.AnaAndBo();
        var file = DeliveryFile.Render(batch, shape);
        var receipt = FileReceipt.Of(FileNames.Final("drop", batch, shape), file, batch, shape).ToText();

        var manifest = JsonDocument.Parse(FileManifest.Render(new(batch.Audience, "run_1", Samples.Now, IsFull: false, [receipt]), shape)).RootElement;

        manifest.GetProperty("runId").GetString().ShouldBe("run_1");
        manifest.GetProperty("mode").GetString().ShouldBe("delta");
        manifest.GetProperty("createdAt").GetString().ShouldBe("2026-11-22T10:00:00Z");
        manifest.GetProperty("schema").EnumerateArray().Select(name => name.GetString()).ShouldBe(["_op", "email", "orders", "user_id"]);
        var listed = manifest.GetProperty("files").EnumerateArray().Single();
        listed.GetProperty("name").GetString().ShouldBe("drop/lapsed_loyal/delta/dt=2026-11-22/lapsed_loyal_run_1_00000.csv");
        listed.GetProperty("rows").GetInt32().ShouldBe(2);
        listed.GetProperty("bytes").GetInt64().ShouldBe(file.Length);
        listed.GetProperty("sha256").GetString().ShouldBe(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file)));
    }

    [Fact]
    public void Manifest_NoFiles_StillNamesTheSchema()
    {
        var completion = new DeliveryCompletion(Samples.AnaAndBo().Audience, "run_1", Samples.Now, IsFull: true, []) { FieldNames = ["user_id", "email"] };

        var manifest = JsonDocument.Parse(FileManifest.Render(completion, new() { IsFull = true })).RootElement;

        manifest.GetProperty("files").GetArrayLength().ShouldBe(0);
        manifest.GetProperty("schema").EnumerateArray().Select(name => name.GetString()).ShouldBe(["email", "user_id"]);
    }

    [Fact]
    public void Names_KeyWithSlashes_OpensNoFolder()
    {
        var batch = Samples.AnaAndBo() with { Audience = new("dst_1", "../a b", "x", null), Number = 12 };

        FileNames.Final("", batch, new() { Gzip = true, IsFull = true }).ShouldBe("___a_b/full/dt=2026-11-22/___a_b_run_1_00012.csv.gz");
        FileNames.Temporary("p/q", batch, new() { Format = FileFormat.NdJson }).ShouldBe("p/q/___a_b/delta/dt=2026-11-22/_tmp/___a_b_run_1_00012.ndjson");
    }

    /// <summary>RFC 4180 read letter by letter.</summary>
    private static List<List<string>> ReadRfc4180(string text, char delimiter)
    {
        List<List<string>> records = [];
        List<string> record = [];
        var field = new StringBuilder();
        var quoted = false;
        for (var at = 0; at < text.Length; at++)
        {
            var letter = text[at];
            if (quoted && letter == '"' && at + 1 < text.Length && text[at + 1] == '"')
            {
                field.Append('"');
                at++;
            }
            else if (letter == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && (letter == delimiter || letter == '\r'))
            {
                record.Add(field.ToString());
                field.Clear();
                if (letter == '\r')
                {
                    text[++at].ShouldBe('\n');
                    records.Add(record);
                    record = [];
                }
            }
            else
            {
                field.Append(letter);
            }
        }

        (record.Count + field.Length).ShouldBe(0); // the last record ends with a line break too
        return records;
    }

    private static string Text(Random random) => random.Next(3) == 0
        ? string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => " ,;|\t\"\r\nab=é"[random.Next(12)]))
        : Awkward[random.Next(Awkward.Length)];
}
