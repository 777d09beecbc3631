using AudienceSync.Fakes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Backup and restore as docs/operations.md has it: a copy goes on where the installation stood.</summary>
public sealed class RestoreTests
{
    [Fact]
    public async Task Restore_CopyOfAnInstallation_GoesOnWithoutSendingAgain_AndAnOlderOneCatchesUp()
    {
        var backup = Directory.CreateTempSubdirectory("audiencesync-backup-");
        try
        {
            await using var receiver = await Receiver.StartAsync();
            var audience = await BackUpAfterAFirstRunAsync(receiver, backup.FullName);

            await using (var restored = await RestoreAsync(backup.FullName))
            {
                var calls = receiver.Calls.Count;
                RunNumbers.Of(await restored.Api.RunAsync(audience.DestinationId), "planned").ShouldBe("0/0/0");
                receiver.Calls.Count.ShouldBe(calls, "what the platform had accepted was sent again");

                await audience.ChangeAsync(restored.Api);
                (await restored.Api.RunAsync(audience.DestinationId))["status"]!.GetValue<string>().ShouldBe("succeeded");
                audience.ShouldBeOnTheList();
                receiver.Surprises.ShouldBeEmpty();
            }

            // The backup is now older than what the platform has.
            await using var older = await RestoreAsync(backup.FullName);
            await audience.SendAllAsync(older.Api);
            (await older.Api.RunAsync(audience.DestinationId, """{"mode":"full"}"""))["status"]!.GetValue<string>().ShouldBe("succeeded");
            audience.ShouldBeOnTheList();
            RunNumbers.Of(await older.Api.RunAsync(audience.DestinationId), "planned").ShouldBe("0/0/0");
        }
        finally
        {
            backup.Delete(recursive: true);
        }
    }

    private static async Task<TestAudience> BackUpAfterAFirstRunAsync(Receiver receiver, string folder)
    {
        var account = await AzuriteFixture.NewAccountAsync();
        await using var app = await AppProcess.StartAsync(account);
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "kept", size: 60);
        (await app.Api.RunAsync(audience.DestinationId))["status"]!.GetValue<string>().ShouldBe("succeeded");
        audience.ShouldBeOnTheList();
        (await app.StopAsync()).ShouldBe(0);
        (await OpsScript.RunAsync("copy-storage.mjs", account, folder)).ShouldContain("entities copied");
        return audience;
    }

    private static async Task<AppProcess> RestoreAsync(string folder)
    {
        var account = await AzuriteFixture.NewAccountAsync();
        await OpsScript.RunAsync("copy-storage.mjs", folder, account);
        return await AppProcess.StartAsync(account);
    }
}
