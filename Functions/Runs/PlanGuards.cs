using AudienceSync.Destinations;

namespace AudienceSync.Runs;

/// <summary>Holds a plan that looks like a fault of the source rather than like customers: judged as a whole, before anything is sent.</summary>
internal static class PlanGuards
{
    /// <summary>Adds are judged from this many accepted members on.</summary>
    public const long MinimumAccepted = 1_000;

    /// <param name="members">Members of the segment, deliverable or not: those whose consent is gone did not vanish by a fault of the source.</param>
    /// <param name="removals">Planned removals of leavers.</param>
    /// <param name="invalid">Members who lack a required identifier.</param>
    /// <returns>Why the plan is held, for a person; null when it may go.</returns>
    public static string? Judge(
        Guards guards, bool isFirst, long members, long accepted, long adds, long removals, long invalid)
    {
        if (members == 0 && removals > 0)
        {
            return $"The segment is empty while the destination holds {accepted} of its members: all {removals} would be removed.";
        }

        if (TooManyRemovals(guards, accepted, removals) is { } bounds)
        {
            return $"{removals} of {accepted} members would be removed: more than {bounds}.";
        }

        if (guards.MaxAddPercent is { } addPercent && !isFirst && accepted >= MinimumAccepted && Exceeds(adds, accepted, addPercent))
        {
            return $"{adds} members would be added to {accepted}: more than {addPercent} %.";
        }

        if (guards.MaxInvalidPercent is { } invalidPercent && Exceeds(invalid, members, invalidPercent))
        {
            return $"{invalid} of {members} members cannot be delivered as they are: more than {invalidPercent} %.";
        }

        return null;
    }

    /// <returns>The bounds that are passed; null when one of them is kept, or none is set.</returns>
    private static string? TooManyRemovals(Guards guards, long accepted, long removals) =>
        (guards.MaxRemovePercent, guards.MaxRemoveCount) switch
        {
            ({ } percent, { } count) when Exceeds(removals, accepted, percent) && removals > count => $"{percent} % and more than {count}",
            ({ } percent, null) when Exceeds(removals, accepted, percent) => $"{percent} %",
            (null, { } count) when removals > count => $"{count}",
            _ => null,
        };

    private static bool Exceeds(long part, long whole, decimal percent) => part * 100m > whole * percent;
}
