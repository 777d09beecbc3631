using System.Text.Json.Nodes;
using Azure.Storage.Blobs;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Destinations on blob storage: files appear whole, the manifest last.</summary>
[Collection(ApiCollection.Name)]
public sealed class BlobWalkTests(RunningApp app)
{
    private readonly BlobContainerClient _container = new(app.ConnectionString, $"drop-{Guid.NewGuid():N}");

    [Fact]
    public async Task Run_DeltaFiles_TellWhatChanged()
    {
        var (destination, key) = await CreateAsync("parts", "\"fileMode\":\"delta\",\"format\":\"csv\"");

        var first = await app.Api.RunAsync(destination);
        RunNumbers.Of(first, "delivered").ShouldBe("6/0/0");
        var (rows, files) = await ReadSetAsync(first, key, "delta");
        files.ShouldBe(1);
        rows.ShouldBe(Enumerable.Range(0, 6).Select(number => $"add,{number + 1},parts-{number}"), ignoreOrder: true);

        await app.Api.IngestAsync([Person("parts", 0, level: 0), Person("parts", 1, level: 9), Person("parts", 6, level: 7)]);
        var second = await app.Api.RunAsync(destination);
        RunNumbers.Of(second, "delivered").ShouldBe("1/1/1");
        (rows, _) = await ReadSetAsync(second, key, "delta");
        rows.ShouldBe(["remove,,parts-0", "update,9,parts-1", "add,7,parts-6"], ignoreOrder: true);

        var before = await ListAsync();
        RunNumbers.Of(await app.Api.RunAsync(destination), "planned").ShouldBe("0/0/0");
        (await ListAsync()).ShouldBe(before);
        before.ShouldNotContain(name => name.Contains("_tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_FullFiles_HoldEveryoneEachTime()
    {
        var (destination, key) = await CreateAsync("whole", "\"fileMode\":\"full\",\"format\":\"ndjson\"");

        var first = await app.Api.RunAsync(destination);
        var (rows, _) = await ReadSetAsync(first, key, "full");
        IdsIn(rows).ShouldBe(Enumerable.Range(0, 6).Select(number => $"whole-{number}"), ignoreOrder: true);

        await app.Api.IngestAsync([Person("whole", 0, level: 0), Person("whole", 1, level: 9), Person("whole", 6, level: 7)]);
        var second = await app.Api.RunAsync(destination);
        RunNumbers.Of(second, "delivered").ShouldBe("1/1/1");
        (rows, _) = await ReadSetAsync(second, key, "full");
        IdsIn(rows).ShouldBe(Enumerable.Range(1, 6).Select(number => $"whole-{number}"), ignoreOrder: true);
        rows.ShouldContain("""{"level":9,"user_id":"whole-1"}""");

        var before = await ListAsync();
        RunNumbers.Of(await app.Api.RunAsync(destination), "planned").ShouldBe("0/0/0");
        (await ListAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Check_ContainerMissing_SaysSo()
    {
        var id = await CreateConnectionAsync("missing", "\"fileMode\":\"delta\"");

        var check = (await app.Api.PostAsync($"connections/{id}/checks")).ShouldBe(200).Json;
        check["ok"]!.GetValue<bool>().ShouldBeFalse();
        check.ToJsonString().ShouldContain("container does not exist");

        await _container.CreateAsync();
        (await app.Api.PostAsync($"connections/{id}/checks")).ShouldBe(200).Json["ok"]!.GetValue<bool>().ShouldBeTrue();
    }

    private async Task<(string DestinationId, string AudienceKey)> CreateAsync(string group, string settings)
    {
        await _container.CreateAsync();
        await app.Api.IngestAsync(Enumerable.Range(0, 6).Select(number => Person(group, number, number + 1)));
        var segment = await app.Api.CreateSegmentAsync($"Blob {group}", $$"""{"all":[{"attr":"group","op":"eq","value":"blob-{{group}}"},{"attr":"level","op":"gte","value":1}]}""");
        var destination = await app.Api.CreateDestinationAsync($"Blob {group}", segment, await CreateConnectionAsync(group, settings), "level");
        return (destination, (await app.Api.GetAsync($"destinations/{destination}")).Json["key"]!.GetValue<string>().Replace('-', '_'));
    }

    private async Task<string> CreateConnectionAsync(string name, string settings)
    {
        var parts = app.ConnectionString.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        var answer = (await app.Api.PostAsync(
            "connections",
            $$$"""
            {"type":"azure-blob","name":"Blob {{{name}}}","secrets":{"accountKey":"{{{parts["AccountKey"]}}}"},
             "settings":{"account":"{{{parts["AccountName"]}}}","container":"{{{_container.Name}}}","prefix":"crm","endpoint":"{{{parts["BlobEndpoint"].TrimEnd('/')}}}",{{{settings}}}}}
            """)).ShouldBe(201);
        answer.Text.ShouldNotContain(parts["AccountKey"]);
        return answer.Id;
    }

    /// <summary>The rows of the set that a run's manifest names, each as its line.</summary>
    private async Task<(IReadOnlyList<string> Rows, int Files)> ReadSetAsync(JsonNode run, string key, string mode)
    {
        run["status"]!.GetValue<string>().ShouldBe("succeeded", run.ToJsonString());
        var runId = run["id"]!.GetValue<string>();
        var folder = $"crm/{key}/{mode}/dt={run["asOf"]!.GetValue<string>()[..10]}";
        var manifest = JsonNode.Parse(await ReadAsync($"{folder}/{key}_{runId}_manifest.json"))!;
        manifest["runId"]!.GetValue<string>().ShouldBe(runId);
        List<string> rows = [];
        foreach (var file in manifest["files"]!.AsArray())
        {
            var lines = (await ReadAsync(file!["name"]!.GetValue<string>())).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            var data = lines[0].StartsWith('{') ? lines : lines[1..];
            data.Length.ShouldBe(file["rows"]!.GetValue<int>());
            rows.AddRange(data);
        }

        // Whoever waits for the manifest finds whole files: it was written after them.
        var written = (await _container.GetBlobClient($"{folder}/{key}_{runId}_manifest.json").GetPropertiesAsync()).Value.LastModified;
        foreach (var file in manifest["files"]!.AsArray())
        {
            (await _container.GetBlobClient(file!["name"]!.GetValue<string>()).GetPropertiesAsync()).Value.LastModified.ShouldBeLessThanOrEqualTo(written);
        }

        return (rows, manifest["files"]!.AsArray().Count);
    }

    private async Task<string> ReadAsync(string name) => (await _container.GetBlobClient(name).DownloadContentAsync()).Value.Content.ToString();

    private async Task<IReadOnlyList<string>> ListAsync() => [.. await _container.GetBlobsAsync().Select(blob => blob.Name).ToListAsync()];

    private static IEnumerable<string> IdsIn(IEnumerable<string> rows) => rows.Select(row => JsonNode.Parse(row)!["user_id"]!.GetValue<string>());

    private static JsonObject Person(string group, int number, int level) => new()
    {
        ["op"] = "identify",
        ["id"] = $"{group}-{number}",
        ["attributes"] = new JsonObject { ["group"] = $"blob-{group}", ["level"] = level },
    };
}
