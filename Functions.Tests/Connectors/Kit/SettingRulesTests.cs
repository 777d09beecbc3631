using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

public sealed class SettingRulesTests
{
    private static readonly ConnectorDefinition Connector = Samples.Connector() with
    {
        Settings =
        [
            SettingField.Url("url", "URL", "An address.", required: true),
            SettingField.Choice("method", "Method", "A method.", ["POST", "PUT"], "POST"),
            SettingField.Number("size", "Size", "A size.", 1, 1_000, 100),
            SettingField.Flag("fast", "Fast", "A flag."),
            SettingField.Text("code", "Code", "Three letters.", pattern: "[a-z]{3}|[0-9]{3}"),
            SettingField.Secret("token", "Token", "A token.", pattern: "[!-~]+"),
        ],
        CheckSettings = settings => settings["code"] is "bad" ? [new("/settings/code", "no_bad", "Not bad.")] : [],
    };

    [Fact]
    public void Check_SoundSettings_HasNoFaults() =>
        Check(("url", "https://example.com/hook?a=1"), ("method", "PUT"), ("size", "1000"), ("fast", "true"), ("code", "abc"), ("token", "xyz")).ShouldBeEmpty();

    [Theory]
    [InlineData("url", "", "/settings/url required")]
    [InlineData("url", "hooks.example", "/settings/url invalid_url")]
    [InlineData("url", "ftp://hooks.example/", "/settings/url invalid_url")]
    [InlineData("url", "https://me:pw@hooks.example/", "/settings/url invalid_url")]
    [InlineData("url", "https://hooks.example/#part", "/settings/url invalid_url")]
    [InlineData("method", "GET", "/settings/method invalid_choice")]
    [InlineData("size", "0", "/settings/size out_of_range")]
    [InlineData("size", "1001", "/settings/size out_of_range")]
    [InlineData("size", "many", "/settings/size out_of_range")]
    [InlineData("fast", "yes", "/settings/fast invalid_type")]
    [InlineData("code", "abcd", "/settings/code invalid_format")]
    [InlineData("code", "1234", "/settings/code invalid_format")]
    [InlineData("code", "bad", "/settings/code no_bad")]
    [InlineData("token", "two words", "/secrets/token invalid_format")]
    [InlineData("sise", "1", "/settings/sise unknown_field")]
    [InlineData("a/b~c", "1", "/settings/a~1b~0c unknown_field")]
    public void Check_OneFault_IsNamed(string name, string value, string fault)
    {
        var all = new Dictionary<string, string> { ["url"] = "https://example.com/", [name] = value };

        Check([.. all.Select(pair => (pair.Key, pair.Value))]).Select(each => $"{each.Pointer} {each.Code}").ShouldBe([fault]);
    }

    [Fact]
    public void Check_SeveralFaults_AreAllNamedAtOnce() =>
        Check(("method", "GET"), ("size", "-1"), ("sise", "1")).Select(fault => fault.Pointer)
            .ShouldBe(["/settings/sise", "/settings/url", "/settings/method", "/settings/size"]);

    [Fact]
    public void Check_SlipOfTheName_SuggestsTheRightOne() => Check(("url", "https://example.com/"), ("sise", "1")).Single().Detail.ShouldEndWith("Did you mean 'size'?");

    [Fact]
    public void Check_SecretAtFault_IsNotRepeated() =>
        Check(("url", "https://example.com/"), ("token", "my secret words")).Single().Detail.ShouldNotContain("my secret words");

    [Fact]
    public void Check_SecretAmongTheSettings_SaysWhereItBelongs()
    {
        var settings = new ConnectorSettings("con_1", ImmutableDictionary.CreateRange<string, string>([new("url", "https://example.com/"), new("token", "xyz")]), []);

        SettingRules.Check(Connector, settings).Single().Detail.ShouldBe("'token' belongs into 'secrets'.");
    }

    private static ImmutableArray<Faults.Fault> Check(params (string, string)[] settings) => SettingRules.Check(Connector, Samples.Settings(settings));
}
