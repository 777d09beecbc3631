using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Profiles;

namespace AudienceSync.Destinations;

/// <summary>Recommends the tracking id to mappings that lack it: what a platform knows a person by when it tells of clicks and purchases later.</summary>
internal static class TrackingIdAdvice
{
    /// <summary>Spellings of the field: the first that the platform takes is recommended.</summary>
    private static readonly ImmutableArray<string> Targets = ["tracking_id", "trackingId", "TRACKING_ID", "trackingid", "TRACKINGID"];

    /// <summary>At most one recommendation; none where the platform takes known fields only, or where something of the mapping could not be read.</summary>
    /// <param name="expanded">The mapping with its categories put into attributes; null where it is not known what these hold.</param>
    public static ImmutableArray<DestinationIssue> Of(ImmutableArray<MappingEntry?> mapping, FieldRules rules, string pointer, ExpandedMapping? expanded = null)
    {
        if (rules.OnlyKnown || mapping.Any(entry => entry is null || MappingRules.NamesOf(entry).Contains(ProfileColumns.TrackingId)))
        {
            return [];
        }

        var taken = (expanded?.Entries ?? [.. mapping.Select(entry => entry!)]).Select(entry => entry.To).ToHashSet(StringComparer.Ordinal);
        if (Targets.FirstOrDefault(target => !taken.Contains(target) && rules.TakesName(target)) is not { } free)
        {
            return [];
        }

        var detail = $"The platform would not know people by their tracking id, so what it tells of them later cannot be joined to profiles. Add {{\"from\":\"{ProfileColumns.TrackingId}\",\"to\":\"{free}\"}}.";
        return
        [
            new(pointer, "tracking_id_missing", detail, IssueSeverity.Recommendation)
            {
                Entry = new() { From = ProfileColumns.TrackingId, To = free },
            },
        ];
    }
}
