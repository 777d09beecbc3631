using AudienceSync.Faults;

namespace AudienceSync.Campaigns;

/// <summary>Percent with up to two decimals ⇄ hundredths of a percent, which are buckets.</summary>
internal static class Percent
{
    public static decimal Of(int hundredths) => hundredths / 100m;

    /// <summary>Null, with the fault told, when the member is no percentage.</summary>
    public static int? Read(JsonFields fields, string name)
    {
        if (fields.Number(name, 0, 100) is not { } percent)
        {
            return null;
        }

        if (decimal.Truncate(percent * 100) != percent * 100)
        {
            fields.Refuse(name, "too_precise", FormattableString.Invariant($"'{name}' is {percent}; a share has at most two decimals, for there are 10,000 buckets."));
            return null;
        }

        return percent is < 0 or > 100 ? null : (int)(percent * 100);
    }
}
