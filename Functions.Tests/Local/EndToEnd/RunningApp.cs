using AudienceSync.Fakes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>One app on a storage account of its own, for all tests of a class.</summary>
public sealed class RunningApp : IAsyncLifetime
{
    internal AppProcess Process { get; private set; } = null!;

    internal ApiClient Api => Process.Api;

    /// <summary>Of the account that the app works on.</summary>
    internal string ConnectionString { get; private set; } = "";

    public async Task InitializeAsync()
    {
        ConnectionString = await AzuriteFixture.NewAccountAsync();
        Process = await AppProcess.StartAsync(ConnectionString);
    }

    public async Task DisposeAsync() => await Process.DisposeAsync();
}
