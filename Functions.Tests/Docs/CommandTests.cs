using System.Text.RegularExpressions;
using AudienceSync.Fakes;

namespace AudienceSync.Docs;

/// <summary>Every command of the documentation is run: by CI, by a test, or, for a reason that stands here, by nobody.</summary>
/// <remarks>Blocks marked <c>run</c> are run as they stand, by <see cref="WalkTests"/>.</remarks>
public sealed partial class CommandTests
{
    private static readonly string[] Shells = ["bash", "sh", "pwsh", "http"];

    /// <summary>Answers and data: nothing to run. A language that is missing here makes somebody decide.</summary>
    private static readonly string[] Others = ["csharp", "json", "kusto", "mermaid", "sql", "text"];

    private static readonly string Walked = Repository.Read("Functions.Tests", "Local", "EndToEnd", "DocsWalkTests.cs");

    private static readonly Evidence[] Known =
    [
        Evidence.In(".ci/run", @"^\.ci/run$", "dotnet format AudienceSync.slnx --verify-no-changes"),
        Evidence.In(".ci/run", @"^dotnet run -c Local --project Local/Demo( -- --exit)?$", "dotnet run -c Local --no-build --project Local/Demo -- --exit"),
        Evidence.In(".ci/run", @"^(…|dotnet run -c Local --project Local/Demo) -- --exit$", "dotnet run -c Local --no-build --project Local/Demo -- --exit"),
        Evidence.In(".ci/run", @"^(…|dotnet run -c Local --project Local/Demo) -- --empty --port \d+ --key \S+$", "--project Local/Demo -- --empty --port 7399 --key smoke-test-key"),
        Evidence.In(".ci/run", @"^dotnet test -c Local( Functions\.Tests --filter ""FullyQualifiedName~\S+"")?$", "dotnet test -c Local --no-build"),
        Evidence.In(".ci/run", @"^dotnet run -c Local --project Benchmarks -- COMMAND \[options\]$", "dotnet run -c Local --no-build --project Benchmarks -- \"$@\" --quick"),
        Evidence.In(".ci/run", @"^node requests/receiver\.mjs \d+$", "node requests/receiver.mjs"),
        Evidence.In(".ci/run", @"^node requests/run\.mjs requests/\*\.http$", "node requests/run.mjs --api"),
        Evidence.In(".github/workflows/release-build.yml", "^dotnet (publish|build) .*-c Release", "dotnet publish Functions -c Release -o package"),
        Evidence.In(".github/workflows/smoke.yml", "^npx azurite|^cp local.settings.sample.json", "azurite --silent"),
        Evidence.In(".github/workflows/smoke.yml", "^(cd Functions/bin/Release/net10.0|func start --no-build)$", "func start --no-build"),
        Evidence.In(".github/workflows/bicep.yml", "^az bicep (build|lint)", "az bicep lint --file infra/main.bicep"),
        Evidence.In("Functions.Tests/Local/EndToEnd/AppProcess.cs", @"^(export \w+=.*|dotnet run -c Local --project Functions -- --port \d+)$", "\"AudienceSync.dll\"), \"--port\", \"0\""),
        Evidence.In("Functions.Tests/Connectors/ConnectorDocsTests.cs", "^UPDATE_DOCS=1 dotnet test", "UPDATE_DOCS"),
        Evidence.In("Functions.Tests/Local/Platforms/PlatformServerTests.cs", @"^(…|dotnet run -c Local --project Local/Demo) -- --platforms( --port \d+)?$", "PlatformServer.StartAsync"),
        Evidence.In("Functions.Tests/Local/EndToEnd/PoisonReplayTests.cs", "^node ops/replay-poison.mjs ", "\"replay-poison.mjs\""),
        Evidence.In("Functions.Tests/Local/EndToEnd/RestoreTests.cs", "^node ops/copy-storage.mjs ", "\"copy-storage.mjs\""),
        Evidence.In("Functions.Tests/Local/EndToEnd/JourneysWalkTests.cs", @"^POST /api/v1/journeys/\{id\}/steps/|^\{""(profileIds|segmentId)""", "{\"profileIds\":[\"journey-1\",\"nobody\",\"journey-2\"]}"),
        Evidence.In("Functions.Tests/Local/EndToEnd/IdentityWalkTests.cs", @"^GET /api/v1/profiles/resolve\?token=", "GetAsync($\"profiles/resolve?token={token}\")"),
        Evidence.In("Functions.Tests/Local/EndToEnd/IdentityWalkTests.cs", @"^POST /api/v1/profiles/lookup$|^\{""identifiers"":\{", "PostAsync(\"profiles/lookup\""),
        Evidence.In("Functions.Tests/Local/EndToEnd/CatalogueWalkTests.cs", @"^GET /api/v1/catalog/attributes\?", "GetAsync(\"catalog/attributes?"),
        Evidence.In("Functions.Tests/Local/EndToEnd/ConfigWalkTests.cs", @"^curl -sS -X PUT ""\$API/config""", "HttpMethod.Put, \"config"),
        Evidence.None("^jq ", "a tool of its own, to put secrets into a file"),
        Evidence.None("^(azd|az) |^(API|VAULT|BOOTSTRAP|APP|SUB)=\\$\\(az|^ENV=prod REPO=", "asks for a subscription of Azure; the templates behind it are compiled and linted by CI"),
        Evidence.None(@"^infra/entra/register\.sh$", "asks for a tenant of Entra ID"),
        Evidence.None("^docker run .*aspire-dashboard", "fetches a viewer; TelemetryTests sends to a collector of its own"),
        Evidence.None("^openssl rand -base64 32$|^apt-get install postgresql$", "a tool of the operating system"),
    ];

