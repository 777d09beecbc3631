using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Ids;

namespace AudienceSync.Connections;

/// <summary>What holds for every connection: a known connector, its settings as the card wants them, addresses that may be called.</summary>
/// <param name="outbound">Whether plain http may be called.</param>
public sealed class ConnectionRules(ConnectorCatalog connectors, IConnectionDefaultsRules defaultsRules, OutboundAddresses outbound)
{
    /// <summary>The connector of that type; a fault when it is not named or not known.</summary>
    internal ConnectorDefinition? FindConnector(string? type, ICollection<Fault> faults)
    {
        var types = connectors.All.Select(connector => connector.Type).ToList();
        if (string.IsNullOrEmpty(type))
        {
            faults.Add(new("/type", "required", $"Name the connector: {string.Join(", ", types)}."));
            return null;
        }

        if (connectors.Find(type) is { } connector)
        {
            return connector;
        }

        faults.Add(new("/type", "unknown_connector", $"'{type}' is not a connector.{NearestName.Suggestion(type, types)} There are {string.Join(", ", types)}."));
        return null;
    }

    internal static void CheckKey(string? key, ICollection<Fault> faults)
    {
        if (key is not null && !Slug.IsValid(key))
        {
            faults.Add(new("/key", "invalid_key", $"'{key}' is not a key: 1 to {Slug.MaxLength} of a-z, 0-9, '-' and '_', the first a letter or digit, such as '{Slug.From(key, "main")}'."));
        }
    }

    internal void CheckSettings(ConnectorDefinition connector, ConnectorSettings settings, ICollection<Fault> faults)
    {
        foreach (var fault in SettingRules.Check(connector, settings))
        {
            faults.Add(fault);
        }

        if (BaseUrl.Check(settings, outbound.AllowsPlainHttp) is { } misplaced)
        {
            faults.Add(misplaced);
        }

        foreach (var field in connector.Settings.Where(field => field.LocalChoices.Contains(field.In(settings)) && !outbound.AllowsPlainHttp))
        {
            faults.Add(new(
                SettingRules.PointerTo(field), "local_use_only",
                $"{field.Label} '{field.In(settings)}' sends everything in the clear, which is for local use: choose another, or set Outbound__AllowPrivateAddresses=true."));
        }

        foreach (var field in connector.Settings.Where(field => field.Kind is SettingKind.Url && field.Name != BaseUrl.Name && !outbound.AllowsPlainHttp))
        {
            if (Uri.TryCreate(settings[field.Name], UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp)
            {
                faults.Add(new(
                    SettingRules.PointerTo(field), "https_required",
                    $"{field.Label} begins with http, but only https is called. For local use, Outbound__AllowPrivateAddresses=true allows http."));
            }
        }
    }

    internal void CheckDefaults(JsonElement? defaults, ConnectorDefinition connector, ICollection<Fault> faults)
    {
        if (defaults is { } given)
        {
            defaultsRules.Check(given, connector, "/defaults", faults);
        }
    }
}

/// <summary>Which addresses this installation calls.</summary>
/// <param name="AllowsPlainHttp">Also http; for local use. Follows <c>Outbound:AllowPrivateAddresses</c>.</param>
public sealed record OutboundAddresses(bool AllowsPlainHttp);
