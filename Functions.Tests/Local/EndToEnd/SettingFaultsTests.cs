using AudienceSync.Fakes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>The app as a process of its own, set up wrongly.</summary>
public sealed class SettingFaultsTests
{
    [Fact]
    public async Task Start_WithBadSettings_EndsWithOneMessageThatNamesThemAll()
    {
        var settings = new Dictionary<string, string> { ["Runs__ClaimFor"] = "soon", ["Outbound__ConnectionsPerHost"] = "0", ["Secrets__VaultUri"] = "vault" };

        var failure = await Should.ThrowAsync<InvalidOperationException>(async () => await AppProcess.StartAsync(await AzuriteFixture.NewAccountAsync(), settings));

        var line = failure.Message.Split('\n').First(each => each.Contains("Runs__ClaimFor is 'soon'", StringComparison.Ordinal));
        line.ShouldContain("Outbound__ConnectionsPerHost");
        line.ShouldContain("Secrets__VaultUri is 'vault'");
    }
}