    [Fact]
    public void Fences_SayWhatTheyAre()
    {
        var blocks = Documentation.Pages.SelectMany(page => page.Blocks).ToList();

        blocks.Where(block => !Shells.Contains(block.Language) && !Others.Contains(block.Language))
            .Select(block => $"{block.Page}:{block.Line} is of no known language: '{block.Info}'").ShouldBeEmpty();
    }

    [Fact]
    public void Commands_AreRunOrExcused() =>
        Commands().Where(command => !Known.Any(known => known.Covers(command.Text))).Select(command => $"{command.Place} is run by nobody: {command.Text}").ShouldBeEmpty();

    [Fact]
    public void Evidence_IsThereAndInUse()
    {
        var commands = Commands().ToList();

        commands.Count.ShouldBeGreaterThan(40, "commands are found");
        Known.Where(known => !known.IsThere).Select(known => $"{known.File} does not run {known.Fragment} any more").ShouldBeEmpty();
        Known.Where(known => !commands.Any(command => known.Covers(command.Text))).Select(known => $"nothing is left of {known.Pattern}").ShouldBeEmpty();
    }

    [Fact]
    public void Pages_WithBlocksToRunAreWalked() => WalkTests.Pages.ShouldContain("README.md");

    /// <summary>Lines of blocks that nobody runs as a whole, and code in a line of text that begins as a command does.</summary>
    private static IEnumerable<(string Place, string Text)> Commands() => Documentation.Pages.SelectMany(page =>
        page.Blocks.Where(block => Shells.Contains(block.Language) && block.Treatment != "run" && !(block.Language == "http" && IsSentWhole(page)))
            .SelectMany(block => CommandLines.Of(block).Select(line => ($"{page.Path}:{line.Number}", line.Text)))
            .Concat(page.Spans.Where(span => Spoken().IsMatch(span.Code)).Select(span => ($"{page.Path}:{span.Line}", span.Code))));

    /// <summary>A page whose requests are sent as they stand, one after the other.</summary>
    private static bool IsSentWhole(MarkdownPage page) => Walked.Contains($"InlineData(\"{page.Path.Split('/')[^1]}\")", StringComparison.Ordinal);

    [GeneratedRegex(@"^(dotnet (run|test|build|publish|format) |… -- |curl |azd? (?!-)|npx |npm |node |func |docker |openssl |apt-get |\.ci/run$|infra/\S+\.sh$)")]
    private static partial Regex Spoken();

    /// <param name="File">What runs it; null: nothing does.</param>
    /// <param name="Fragment">As it stands there; without a file, why not.</param>
    private sealed record Evidence(Regex Pattern, string? File, string Fragment)
    {
        public bool IsThere => File is null || Repository.Read(File.Split('/')).Contains(Fragment, StringComparison.Ordinal);

        public static Evidence In(string file, string pattern, string fragment) => new(new(pattern, RegexOptions.CultureInvariant), file, fragment);

        public static Evidence None(string pattern, string reason) => new(new(pattern, RegexOptions.CultureInvariant), null, reason);

        public bool Covers(string command) => Pattern.IsMatch(command);
    }
}
