using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>The app settings as bindings use them.</summary>
internal sealed partial class AppSettings(IConfiguration configuration)
{
    /// <summary>Puts the setting's value in place of each <c>%NAME%</c>.</summary>
    /// <exception cref="FunctionsHostException">No such setting.</exception>
    public string Resolve(string text, string function) => Placeholder().Replace(text, match =>
    {
        var name = match.Groups[1].Value;
        return Value(name) is { Length: > 0 } value
            ? value
            : throw new FunctionsHostException($"Function '{function}': '%{name}%' does not resolve: there is no app setting {name}.");
    });

    /// <summary>True when <c>AzureWebJobs.{name}.Disabled</c> says so.</summary>
    public bool IsDisabled(string function) => Value($"AzureWebJobs.{function}.Disabled") is { } text && (text == "1" || (bool.TryParse(text, out var isDisabled) && isDisabled));

    private string? Value(string name) => configuration[name] ?? configuration[name.Replace("__", ":", StringComparison.Ordinal)];

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Placeholder();
}
