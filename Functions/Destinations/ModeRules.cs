using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Destinations;

/// <summary>Which modes a connector can do, and in which form it does them.</summary>
public static class ModeRules
{
    /// <summary>How a destination of that mode speaks to its platform.</summary>
    public static DeliveryForm FormOf(DestinationMode mode, Capabilities card) =>
        mode is DestinationMode.Events ? DeliveryForm.Events
        : card.Forms.Contains(DeliveryForm.Membership) ? DeliveryForm.Membership
        : DeliveryForm.File;

    /// <summary>The modes that the connector can do.</summary>
    public static ImmutableArray<DestinationMode> Supported(Capabilities card) => [.. Enum.GetValues<DestinationMode>().Where(mode => CanDo(mode, card))];

    /// <summary>The fault of a mode that the connector cannot do; null when it can.</summary>
    internal static Fault? Check(DestinationMode mode, ConnectorDefinition connector, Capabilities card, string pointer)
    {
        if (CanDo(mode, card))
        {
            return null;
        }

        var supported = Supported(card).Select(JsonFields.Spelling);
        return new(pointer, "mode_unsupported", $"{connector.DisplayName} cannot {Need(mode)}, so '{JsonFields.Spelling(mode)}' is not possible. Use {string.Join(", ", supported)}.");
    }

    private static bool CanDo(DestinationMode mode, Capabilities card) => FormOf(mode, card) switch
    {
        DeliveryForm.Membership => Operations(mode).All(operation => card.Operations.Contains(operation)),

        // A file says of each row what is done with it: whoever reads it does the rest.
        var form => card.Forms.Contains(form),
    };

    /// <summary>A platform without updates takes a changed member as an add.</summary>
    private static ImmutableArray<DeliveryOperation> Operations(DestinationMode mode) => mode switch
    {
        DestinationMode.Mirror => [DeliveryOperation.Add, DeliveryOperation.Remove],
        DestinationMode.AddOnly or DestinationMode.Upsert => [DeliveryOperation.Add],
        DestinationMode.UpdateOnly => [DeliveryOperation.Update],
        DestinationMode.RemoveOnly => [DeliveryOperation.Remove],
        _ => [],
    };

    private static string Need(DestinationMode mode) => mode switch
    {
        DestinationMode.Events => "take events",
        DestinationMode.UpdateOnly => "update members",
        DestinationMode.AddOnly or DestinationMode.Upsert => "add members",
        _ => "remove members",
    };
}
