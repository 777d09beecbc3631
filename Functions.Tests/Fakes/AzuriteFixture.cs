using System.Collections.Concurrent;
using AudienceSync.Local;

namespace AudienceSync.Fakes;

/// <summary>
/// One Azurite, in memory, for the whole test run. A test class takes this as its <see cref="IClassFixture{TFixture}"/> and gets a storage
/// account that nothing else uses, so that classes run side by side with the same names of tables and queues.
/// </summary>
/// <remarks>Azurite ends with the test process: it watches a pipe that the end of the process closes.</remarks>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private const int Accounts = 600;

    private static readonly Lazy<Task<ConcurrentQueue<string>>> UnusedAccounts = new(async () =>
    {
        var server = await AzuriteServer.StartAsync(new() { InMemory = true, ExtraAccounts = Accounts }, CancellationToken.None);
        return new(server.ExtraConnectionStrings);
    });

    /// <summary>The account of this test class.</summary>
    public string ConnectionString { get; private set; } = "";

    public async Task InitializeAsync() => ConnectionString = await NewAccountAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>The connection string of a storage account that nothing else uses.</summary>
    public static async Task<string> NewAccountAsync() =>
        (await UnusedAccounts.Value).TryDequeue(out var account)
            ? account
            : throw new InvalidOperationException($"All {Accounts} accounts of the test run are in use: raise the number.");
}
