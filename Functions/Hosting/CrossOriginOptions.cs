using System.Collections.Immutable;
using Microsoft.Extensions.Options;

namespace AudienceSync.Hosting;

/// <summary>Which pages in browsers may call the API. Calls that come from no page are not concerned.</summary>
public sealed class CrossOriginOptions
{
    public const string Section = "Cors";

    /// <summary>Any page.</summary>
    internal const string Any = "*";

    /// <summary>Origins with commas between, such as <c>https://console.example.com</c>, or <c>*</c> for any. None by default: browsers refuse pages of other origins.</summary>
    public string AllowedOrigins { get; set; } = "";

    /// <summary>How long a browser may remember what it may send. 0 to 2 hours; ten minutes by default.</summary>
    public TimeSpan PreflightMaxAge { get; set; } = TimeSpan.FromMinutes(10);

    internal ImmutableArray<string> Origins => [.. AllowedOrigins.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
}

internal sealed class CrossOriginOptionsValidator : IValidateOptions<CrossOriginOptions>
{
    private static readonly TimeSpan LongestMaxAge = TimeSpan.FromHours(2); // browsers keep no answer longer

    public ValidateOptionsResult Validate(string? name, CrossOriginOptions options)
    {
        List<string> faults =
        [
            .. options.Origins.Where(origin => origin is not CrossOriginOptions.Any && !IsOrigin(origin)).Select(origin =>
                $"{CrossOriginOptions.Section}__{nameof(options.AllowedOrigins)} holds '{origin}', which is no origin. An origin has a scheme, a host and perhaps a port, such as https://console.example.com."),
        ];
        if (options.Origins is { Length: > 1 } origins && origins.Contains(CrossOriginOptions.Any, StringComparer.Ordinal))
        {
            faults.Add($"{CrossOriginOptions.Section}__{nameof(options.AllowedOrigins)} holds '*' beside others. '*' stands alone: it allows any origin.");
        }

        if (options.PreflightMaxAge < TimeSpan.Zero || options.PreflightMaxAge > LongestMaxAge)
        {
            faults.Add($"{CrossOriginOptions.Section}__{nameof(options.PreflightMaxAge)} is {options.PreflightMaxAge}; it lies between 00:00:00 and {LongestMaxAge}.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    /// <summary>As a browser sends it (RFC 6454 §6.2): no path, not even a slash, and no default port.</summary>
    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == text && uri.UserInfo.Length == 0;
}
