using System.Security.Cryptography;
using AudienceSync.Fakes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>The sealing key is rotated as docs/operations.md has it, and no run notices.</summary>
public sealed class KeyRotationTests
{
    [Fact]
    public async Task SealingKey_Rotated_OpensWhatTheOldOneSealed_UntilSecretsAreSentAgain()
    {
        var account = await AzuriteFixture.NewAccountAsync();
        var (old, next) = (NewKey(), NewKey());
        await using var receiver = await Receiver.StartAsync();
        TestAudience audience;
        await using (var before = await StartAsync(account, old))
        {
            audience = await TestAudience.CreateAsync(before.Api, receiver, "sealed", size: 20);
            await ShouldSyncAsync(before, audience);
        }

        await using (var during = await StartAsync(account, next, retired: old))
        {
            await audience.NoteAsync(during.Api, 1, "under the retired key");
            await ShouldSyncAsync(during, audience);
            var connection = (await during.Api.GetAsync($"connections/{audience.ConnectionId}")).ShouldBe(200);
            (await during.Api.PatchAsync($"connections/{audience.ConnectionId}", $$$"""{"secrets":{"signingSecret":"{{{receiver.SigningSecret}}}"}}""", connection.ETag)).ShouldBe(200);
        }

        await using var after = await StartAsync(account, next);
        await audience.NoteAsync(after.Api, 1, "under the new key");
        await ShouldSyncAsync(after, audience);
    }

    private static async Task ShouldSyncAsync(AppProcess app, TestAudience audience)
    {
        (await app.Api.RunAsync(audience.DestinationId))["status"]!.GetValue<string>().ShouldBe("succeeded");
        audience.ShouldBeOnTheList();
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static Task<AppProcess> StartAsync(string account, string key, string? retired = null) => AppProcess.StartAsync(
        account, new Dictionary<string, string> { ["Secrets__SealingKey"] = key, ["Secrets__RetiredKeys"] = retired ?? "" });
}
