using System.ComponentModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AudienceSync.Hosting;

internal static class SettingsRegistration
{
    extension(IServiceCollection services)
    {
        /// <summary>Options of one section of the settings, checked when the app starts: whatever is wrong in any section is told in one message, and nothing has begun.</summary>
        /// <param name="section">The name before <c>__</c>.</param>
        public IServiceCollection AddSettings<TOptions, TValidator>(string section)
            where TOptions : class
            where TValidator : class, IValidateOptions<TOptions>, new()
        {
            services.AddOptions<TOptions>().Configure<IConfiguration>((options, configuration) => SettingValues.Read(configuration.GetSection(section), options)).ValidateOnStart();
            return services.AddSingleton<IValidateOptions<TOptions>>(provider =>
                new SettingsValidator<TOptions>(new TValidator(), provider.GetRequiredService<IConfiguration>().GetSection(section)));
        }
    }
}

/// <summary>Tells of texts that are no value, and of values that cannot be right, all at once and by the names of the settings.</summary>
/// <remarks>The binder of .NET throws at the first text that it cannot convert: the person who mends it would learn of the second one at the next start.</remarks>
internal sealed class SettingsValidator<TOptions>(IValidateOptions<TOptions> rules, IConfigurationSection section) : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        // Annotations name the class and the property.
        var ruled = (rules.Validate(name, options).Failures ?? []).Select(failure => failure.Replace($"{typeof(TOptions).Name}.", $"{section.Key}__", StringComparison.Ordinal));
        List<string> faults = [.. SettingValues.Read(section, Activator.CreateInstance<TOptions>()), .. ruled];
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}

/// <summary>Reads settings into options, each by itself.</summary>
internal static class SettingValues
{
    /// <summary>Sets every property whose setting can be read; an empty one is left at its default.</summary>
    /// <returns>A sentence for each that cannot. Only numbers, times and flags can fail, so none repeats a secret.</returns>
    public static IReadOnlyList<string> Read(IConfigurationSection section, object options)
    {
        List<string> faults = [];
        foreach (var property in options.GetType().GetProperties().Where(property => property is { CanRead: true, CanWrite: true }))
        {
            if (section[property.Name] is not { Length: > 0 } text)
            {
                continue;
            }

            try
            {
                property.SetValue(options, TypeDescriptor.GetConverter(property.PropertyType).ConvertFromInvariantString(text));
            }
            catch (Exception e) when (e is FormatException or ArgumentException or OverflowException or NotSupportedException)
            {
                faults.Add($"{section.Key}__{property.Name} is '{text}', which is no {Describe(property.PropertyType)}. The default is {Example(property.GetValue(options))}.");
            }
        }

        return faults;
    }

    private static string Describe(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(TimeSpan) ? "time such as 00:00:30 or 2.00:00:00 (days)"
        : type == typeof(double) ? "number"
        : "whole number";

    private static string Example(object? value) => value is bool flag ? (flag ? "true" : "false") : FormattableString.Invariant($"{value}");
}
