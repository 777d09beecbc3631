using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace AudienceSync.Access;

/// <summary>Who is let in besides the holders of API keys.</summary>
public sealed class AccessOptions
{
    public const string Section = "Access";

    /// <summary>An admin key, for the first call on a new installation: any text of 8 characters or more. None by default.</summary>
    [MinLength(8, ErrorMessage = "Access__BootstrapKey must have 8 characters or more, or be left out.")]
    public string? BootstrapKey { get; set; }

    /// <summary>The key, unless App Service could not look up what the setting refers to: then the reference itself, which anybody can read in the template, stands there.</summary>
    internal string? UsableBootstrapKey => IsUnresolved ? null : BootstrapKey;

    internal bool IsUnresolved => BootstrapKey?.StartsWith("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase) is true;

    /// <summary>Whether <c>X-MS-CLIENT-PRINCIPAL</c> is believed. Default false.</summary>
    /// <remarks>Only where App Service authentication is on: it removes the header from what callers send. Without it anyone could write the header.</remarks>
    public bool TrustAppServiceAuthentication { get; set; }
}

[OptionsValidator]
internal sealed partial class AccessOptionsValidator : IValidateOptions<AccessOptions>;
