namespace AudienceSync.Runs;

/// <summary>Why a run takes members off: planned removals of leavers, each under one reason.</summary>
/// <param name="LeftSegment">The source does not hold them any more, or their profile is gone.</param>
/// <param name="Consent">They are members, but the purpose that the destination asks for is not granted.</param>
/// <param name="Suppressed">They are on the suppression list.</param>
/// <param name="Holdout">They are held out.</param>
/// <param name="MissingIdentifier">They lack an identifier that the platform requires.</param>
/// <param name="Erased">They were erased: a run of the erasure, or a tombstone.</param>
/// <param name="Filtered">They are members, but a filter of the destination leaves them out.</param>
public readonly record struct RemovalReasons(long LeftSegment, long Consent, long Suppressed, long Holdout, long MissingIdentifier, long Erased, long Filtered)
{
    public static RemovalReasons operator +(RemovalReasons left, RemovalReasons right) => new(
        left.LeftSegment + right.LeftSegment,
        left.Consent + right.Consent,
        left.Suppressed + right.Suppressed,
        left.Holdout + right.Holdout,
        left.MissingIdentifier + right.MissingIdentifier,
        left.Erased + right.Erased,
        left.Filtered + right.Filtered);
}
