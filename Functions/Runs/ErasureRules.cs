using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;

namespace AudienceSync.Runs;

/// <summary>What an erasure does with a member that a destination's ledger knows.</summary>
public enum ErasureAction
{
    /// <summary>Sends the removal, of event destinations the exit event.</summary>
    Send = 1,

    /// <summary>Nothing to send: an earlier run took the member off the audience.</summary>
    WasRemoved,

    /// <summary>Nothing to send: the member never got there.</summary>
    NeverThere,

    /// <summary>Nothing can be sent that would remove the member.</summary>
    CannotRemove,
}

internal static class ErasureRules
{
    /// <summary>Field of a note in the plan of an erasure: the name of the action.</summary>
    public const string ActionField = "erasure";

    public static ErasureAction Judge(LedgerRow member, RunSpec spec)
    {
        if (member.Status is LedgerStatus.Ignored)
        {
            return ErasureAction.NeverThere;
        }

        if (spec.Mode is DestinationMode.RemoveOnly && member is { Status: LedgerStatus.Accepted, OnList: false })
        {
            return ErasureAction.WasRemoved;
        }

        // Whom we only changed was there before us; what we wrote there is the person's all the same.
        var mayBeThere = member.OnList || member.Status is LedgerStatus.Uncertain || spec.Mode is DestinationMode.UpdateOnly or DestinationMode.RemoveOnly;
        return !mayBeThere ? ErasureAction.NeverThere
            : spec.FullFiles || (spec.Form is DeliveryForm.Membership && !spec.TakesRemovals) ? ErasureAction.CannotRemove
            : ErasureAction.Send;
    }
}
