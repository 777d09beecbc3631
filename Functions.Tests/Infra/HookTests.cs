using System.Diagnostics;
using AudienceSync.Fakes;

namespace AudienceSync.Infra;

/// <summary>The hook that makes the bootstrap key, with an <c>az</c> that a test plays.</summary>
public sealed class HookTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("audiencesync-hook");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Postprovision_NoKeyYet_MakesOneAndRefreshesTheSettings()
    {
        var (code, text, calls) = await RunAsync("*NotFound*", "ERROR: Not Found({\"error\":{\"code\":\"SecretNotFound\"}})");

        code.ShouldBe(0, text);
        calls.Count.ShouldBe(4);
        calls[0].ShouldStartWith("rest --method get --url /subscriptions/sub/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv/secrets/bootstrap-key?");
        calls[1].ShouldStartWith("deployment group create");
        calls[1].ShouldNotContain("as_boot_");
        calls[2].ShouldMatch("^key as_boot_[A-Za-z0-9_-]{43}$", "256 bits, only in the environment of az");
        calls[3].ShouldContain("Microsoft.Web/sites/func/config/configreferences/appsettings/refresh");
        text.ShouldContain("bootstrap-key");
        text.ShouldNotContain(calls[2]["key ".Length..], Case.Sensitive, "the key is printed nowhere");
    }

    [Fact]
    public async Task Postprovision_KeyThere_LeavesIt()
    {
        var (code, text, calls) = await RunAsync("none", "");

        code.ShouldBe(0, text);
        calls.ShouldHaveSingleItem().ShouldStartWith("rest --method get");
    }

    [Fact]
    public async Task Postprovision_VaultDoesNotSay_MakesNothing()
    {
        var (code, text, calls) = await RunAsync("*", "ERROR: Forbidden({\"error\":{\"code\":\"AuthorizationFailed\"}})");

        code.ShouldBe(1, text);
        calls.ShouldHaveSingleItem();
        text.ShouldContain("AuthorizationFailed");
    }

    /// <param name="missing">Not <c>none</c>: asking for the secret fails.</param>
    private async Task<(int Code, string Text, IReadOnlyList<string> Calls)> RunAsync(string missing, string error)
    {
        var log = Path.Combine(_folder.FullName, "calls");
        var az = Path.Combine(_folder.FullName, "az");
        await File.WriteAllTextAsync(az, $$"""
            #!/bin/sh
            echo "$*" >> '{{log}}'
            case "$*" in
              *'--method get'*) [ '{{missing}}' = none ] || { echo '{{error}}' >&2; exit 1; } ;;
              'deployment group create'*) echo "key $BOOTSTRAP_KEY" >> '{{log}}' ;;
            esac
            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(az, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var start = new ProcessStartInfo("sh", ["infra/hooks/postprovision.sh"])
        {
            WorkingDirectory = Repository.PathOf(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["PATH"] = $"{_folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}",
                ["AZURE_SUBSCRIPTION_ID"] = "sub",
                ["AZURE_RESOURCE_GROUP"] = "rg",
                ["AZURE_KEY_VAULT_NAME"] = "kv",
                ["BOOTSTRAP_SECRET_NAME"] = "bootstrap-key",
                ["SERVICE_API_NAME"] = "func",
            },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors, File.Exists(log) ? await File.ReadAllLinesAsync(log) : []);
    }
}
