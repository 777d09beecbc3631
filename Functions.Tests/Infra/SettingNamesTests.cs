using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AudienceSync.Fakes;
using AudienceSync.Infra.Rules;
using Microsoft.Extensions.Options;

namespace AudienceSync.Infra;

/// <summary>Code, sample, documentation and Bicep name the same settings.</summary>
public sealed partial class SettingNamesTests
{
    /// <summary>Those that the host reads and everybody needs on a machine of their own.</summary>
    private static readonly string[] OfTheHost = ["AzureWebJobsStorage", "FUNCTIONS_WORKER_RUNTIME"];

    /// <summary>What the sample sets otherwise than the code, for a machine of one's own.</summary>
    private static readonly string[] SetInTheSample = ["Access__BootstrapKey", "Outbound__AllowPrivateAddresses"];

    private static readonly string Sample = Repository.Read("local.settings.sample.json");

    private static IEnumerable<string> OfTheCode => CodeNames.OptionSettings.Concat(CodeNames.DirectSettings).Distinct();

    [Fact]
    public void Sample_NamesTheSettingsOfTheCode() => Values().Keys.ShouldBe(OfTheCode.Concat(OfTheHost).Distinct(), ignoreOrder: true);

    /// <summary>A line of its own above each.</summary>
    [Fact]
    public void Sample_ExplainsEachSetting()
    {
        var lines = Sample.Split('\n');

        lines.Index()
            .Where(line => SampleLine().IsMatch(line.Item) && !lines[line.Index - 1].TrimStart().StartsWith("// ", StringComparison.Ordinal))
            .Select(line => line.Item.Trim())
            .ShouldBeEmpty();
        lines.Count(line => SampleLine().IsMatch(line)).ShouldBe(Values().Count);
    }

    [Fact]
    public void Sample_ShowsTheDefaults()
    {
        var values = Values();
        var wrong = from type in CodeNames.OptionTypes
                    let options = Activator.CreateInstance(type)!
                    from property in type.GetProperties().Where(property => property is { CanRead: true, CanWrite: true })
                    let name = $"{CodeNames.SectionOf(type)}__{property.Name}"
                    where !SetInTheSample.Contains(name)
                    let expected = Spelled(property.GetValue(options))
                    where values[name] != expected
                    select $"{name} is '{values[name]}' in the sample, and '{expected}' in the code";

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Documentation_NamesTheSettingsOfTheCode() => Documented().ShouldBe(OfTheCode.Append("AzureWebJobsStorage").Distinct(), ignoreOrder: true);

    /// <summary>What a template sets is read, and what has no default it sets: <see cref="SettingRules"/>. What it leaves to the default can be set by its parameter.</summary>
    [Fact]
    public void Bicep_SetsNothingElse()
    {
        var set = SettingRules.SettingsOf(InfraFiles.Load()).Select(setting => setting.Name).Where(name => name.Contains("__", StringComparison.Ordinal)).ToList();

        set.ShouldNotBeEmpty();
        set.Where(name => !name.StartsWith("AzureWebJobsStorage__", StringComparison.Ordinal)).Except(OfTheCode).ShouldBeEmpty();
    }

    /// <summary>Each class of options is checked when the app starts, and its defaults are sound.</summary>
    [Fact]
    public void Options_EachHasAValidatorThatTakesItsDefaults()
    {
        foreach (var type in CodeNames.OptionTypes)
        {
            var contract = typeof(IValidateOptions<>).MakeGenericType(type);
            var validator = type.Assembly.GetTypes().Where(each => !each.IsGenericType && contract.IsAssignableFrom(each)).ShouldHaveSingleItem($"{type.Name} has a validator of its own");

            var result = (ValidateOptionsResult)contract.GetMethod("Validate")!.Invoke(Activator.CreateInstance(validator), [null, Activator.CreateInstance(type)])!;

            result.Succeeded.ShouldBeTrue(result.FailureMessage);
        }
    }

    private static Dictionary<string, string> Values()
    {
        using var document = JsonDocument.Parse(Sample, new() { CommentHandling = JsonCommentHandling.Skip });
        return document.RootElement.GetProperty("Values").EnumerateObject().ToDictionary(setting => setting.Name, setting => setting.Value.GetString()!);
    }

    /// <summary>Names in the first column of the table; <c>__Other</c> after a name has the section of that.</summary>
    private static IEnumerable<string> Documented()
    {
        foreach (var row in Repository.Read("docs", "operations.md").Split('\n').SkipWhile(line => line != "| setting | meaning |").Skip(2).TakeWhile(line => line.StartsWith('|')))
        {
            var section = "";
            foreach (Match name in Quoted().Matches(row.Split('|')[1]))
            {
                var text = name.Groups[1].Value;
                section = text.StartsWith("__", StringComparison.Ordinal) ? section : text.Split("__")[0];
                yield return text.StartsWith("__", StringComparison.Ordinal) ? section + text : text;
            }
        }
    }

    private static string Spelled(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    [GeneratedRegex("""^ {4}"[A-Za-z_]+": ".*",?$""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
