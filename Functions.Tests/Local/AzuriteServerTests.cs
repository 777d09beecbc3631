using System.Diagnostics;
using Azure.Storage.Queues;

namespace AudienceSync.Local;

public sealed class AzuriteServerTests
{
    [Fact]
    public async Task StartAsync_InMemory_AnswersOnEveryAccountAndLeavesNothingBehind()
    {
        var server = await AzuriteServer.StartAsync(new() { InMemory = true, ExtraAccounts = 2 }, CancellationToken.None);
        using var process = Process.GetProcessById(server.ProcessId);
        foreach (var account in (string[])[server.ConnectionString, .. server.ExtraConnectionStrings])
        {
            // Each account has its own queues: the name is new in each.
            (await new QueueClient(account, "same-name").CreateAsync()).Status.ShouldBe(201);
        }

        await server.DisposeAsync();

        process.HasExited.ShouldBeTrue();
    }

    [Fact]
    public async Task StartAsync_SameDataFolderAgain_FindsWhatWasStored()
    {
        var folder = Directory.CreateTempSubdirectory("azurite-test-").FullName;
        try
        {
            await using (var first = await AzuriteServer.StartAsync(new() { DataFolder = folder }, CancellationToken.None))
            {
                var queue = new QueueClient(first.ConnectionString, "kept");
                await queue.CreateAsync();
                await queue.SendMessageAsync("still here");
            }

            File.Exists(Path.Combine(folder, "azurite.pid")).ShouldBeFalse(); // it ended by itself, not by force
            await using var second = await AzuriteServer.StartAsync(new() { DataFolder = folder }, CancellationToken.None);

            var message = await new QueueClient(second.ConnectionString, "kept").ReceiveMessageAsync();
            message.Value.MessageText.ShouldBe("still here");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task StartAsync_FolderOfAKilledServer_Starts()
    {
        var folder = Directory.CreateTempSubdirectory("azurite-test-").FullName;
        try
        {
            await using var killed = await AzuriteServer.StartAsync(new() { DataFolder = folder }, CancellationToken.None);
            using (var process = Process.GetProcessById(killed.ProcessId)) process.Kill();

            await using var next = await AzuriteServer.StartAsync(new() { DataFolder = folder }, CancellationToken.None);

            (await new QueueClient(next.ConnectionString, "any").CreateAsync()).Status.ShouldBe(201);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task StartAsync_InMemoryWithDataFolder_Refuses() =>
        await Should.ThrowAsync<ArgumentException>(() => AzuriteServer.StartAsync(
            new() { InMemory = true, DataFolder = "x" }, CancellationToken.None));
}
