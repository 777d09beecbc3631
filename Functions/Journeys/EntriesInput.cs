using System.Text.Json;
using AudienceSync.Faults;

namespace AudienceSync.Journeys;

/// <summary>Entries as a request spells them: by ids, or by a segment.</summary>
/// <param name="SegmentId">Null where there are ids.</param>
internal sealed record EntriesInput(IReadOnlyList<JsonElement> Items, string? SegmentId)
{
    private const int MaxIdLength = 256;

    /// <summary>Null when it is not an object.</summary>
    public static EntriesInput? Read(JsonElement body, List<Fault> faults)
    {
        if (JsonFields.Open(body, "", faults) is not { } fields)
        {
            return null;
        }

        var items = fields.Items("profileIds", EntryService.MaxEntries);
        var segmentId = fields.Text("segmentId", MaxIdLength);
        if (fields.Any("profileIds") is not null && fields.Any("segmentId") is not null)
        {
            fields.Refuse("segmentId", "entry_ambiguous", "Send profileIds or a segmentId, not both.");
        }
        else if (segmentId is "")
        {
            fields.Refuse("segmentId", "required", "Name the segment whose members enter, or send profileIds instead.");
        }
        else if (segmentId is null && items is null && !faults.Exists(fault => fault.Pointer is "/profileIds" or "/segmentId"))
        {
            fields.Refuse("profileIds", "required", "Send the ids of the profiles that entered, or a segmentId for all its members.");
        }

        fields.RefuseUnknown("entries");
        return new(items ?? [], segmentId is "" ? null : segmentId);
    }
}
