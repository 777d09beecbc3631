using System.Text.Json.Serialization;

namespace AudienceSync.Snapshots;

/// <summary>How many members of a segment passed or fell at each gate: <c>Members = ConsentBlocked + Suppressed + Holdout + MissingIdentifier + Deliverable</c>.</summary>
/// <param name="Expansion">Rows beyond one that deliverable members give.</param>
public readonly record struct Funnel(long Members, long ConsentBlocked, long Suppressed, long Holdout, long MissingIdentifier, long Expansion = 0)
{
    [JsonIgnore]
    public long Deliverable => Members - ConsentBlocked - Suppressed - Holdout - MissingIdentifier;

    /// <summary>Rows of the generation.</summary>
    [JsonIgnore]
    public long Rows => Deliverable + Expansion;

    public static Funnel operator +(Funnel left, Funnel right) => new(
        left.Members + right.Members,
        left.ConsentBlocked + right.ConsentBlocked,
        left.Suppressed + right.Suppressed,
        left.Holdout + right.Holdout,
        left.MissingIdentifier + right.MissingIdentifier,
        left.Expansion + right.Expansion);
}
