namespace AudienceSync.Runs;

/// <summary>What a run would do with a profile at a destination now.</summary>
/// <param name="Operation"><c>add</c>, <c>update</c>, <c>remove</c>, <c>replace</c> (removed under an old match key, added under the new) or <c>none</c>.</param>
/// <param name="Because">For a person.</param>
public sealed record PlannedAction(string Operation, string Because);

/// <summary>Puts a plan of one profile into words.</summary>
internal static class PlanWords
{
    public const string None = "none";

    /// <param name="plan">Of the profile alone.</param>
    /// <param name="member">What the ledger holds of the profile; null when it holds nothing.</param>
    public static PlannedAction Of(PlanShard plan, ProfileStanding standing, LedgerRow? member, RunSpec spec)
    {
        if (plan is { Removals: not null, Readds: not null })
        {
            return new("replace", "The match key has changed: the person is removed under the old one and added under the new one.");
        }

        var planned = plan.Planned;
        return planned.Add > 0 ? new("add", BecauseAdded(standing, member))
            : planned.Update > 0 ? new("update", BecauseUpdated(member, spec))
            : planned.Remove > 0 ? new("remove", BecauseRemoved(standing, spec))
            : new(None, BecauseLeft(standing, member, spec));
    }

    private static string BecauseAdded(ProfileStanding standing, LedgerRow? member) => member switch
    {
        null when standing.IsFirst => "This is the destination's first run: everyone who passes is sent.",
        null => "The profile is a member and passes every gate, and the destination does not hold it yet.",
        { Status: LedgerStatus.Uncertain } => "It was sent, and no answer came: it is sent again.",
        { Status: LedgerStatus.Quarantined } => $"It was refused ({member.Code ?? "no code"}); its payload or the mapping has changed since, so it is tried again.",
        { OnList: true } => "The payload has changed since it was last accepted, and the platform takes changed members as adds.",
        _ => "The profile is a member and passes every gate, and the destination does not hold it yet.",
    };

    private static string BecauseUpdated(LedgerRow? member, RunSpec spec) => member switch
    {
        null => "The mode changes those who are there, and nothing was sent yet.",
        { Status: LedgerStatus.Uncertain } => "A change was sent, and no answer came: it is sent again.",
        { Status: LedgerStatus.Quarantined } => $"A change was refused ({member.Code ?? "no code"}); the payload or the mapping has changed since, so it is tried again.",
        _ when member.MappingVersion != spec.MappingVersion => "The mapping has changed, and with it the payload.",
        _ => "The payload has changed since it was last accepted.",
    };

    private static string BecauseRemoved(ProfileStanding standing, RunSpec spec) =>
        spec.Mode is Destinations.DestinationMode.RemoveOnly && standing.IsDeliverable ? "The mode takes members of the segment off the audience."
        : standing.StoppedAt is { } gate ? $"The destination holds the person, and the profile is stopped at the gate '{gate}' now."
        : "The destination holds the person, and the profile is no member any more.";

    private static string BecauseLeft(ProfileStanding standing, LedgerRow? member, RunSpec spec) => (standing, member) switch
    {
        (_, { Status: LedgerStatus.Ignored }) => "The profile was a member before the destination's time (first run 'newOnly'): it is neither sent nor removed.",
        ({ IsDeliverable: true, IsFirst: true }, null) => $"The first run ('{Faults.JsonFields.Spelling(spec.FirstRun)}') takes note of the members there are and sends nothing.",
        ({ IsDeliverable: true }, { Status: LedgerStatus.Quarantined }) =>
            $"It was refused ({member.Code ?? "no code"}) and nothing has changed since: it is tried again when the payload or the mapping changes, or by hand.",
        ({ IsDeliverable: true }, not null) => "The destination holds what there is to send.",
        ({ StoppedAt: { } gate }, null) => $"The profile is a member, but stopped at the gate '{gate}'.",
        (_, null) => "The profile is no member, and the destination does not hold the person.",
        (_, { OnList: false }) => "The profile is not to be there, and is not there.",
        (_, { Status: LedgerStatus.Quarantined, Operation: Connectors.Kit.DeliveryOperation.Remove }) => $"The removal was refused ({member.Code ?? "no code"}): it is tried again when the mapping changes, or by hand.",
        _ => $"The mode '{Faults.JsonFields.Spelling(spec.Mode)}' removes nobody.",
    };
}

/// <summary>Where a profile stands before the ledger is asked.</summary>
/// <param name="StoppedAt">The first gate that stops it; null when none does, or it is no member.</param>
/// <param name="IsFirst">No run of the destination has settled yet.</param>
internal sealed record ProfileStanding(bool IsMember, string? StoppedAt, bool IsFirst)
{
    public bool IsDeliverable => IsMember && StoppedAt is null;
}
