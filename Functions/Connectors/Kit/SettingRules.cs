using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using AudienceSync.Faults;

namespace AudienceSync.Connectors.Kit;

/// <summary>Checks the settings and secrets of a connection against its connector: all faults at once.</summary>
/// <remarks>Pointers are <c>/settings/{name}</c>, for secrets <c>/secrets/{name}</c>. A fault never repeats a secret's value.</remarks>
public static class SettingRules
{
    public static ImmutableArray<Fault> Check(ConnectorDefinition connector, ConnectorSettings settings)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        faults.AddRange(Strangers(connector, settings.Values.Keys, "settings", secret: false));
        faults.AddRange(Strangers(connector, settings.Secrets.Keys, "secrets", secret: true));
        foreach (var field in connector.Settings)
        {
            if (CheckField(field, settings) is var (code, detail))
            {
                faults.Add(new(PointerTo(field), code, detail));
            }
        }

        // Rules across fields assume that each field is sound.
        return faults.Count == 0 && connector.CheckSettings is { } check ? check(settings) : faults.ToImmutable();
    }

    /// <summary>Either a key or an OAuth app with all its parts, for <see cref="ConnectorDefinition.CheckSettings"/>.</summary>
    public static ImmutableArray<Fault> KeyOrApp(ConnectorSettings settings, SettingField key, params ImmutableArray<SettingField> app) =>
        (key.IsSetIn(settings), app.Count(field => field.IsSetIn(settings))) switch
        {
            (true, 0) => [],
            (true, _) => [new("/secrets", "ambiguous", $"Give either {key.Label} or an OAuth app.")],
            (false, 0) => [new("/secrets", "required", $"Give {key.Label}, or an OAuth app: {string.Join(", ", app.Select(field => field.Label))}.")],
            _ => [.. app.Where(field => !field.IsSetIn(settings)).Select(field => new Fault(PointerTo(field), "required", $"{field.Label} is required with an OAuth app."))],
        };

    public static string PointerTo(SettingField field) => field.Kind is SettingKind.Secret ? $"/secrets/{field.Name}" : $"/settings/{field.Name}";

    private static IEnumerable<Fault> Strangers(ConnectorDefinition connector, IEnumerable<string> names, string place, bool secret)
    {
        var known = connector.Settings.Where(field => field.Kind is SettingKind.Secret == secret).Select(field => field.Name).ToArray();
        foreach (var name in names.Except(known, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var elsewhere = connector.Settings.Any(field => field.Name == name);
            yield return new(
                $"/{place}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}",
                "unknown_field",
                elsewhere
                    ? $"'{name}' belongs into '{(secret ? "settings" : "secrets")}'."
                    : $"'{name}' is not one of the {place} of {connector.DisplayName}.{NearestName.Suggestion(name, known)}");
        }
    }

    private static (string Code, string Detail)? CheckField(SettingField field, ConnectorSettings settings)
    {
        var value = settings[field.Name];
        if (value.Length == 0)
        {
            return field.Required ? ("required", $"{field.Label} is required.") : null;
        }

        if (field.Kind is SettingKind.Choice && !field.Choices.Contains(value))
        {
            return ("invalid_choice", $"{field.Label} is '{value}'; it must be one of {string.Join(", ", field.Choices)}.");
        }

        if (field.Kind is SettingKind.Flag && value.ToUpperInvariant() is not ("TRUE" or "FALSE"))
        {
            return ("invalid_type", $"{field.Label} is '{value}'; it must be true or false.");
        }

        if (field.Range is var (min, max)
            && !(long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max))
        {
            return ("out_of_range", $"{field.Label} is '{value}'; it must be a whole number from {min} to {max}.");
        }

        if (field.Kind is SettingKind.Url && !IsWebAddress(value))
        {
            return ("invalid_url", $"{field.Label} must be an absolute address such as https://example.com/path, without user name, password or fragment.");
        }

        return field.Pattern is { } pattern && !Regex.IsMatch(value, $"^(?:{pattern})$", RegexOptions.ECMAScript, TimeSpan.FromSeconds(1))
            ? ("invalid_format", field.Kind is SettingKind.Secret
                ? $"{field.Label} does not have the expected form. {field.Help}"
                : $"{field.Label} '{value}' does not have the expected form. {field.Help}")
            : null;
    }

    private static bool IsWebAddress(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri)
        && uri.Scheme is "https" or "http"
        && uri.Host.Length > 0
        && uri.UserInfo.Length == 0
        && uri.Fragment.Length == 0;
}
