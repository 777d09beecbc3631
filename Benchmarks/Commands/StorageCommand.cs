using System.CommandLine;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Processes;
using AudienceSync.Benchmarks.Reports;
using AudienceSync.Benchmarks.Storage;
using AudienceSync.Local;

namespace AudienceSync.Benchmarks.Commands;

/// <summary><c>storage</c>: packed pages against an entity a member, through the table client, on Azurite.</summary>
internal static class StorageCommand
{
    /// <summary>Azurite takes ever longer for each entity of a large table: minutes for what pages do in a second.</summary>
    private const int RowMembersByDefault = 20_000;
    private const int MaxPageBytes = 720 * 1024;
    private const int MaxTransactionBytes = 4 * 1024 * 1024;

    public static Command Create()
    {
        var members = BenchmarkOptions.Members(200_000);
        var rowMembers = BenchmarkOptions.Count("--row-members", "Members of the layout with an entity each; figures are set against each other by member", RowMembersByDefault);
        var (noPeers, save) = (BenchmarkOptions.NoPeers(), BenchmarkOptions.Save());
        var command = new Command("storage", "Packed pages against an entity a member, through the table client on Azurite") { members, rowMembers, noPeers, save };
        command.SetAction((arguments, cancellationToken) => RunAsync(
            arguments.GetValue(members), arguments.GetValue(noPeers) ? 0 : Math.Min(arguments.GetValue(rowMembers), arguments.GetValue(members)), arguments.GetValue(save), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int members, int rowMembers, bool save, CancellationToken cancellationToken)
    {
        var outcome = new Outcome("storage");
        await using var azurite = await AzuriteServer.StartAsync(new() { Report = Outcome.Tell }, cancellationToken);
        var json = outcome.Json;
        (json["members"], json["rowMembers"]) = (members, rowMembers);
        var table = new Table("on Azurite", "members", "entities", "requests", "MiB sent", "MiB received", "seconds", "members/s", "client CPU s");

        var written = await MeasureAsync("packed pages, written", "packedWrite", StorageWork.WritePacked, members, []);
        var chains = written[StorageWork.Chains]!;
        var read = await MeasureAsync("packed pages, read whole", "packedRead", StorageWork.ReadPacked, members, new() { ["keysOnly"] = false, [StorageWork.Chains] = chains.DeepClone() });
        var keys = await MeasureAsync(
            "packed pages, keys and row hashes read", "packedKeys", StorageWork.ReadPacked, members, new() { ["keysOnly"] = true, [StorageWork.Chains] = chains.DeepClone() });
        outcome.Check((long)read["members"]! == members && (long)keys["members"]! == members, $"{read["members"]} and {keys["members"]} members were read of {members}");
        outcome.Check((long)written["largestPageBytes"]! <= MaxPageBytes, $"A page has {written["largestPageBytes"]} bytes; the limit is {MaxPageBytes}");
        outcome.Check((long)written["largestBodyBytes"]! < MaxTransactionBytes, $"A transaction has {written["largestBodyBytes"]} bytes; the limit is {MaxTransactionBytes}");
        json["largestPageBytes"] = (long)written["largestPageBytes"]!;
        json["largestTransactionBytes"] = (long)written["largestBodyBytes"]!;
        if (rowMembers > 0)
        {
            var rows = await MeasureAsync("an entity a member, written", "rowsWrite", StorageWork.WriteRows, rowMembers, []);
            var rowsRead = await MeasureAsync("an entity a member, read", "rowsRead", StorageWork.ReadRows, rowMembers, []);
            outcome.Check((long)rowsRead["entities"]! == rowMembers, $"{rowsRead["entities"]} entities were read of {rowMembers}");
            foreach (var (name, of) in new (string, Func<JsonObject, double>)[]
            {
                ("requests", it => (double)it["requests"]!),
                ("bytes", it => (double)it["bytesSent"]! + (double)it["bytesReceived"]!),
                ("cpu", it => (double)it["cpuSeconds"]!),
                ("seconds", it => (double)it["seconds"]!),
            })
            {
                json[$"{name}ShareOfRows"] = Math.Round(of(written) / members / (of(rows) / rowMembers), 4);
                json[$"{name}ShareOfRowsRead"] = Math.Round(of(read) / members / (of(rowsRead) / rowMembers), 4);
            }
        }

        return await outcome.EndAsync([table], save);

        async Task<JsonObject> MeasureAsync(string title, string name, string work, int count, JsonObject input)
        {
            Outcome.Tell(title);
            (input["connectionString"], input["members"]) = (azurite.ConnectionString, count);
            var result = await WorkerProcess.RunAsync(work, input, cancellationToken);
            var seconds = (double)result["seconds"]!;
            table.Add(
                title,
                Table.Number(count),
                Table.Number((double)result["entities"]!),
                Table.Number((double)result["requests"]!),
                Table.Number((double)result["bytesSent"]! / (1 << 20)),
                Table.Number((double)result["bytesReceived"]! / (1 << 20)),
                Table.Number(seconds),
                Table.Number(count / seconds),
                Table.Number((double?)result["cpuSeconds"]));
            var figures = result.DeepClone().AsObject();
            figures.Remove(StorageWork.Chains); // ids made anew each time: no figure
            json[name] = figures;
            return result;
        }
    }
}
