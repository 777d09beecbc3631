using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors;

/// <summary>The pages in <c>docs/connectors</c> are what the definitions say. With UPDATE_DOCS=1 in the environment they are written instead of compared.</summary>
public sealed class ConnectorDocsTests
{
    private static readonly bool Updates = Environment.GetEnvironmentVariable("UPDATE_DOCS") is "1";

    private static readonly string Folder = Repository.PathOf("docs", "connectors");

    /// <summary>Pages written by hand: platforms for which there is no connector, and why.</summary>
    private static readonly string[] HandWritten = ["sftp.md"];

    [Theory]
    [MemberData(nameof(CatalogTests.Types), MemberType = typeof(CatalogTests))]
    public void Page_IsWhatTheDefinitionSays(string type) => ShouldBe($"{type}.md", ConnectorPage.Of(ConnectorList.All.Find(type)!));

    [Fact]
    public void Index_NamesEveryConnector() => ShouldBe("README.md", ConnectorPage.Index(ConnectorList.All.All));

    [Fact]
    public void Folder_HasNoPageOfAConnectorThatIsGone() =>
        Directory.GetFiles(Folder, "*.md").Select(Path.GetFileName).Except(HandWritten)
            .ShouldBe([.. ConnectorList.All.All.Select(connector => $"{connector.Type}.md"), "README.md"], ignoreOrder: true);

    [Fact]
    public void Page_OfAnyDefinition_SaysWhatMatters()
    {
        var page = ConnectorPage.Of(Samples.Connector() with
        {
            Summary = "Adds people.",
            RowAnswers = "Row by row.",
            Notes = ["Beware."],
            Sources = [new("Docs", "https://example.com/api", "2026-11")],
            Settings = [SettingField.Secret("apiKey", "API key", "From | the account.", required: true), SettingField.Text("baseUrl", "Base", "Hidden.", hidden: true)],
            Fields = new() { Identifiers = [Identifier.Email.As("EMAIL").TrimmedLowercase().Sha256Hex()], Need = IdentifierNeed.AllOf, Typed = [new("age", FieldType.Number)] },
            DefaultMapping = [new("email", "EMAIL", IsIdentifier: true)],
        });

        page.ShouldContain("| `apiKey` (required) | secret | **API key.** From \\| the account. |  |");
        page.ShouldNotContain("baseUrl");
        page.ShouldContain("A member needs all of these.");
        page.ShouldContain("| `EMAIL` | `email` | without blanks at both ends, then in lower case, then SHA-256 in hex |");
        page.ShouldContain("""[{"from":"email","to":"EMAIL","identifier":true}]""");
        page.ShouldContain("Of one type: `age` (number).");
        page.ShouldContain("| Rows in one call | 100 |");
        page.ShouldContain("| Modes | addOnly, upsert |");
        page.ShouldContain("- Beware.");
        page.ShouldContain("- [Docs](https://example.com/api) (read 2026-11)");
    }

    private static void ShouldBe(string name, string page)
    {
        var path = Path.Combine(Folder, name);
        if (Updates)
        {
            Directory.CreateDirectory(Folder);
            File.WriteAllText(path, page);
        }

        File.Exists(path).ShouldBeTrue($"docs/connectors/{name} is missing. Run this test with UPDATE_DOCS=1 and commit what it writes.");
        File.ReadAllText(path).ReplaceLineEndings("\n").ShouldBe(page, $"docs/connectors/{name} is stale. Run this test with UPDATE_DOCS=1 and commit what it writes.");
    }
}
