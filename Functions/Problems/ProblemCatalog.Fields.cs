using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>Faults that any field may have.</summary>
    private static ImmutableArray<ProblemPage> Fields =>
    [
        Fault(
            "required", "A field is missing",
            "The field must be there.",
            "Send it. `detail` says what it holds.",
            "connections", "/type", "Name the connector: webhook, klaviyo."),
        Fault(
            "missing_field", "A field is missing",
            "A segment or a rule lacks a part without which it means nothing.",
            "Send it. `detail` says what it holds.",
            "segments", "/name", "A segment needs a name."),
        Fault(
            "unknown_field", "A field is not known",
            "The object has no such field. It is refused because a field that is ignored without a word is a wish that does not come true.",
            "`detail` names the nearest. Names are case-sensitive.",
            "segments", "/visiblity", "'visiblity' is not a field of a segment. Did you mean 'visibility'?"),
        Fault(
            "wrong_type", "A value is of another type",
            "The field takes another type of JSON, or a text of another form.",
            "Send what `detail` asks for. Moments are RFC 3339: `2026-10-01T00:00:00Z`.",
            "segments", "/name", "'name' is a text, not a number."),
        Fault(
            "unknown_value", "A word is not in the list",
            "The field takes one of a few words.",
            "`detail` names them, and the nearest. They are case-sensitive.",
            "destinations", "/mode", "'miror' is not one of mirror, addOnly, upsert, updateOnly, removeOnly, events. Did you mean 'mirror'?"),
        Fault(
            "out_of_range", "A number lies outside of its bounds",
            "The value is smaller or larger than the field takes.",
            "`detail` names the bounds.",
            "destinations", "/schedule/intervalMinutes", "'intervalMinutes' is 5; it must lie between 15 and 43200."),
        Fault(
            "too_long", "A text is too long",
            "The text has more characters than are kept.",
            "Shorten it. `detail` names the limit.",
            "segments", "/name", "'name' has 300 characters; at most 200 are kept. Shorten it."),
        Fault(
            "text_too_long", "A text is too long",
            "A value of a profile has 8 KiB of UTF-8 at most, the source of a consent 256 characters.",
            "Shorten it.",
            "profiles", "/attributes/note", "The text is longer than 8192 bytes of UTF-8. Shorten it."),
        Fault(
            "too_large", "It is too large",
            "The rules of a segment take more than 512 KiB of JSON, or the file of an import more than 28 MB.",
            "Import long lists of values as an attribute and compare that; split a file.",
            "segments", "/rules", "The rules take 600,000 bytes of JSON; at most 524,288 are kept. Import long lists of values as an attribute and compare that."),
        Fault(
            "too_many", "There are too many",
            "The list has more entries than are kept, or a parameter more values than it takes.",
            "Send fewer. `detail` names the limit.",
            "destinations", "/mapping", "'mapping' has 250 entries; at most 200 are kept."),
        Fault(
            "too_few", "There are too few",
            "The list needs more entries.",
            "Send more. `detail` says how many.",
            "segments/overlap", "/segmentIds", "Name two to 5 segments by their ids: {\"segmentIds\":[\"seg_…\",\"seg_…\"]}."),
        Fault(
            "duplicate", "An entry occurs twice",
            "The list names the same thing twice.",
            "Remove one of them.",
            "segments/overlap", "/segmentIds/1", "'seg_01K9' is named twice. Remove one of them."),
        Fault(
            "empty_text", "A text is empty",
            "The text must say something.",
            "Write it, or leave the field out where it may be.",
            "segments", "/name", "The name is empty. Say whom the segment holds."),
        Fault(
            "empty_list", "A list is empty",
            "Whom an empty list of rules or values means is easily mistaken.",
            "Give it an entry, or remove it.",
            "segments", "/rules/all", "The list of rules is empty, and whom an empty list means is easily mistaken. Give it a rule, or remove it."),
        Fault(
            "invalid_length", "A text has the wrong length",
            "The name of a key has 1 to 100 characters.",
            "Shorten it, or write one.",
            "api-keys", "/name", "The name has 0 characters, but takes 1 to 100."),
        Fault(
            "invalid_key", "It is not a key",
            "A key has 1 to 64 of `a-z`, `0-9`, hyphen and underscore, the first a letter or digit.",
            "Choose one like that, or leave it out: then one is made from the name.",
            "segments", "/key", "'Loyal!' is no key: 1 to 64 of a-z, 0-9, hyphen and underscore, the first a letter or digit."),
        Fault(
            "immutable", "A field never changes",
            "The field is set when the resource is made: what was sent under it would not fit any more.",
            "Leave it out, or make another resource.",
            "connections/con_01K9", "/type", "The type of a connection never changes; it is 'webhook'. Make a new connection instead."),
        Fault(
            "immutable_field", "A field never changes",
            "Id and key of a segment are what others refer to it by.",
            "Leave it out, or make another segment.",
            "segments/seg_01K9", "/key", "'key' never changes; it is 'loyal'. Leave it out."),
        Fault(
            "ambiguous", "Two fields say the same thing",
            "Only one of the fields may be given.",
            "Remove one of them.",
            "profiles/batch", "/operations/0/purpose", "Give either 'consents' or 'purpose' with 'state', not both."),
        Fault(
            "invalid_range", "The span is empty or too long",
            "A span of time begins before it ends, and is no longer than is kept or shown.",
            "Name other moments. `detail` names the bounds.",
            "delivery-overview", "from", "'from' must be before 'to'."),
        Fault(
            "invalid_text", "The text is not valid Unicode",
            "It holds half a surrogate pair, or bytes that are not UTF-8.",
            "Send valid UTF-8.",
            "profiles", "/attributes/name", "The text is not valid Unicode (half a surrogate pair, or bytes that are not UTF-8)."),
        Fault(
            "invalid_time", "It is not a moment",
            "A moment is written as RFC 3339 has it.",
            "Write it like `2026-10-01T00:00:00Z`.",
            "profiles", "/occurredAt", "'yesterday' is no RFC 3339 date-time. Send it like 2026-10-01T00:00:00Z."),
        Fault(
            "in_the_future", "The time lies in the future",
            "Nothing can have occurred more than 24 hours ahead of our clock.",
            "Look at the sender's clock and time zone.",
            "profiles", "/occurredAt", "2030-01-01T00:00:00Z is more than 24 hours ahead of our clock (2026-11-28T10:00:00Z)."),
    ];
}
