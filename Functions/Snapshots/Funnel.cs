using System.Text.Json.Serialization;

namespace AudienceSync.Snapshots;

/// <summary>How many members of a segment passed or fell at each gate: <c>Members = ConsentBlocked + Suppressed + Holdout + MissingIdentifier + Deliverable</c>.</summary>
/// <param name="Expansion">Rows beyond one that members give.</param>
/// <param name="Filtered">Deliverable members whom the destination's filters leave out.</param>
public readonly record struct Funnel(long Members, long ConsentBlocked, long Suppressed, long Holdout, long MissingIdentifier, long Expansion = 0, long Filtered = 0)
{
    [JsonIgnore]
    public long Deliverable => Members - ConsentBlocked - Suppressed - Holdout - MissingIdentifier;

    /// <summary>Rows of the generation.</summary>
    [JsonIgnore]
    public long Rows => Deliverable - Filtered + Expansion;

    public static Funnel operator +(Funnel left, Funnel right) => new(
        left.Members + right.Members,
        left.ConsentBlocked + right.ConsentBlocked,
        left.Suppressed + right.Suppressed,
        left.Holdout + right.Holdout,
        left.MissingIdentifier + right.MissingIdentifier,
        left.Expansion + right.Expansion,
        left.Filtered + right.Filtered);
}
