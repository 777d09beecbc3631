using System.Text.RegularExpressions;
using AudienceSync.Fakes;
using AudienceSync.Infra.Bicep;

namespace AudienceSync.Infra.Rules;

/// <summary>Alerts look at what the app measures, under exactly the names in code, and each has its runbook.</summary>
internal static partial class AlertRules
{
    /// <summary>What has to wake somebody up, by the name of the alert.</summary>
    private static readonly string[] Wanted =
        ["poison-depth", "sync-stopped", "runs-failed", "runs-held", "platform-throttling", "http-5xx", "storage-throttling"];

    public static IEnumerable<string> Faults(InfraFiles files)
    {
        var texts = files.Templates
            .SelectMany(file => file.Declarations.SelectMany(BicepWalk.Within).OfType<Expression.Text>().Select(text => (file.Path, text.Line, Text: text.Pattern)))
            .ToList();
        foreach (var (path, line, text) in texts)
        {
            foreach (Match match in InstrumentInQuery().Matches(text))
            {
                if (!CodeNames.Instruments.Contains(match.Groups[1].Value))
                {
                    yield return $"{path}:{line}: no instrument in code is called '{match.Groups[1].Value}' (InstrumentNames).";
                }
            }
        }

        var names = NamesOf(files).ToList();
        foreach (var missing in Wanted.Except(names))
        {
            yield return $"There is no alert '{missing}'.";
        }

        if (files.Templates.All(file => file.All<Declaration.Resource>().All(resource => resource.TypeName != "Microsoft.Consumption/budgets")))
        {
            yield return "There is no budget.";
        }

        var docs = Repository.Read("docs", "operations.md");
        foreach (var name in names.Where(name => !docs.Contains($"### `{name}`", StringComparison.Ordinal)))
        {
            yield return $"The alert '{name}' has no runbook: a heading ### `{name}` in docs/operations.md.";
        }

        foreach (var stale in Runbook().Matches(docs).Select(match => match.Groups[1].Value).Except(names))
        {
            yield return $"docs/operations.md has a runbook for '{stale}', but there is no such alert.";
        }
    }

    public static IEnumerable<string> NamesOf(InfraFiles files)
    {
        var file = files.Find("infra/modules/alerts.bicep");
        var queries = file?.All<Declaration.Variable>().FirstOrDefault(variable => variable.Name == "rules")?.Value is Expression.List rules
            ? rules.Items.OfType<Expression.Object>().Select(rule => (rule.Find("name") as Expression.Text)?.Literal)
            : [];
        var metrics = file?.All<Declaration.Resource>()
            .Where(resource => resource.TypeName == "Microsoft.Insights/metricAlerts")
            .Select(resource => (resource.Object.Find("name") as Expression.Text)?.Pattern is { } pattern && AlertName().Match(pattern) is { Success: true } match ? match.Groups[1].Value : null);
        return queries.Concat(metrics ?? []).OfType<string>();
    }

    [GeneratedRegex("AppMetrics .*?Name == \"([^\"]+)\"")]
    private static partial Regex InstrumentInQuery();

    [GeneratedRegex("^### `([^`]+)`$", RegexOptions.Multiline)]
    private static partial Regex Runbook();

    [GeneratedRegex("^alert-(.+)-\\{\\}$")]
    private static partial Regex AlertName();
}
