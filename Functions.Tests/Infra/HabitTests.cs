using System.Text.Json;
using System.Text.RegularExpressions;
using AudienceSync.Fakes;

namespace AudienceSync.Infra;

/// <summary>What a visitor of the repository relies on: notices, an editor's tasks, templates.</summary>
public sealed partial class HabitTests
{
    /// <summary>The files of editors are JSON with comments.</summary>
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    [Fact]
    public void Notices_NameEveryPackage()
    {
        var notices = Repository.Read("THIRD-PARTY-NOTICES");
        var named = Name().Matches(notices).Select(match => match.Value).ToHashSet(StringComparer.Ordinal);

        var packages = Package().Matches(Repository.Read("Directory.Packages.props")).Select(match => match.Groups[1].Value).Distinct().ToList();

        packages.Count.ShouldBeGreaterThan(20);
        packages.Where(package => !named.Contains(package)).ShouldBeEmpty("name them in THIRD-PARTY-NOTICES, with licence, copyright and address");
    }

    [Theory]
    [InlineData(".devcontainer/devcontainer.json")]
    [InlineData(".vscode/tasks.json")]
    [InlineData(".vscode/launch.json")]
    [InlineData(".vscode/extensions.json")]
    [InlineData(".vscode/settings.json")]
    [InlineData("infra/bicepconfig.json")]
    [InlineData("infra/entra/app-roles.json")]
    public void EditorFile_IsJson(string path) => JsonDocument.Parse(Repository.Read(path.Split('/')), Lenient).RootElement.ValueKind.ShouldNotBe(JsonValueKind.Null);

    [Fact]
    public void Tasks_NameWhatExists()
    {
        var tasks = JsonDocument.Parse(Repository.Read(".vscode", "tasks.json"), Lenient).RootElement.GetProperty("tasks").EnumerateArray().ToList();
        var labels = tasks.Select(task => task.GetProperty("label").GetString()).ToList();
        var launches = JsonDocument.Parse(Repository.Read(".vscode", "launch.json"), Lenient).RootElement.GetProperty("configurations").EnumerateArray();

        launches.Where(launch => launch.TryGetProperty("preLaunchTask", out _)).Select(launch => launch.GetProperty("preLaunchTask").GetString()).ShouldBeSubsetOf(labels);
        tasks.Where(task => task.TryGetProperty("args", out _))
            .SelectMany(task => task.GetProperty("args").EnumerateArray().Select(argument => argument.GetString()!))
            .Where(argument => argument.Contains('/') && !argument.Contains("://") || argument.EndsWith(".slnx", StringComparison.Ordinal))
            .Where(path => !File.Exists(Repository.PathOf(path.Split('/'))) && !Directory.Exists(Repository.PathOf(path.Split('/'))))
            .ShouldBeEmpty();
    }

    [Theory]
    [InlineData("CODE_OF_CONDUCT.md")]
    [InlineData("SECURITY.md")]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("LICENSE")]
    [InlineData("docs/deployment.md")]
    [InlineData("docs/observability.md")]
    [InlineData("docs/operations.md")]
    public void Page_IsFoundFromTheReadme(string path) => Repository.Read("README.md").ShouldContain($"({path})");

    [Fact]
    public void Scripts_AreThoseOfBothShellsAndCanBeRun()
    {
        foreach (var script in new[] { "infra/hooks/postprovision", "infra/hooks/postdeploy", "infra/entra/register" })
        {
            File.Exists(Repository.PathOf($"{script}.ps1".Split('/'))).ShouldBeTrue(script);
            var posix = Repository.PathOf($"{script}.sh".Split('/'));
            File.ReadAllText(posix).ShouldStartWith("#!/bin/sh\n");
            if (!OperatingSystem.IsWindows())
            {
                File.GetUnixFileMode(posix).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue(script);
            }
        }
    }

    [GeneratedRegex("PackageVersion Include=\"([^\"]+)\"")]
    private static partial Regex Package();

    [GeneratedRegex(@"[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z][A-Za-z0-9]*)*")]
    private static partial Regex Name();
}
