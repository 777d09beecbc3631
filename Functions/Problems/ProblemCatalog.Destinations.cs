using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>Faults of destinations, their mappings and schedules.</summary>
    private static ImmutableArray<ProblemPage> Destinations =>
    [
        Fault(
            "unknown_connection", "There is no such connection",
            "The id is that of no connection.",
            "`GET /api/v1/connections` lists them.",
            "destinations", "/connectionId", "There is no connection 'con_01K9'."),
        Fault(
            "segment_private", "The segment is private",
            "Destinations take shared segments only.",
            "Share it: PATCH its `visibility` to `shared`.",
            "destinations", "/source/segmentId", "The segment 'Draft' is private. Share it first: PATCH its visibility to \"shared\"."),
        Fault(
            "mode_unsupported", "The platform cannot do this mode",
            "The connector's card says what a platform can do: one that cannot remove can do no `mirror`.",
            "`detail` names the modes it can do; so does `GET /api/v1/catalog/connectors/{type}`.",
            "destinations", "/mode", "Zapier cannot remove people, so 'mirror' is not possible. Use addOnly, events."),
        Fault(
            "identifier_missing", "No entry says who a member is",
            "Without a field by which the platform finds a member nobody could be removed.",
            "Set `\"identifier\": true` on one entry.",
            "destinations", "/mapping", "No entry says by which field the platform finds a member, so nobody could be removed. Set \"identifier\": true on one, such as {\"from\":\"id\",\"to\":\"user_id\",\"identifier\":true}."),
        Fault(
            "missing_identifier", "The platform needs an identifier",
            "The platform finds people by certain fields, and none of them is filled.",
            "Map one of those that `detail` names.",
            "destinations", "/mapping", "The platform needs one of email, phone."),
        Fault(
            "ambiguous_identifier", "The platform takes one identifier only",
            "The platform finds people by one field, and several are filled.",
            "Keep one of those that `detail` names.",
            "destinations", "/mapping", "The platform takes exactly one of email, phone."),
        Fault(
            "invalid_name", "The field's name cannot be used",
            "The platform takes names of a certain form.",
            "Rename it as `detail` says.",
            "destinations", "/mapping/1/to", "'First Name' cannot be a field of this platform."),
        Fault(
            "not_an_identifier", "The platform does not find people by this field",
            "The field is marked as identifier, but the platform finds people by others.",
            "Mark one of those that `detail` names.",
            "destinations", "/mapping/0/identifier", "The platform does not find people by 'first_name', but by email, phone."),
        Fault(
            "source_ambiguous", "A field is filled from two places",
            "An entry has exactly one of `from`, `template` and `value`.",
            "Keep one of them.",
            "destinations", "/mapping/0", "'from' and 'template' are both given; an entry has exactly one of them."),
        Fault(
            "duplicate_target", "Two entries fill one field",
            "Only one of them could be sent.",
            "Keep one; map the column of an import to null.",
            "destinations", "/mapping/2/to", "'email' is filled twice. Keep one."),
        Fault(
            "template_invalid", "The template cannot be read",
            "A place is not closed, a filter is not known, or there are too many.",
            "`detail` names the character. See docs/mapping.md.",
            "destinations", "/mapping/1/template", "At character 12: the place is not closed."),
        Fault(
            "unknown_name", "The name is not known here",
            "The name of an audience knows `segment.name` and `segment.key` only.",
            "Use one of these.",
            "connections", "/defaults/audienceName", "'segment.title' is not known here; there are segment.name and segment.key."),
        Fault(
            "strategy_conflict", "The strategy does not fit",
            "A strategy chooses among the values of an identifier; `all` makes a row of each, which the platform must be able to tell apart.",
            "Leave `strategy` out, or fill the field from an identifier, marked with `\"identifier\":true` for `all`.",
            "destinations", "/mapping/0/strategy", "'all' makes a row of each value, and the platform must tell the rows apart by it. Set \"identifier\": true."),
        Fault(
            "policy_conflict", "Two policies of a field exclude each other",
            "An identifier is always sent and never null; a field that is set once is never cleared.",
            "Leave one of them out.",
            "destinations", "/mapping/0/setOnce", "An identifier is sent each time, so that the member is found. Leave 'setOnce' out."),
        Fault(
            "type_clash", "The types do not fit",
            "The platform's field takes another type than the attribute holds.",
            "Map another attribute, or a template.",
            "destinations", "/mapping/0/from", "'email' identifies people by a text, but orders holds numbers. Map another attribute, or a template."),
        Fault(
            "unknown_attribute", "No profile has this attribute",
            "The name begins with `$`, which none does; or, as a warning, no profile has had it so far.",
            "Look at the spelling; `detail` names the nearest.",
            "destinations", "/mapping/0/from", "No profile has had the attribute 'emial' so far; the field stays empty. Did you mean 'email'?"),
        Fault(
            "tracking_id_missing", "Nobody is known by a tracking id",
            "A recommendation: no field carries the tracking id, so that what the platform tells of people later cannot be joined to profiles.",
            "Map `trackingId` or `urlToken` to a field of the platform, or leave it.",
            "destinations/validate", "/mapping", "The platform would not know people by their tracking id, so what it tells of them later cannot be joined to profiles. Add {\"from\":\"trackingId\",\"to\":\"tracking_id\"}."),
        Fault(
            "low_fill_rate", "Many members have no value",
            "A warning: fewer than 80 % of the members have a value for the field.",
            "Look whether another attribute was meant. A member without a required identifier is not sent.",
            "destinations/validate", "/mapping/1/from", "41 % of 2,000 have a value for 'phone' (less than 80 %); the field is left out for the others."),
        Fault(
            "invalid_cron", "It is not a cron expression",
            "An expression has six fields: second, minute, hour, day of month, month, day of week.",
            "`0 0 6 * * *` is 06:00 each day.",
            "destinations", "/schedule/cron", "'0 6 * * *' has 5 fields, not six. Write second, minute, hour, day, month and day of week: \"0 0 6 * * *\" is 06:00 each day."),
        Fault(
            "unknown_time_zone", "The time zone is not known",
            "Time zones are named as IANA does.",
            "Write it like `Europe/Berlin`.",
            "destinations", "/schedule/timeZone", "'CET+1' is not an IANA time zone. Write it as Europe/Berlin."),
        Fault(
            "time_zone_unused", "An interval has no time zone",
            "A time zone goes with `cron` only.",
            "Remove it, or use `cron`.",
            "destinations", "/schedule/timeZone", "An interval has no time zone. Remove it, or use cron."),
        Fault(
            "schedule_ambiguous", "Two schedules are given",
            "A schedule is an interval or a cron expression.",
            "Remove one.",
            "destinations", "/schedule/cron", "A schedule is an interval or a cron expression, not both. Remove one."),
        Fault(
            "schedule_never", "The schedule never comes",
            "The expression names a day that no calendar has.",
            "Mend the expression.",
            "destinations", "/schedule/cron", "'0 0 0 31 2 *' names a day that never comes."),
        Fault(
            "no_defaults", "The connection has no defaults",
            "`fromDefaults` takes what is left out from the connection, which has nothing to give.",
            "Give the connection some: PATCH its `defaults`. Or leave `fromDefaults` out.",
            "destinations", "/fromDefaults", "'Hook' has no defaults."),
        Fault(
            "only_on_create", "Only when it is made",
            "Defaults are taken when a destination is created, not later.",
            "Leave it out.",
            "destinations/dst_01K9", "/fromDefaults", "Defaults are taken when a destination is created, not later."),
    ];
}
