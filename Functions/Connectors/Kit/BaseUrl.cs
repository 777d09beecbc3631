using AudienceSync.Faults;

namespace AudienceSync.Connectors.Kit;

/// <summary>The hidden setting that every connector has: calls go to this address instead of the platform's, for tests and local use.</summary>
/// <remarks>Scheme, host and port are those of the setting, its path goes before the request's. Without <see cref="OutboundOptions.AllowPrivateAddresses"/> it is refused.</remarks>
public static class BaseUrl
{
    public const string Name = "baseUrl";

    internal static SettingField Field { get; } = SettingField.Url(
        Name, "Base address", "Calls go here instead of the platform, for tests and local use. Allowed only where private addresses may be called.", hidden: true);

    /// <summary>The address that takes the place of the platform's; null for none. Who puts names into host names wants them in the path then.</summary>
    public static Uri? Of(ConnectorSettings settings) => Uri.TryCreate(settings[Name], UriKind.Absolute, out var address) ? address : null;

    /// <summary>The fault of settings that have it where it is not honoured; null for none.</summary>
    public static Fault? Check(ConnectorSettings settings, bool isAllowed) => isAllowed || settings[Name].Length == 0
        ? null
        : new(
            $"/settings/{Name}", "local_use_only",
            $"{Name} sends calls to another host than the platform's, which is for local use: leave it out, or set {OutboundOptions.Section}__{nameof(OutboundOptions.AllowPrivateAddresses)}=true.");

    /// <summary>The address that is called in place of <paramref name="address"/>. One that leads to the base already stays: a link in an answer.</summary>
    internal static Uri Apply(Uri @base, Uri address)
    {
        var prefix = @base.AbsolutePath.TrimEnd('/');
        var isThere = address.Authority == @base.Authority && address.Scheme == @base.Scheme
            && (address.AbsolutePath == prefix || address.AbsolutePath.StartsWith($"{prefix}/", StringComparison.Ordinal));
        return isThere ? address : new($"{@base.GetLeftPart(UriPartial.Authority)}{prefix}{address.PathAndQuery}");
    }
}
