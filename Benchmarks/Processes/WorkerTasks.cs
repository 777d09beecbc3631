using System.Collections.Frozen;
using System.CommandLine;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Payloads;
using AudienceSync.Benchmarks.Peers;
using AudienceSync.Benchmarks.Storage;

namespace AudienceSync.Benchmarks.Processes;

/// <summary>The work that <see cref="WorkerProcess"/> can be asked for: each takes a JSON object and gives one back.</summary>
internal static class WorkerTasks
{
    private static readonly FrozenDictionary<string, Func<JsonObject, CancellationToken, Task<JsonObject>>> Tasks =
        new Dictionary<string, Func<JsonObject, CancellationToken, Task<JsonObject>>>
        {
            [DiffWork.WriteCsv] = DiffWork.WriteCsvAsync,
            [DiffWork.ReadSource] = DiffWork.ReadSourceAsync,
            [DiffWork.Build] = DiffWork.BuildAsync,
            [DiffWork.Diff] = DiffWork.DiffAsync,
            [DiffWork.EndToEnd] = DiffWork.EndToEndAsync,
            [SortComm.Work] = SortComm.RunAsync,
            [Sqlite.LoadWork] = Sqlite.LoadAsync,
            [Sqlite.DeltaWork] = Sqlite.DeltaAsync,
            [RuleWork.Prepare] = RuleWork.PrepareAsync,
            [RuleWork.Packed] = RuleWork.PackedAsync,
            [RuleWork.Json] = RuleWork.JsonAsync,
            [DeliverWork.Work] = DeliverWork.RunAsync,
            [PayloadWork.Work] = PayloadWork.RunAsync,
            [StorageWork.WritePacked] = StorageWork.WritePackedAsync,
            [StorageWork.ReadPacked] = StorageWork.ReadPackedAsync,
            [StorageWork.WriteRows] = StorageWork.WriteRowsAsync,
            [StorageWork.ReadRows] = StorageWork.ReadRowsAsync,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The hidden command: <c>worker NAME INPUT</c>.</summary>
    public static Command CreateCommand()
    {
        var (name, input) = (new Argument<string>("name"), new Argument<string>("input"));
        var command = new Command(WorkerProcess.Command, "One piece of work of another command") { name, input };
        command.Hidden = true;
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var result = await Tasks[arguments.GetRequiredValue(name)](JsonNode.Parse(arguments.GetRequiredValue(input))!.AsObject(), cancellationToken);
            await Console.Out.WriteLineAsync(result.ToJsonString());
            return 0;
        });
        return command;
    }
}
