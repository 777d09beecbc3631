using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>Campaigns, journeys, and the destinations that belong to them.</summary>
    private static ImmutableArray<ProblemPage> Campaigns =>
    [
        Refusal(
            "shares_not_100", 422, "The shares do not make 100 percent",
            "The groups of a sub-audience share all of it: their `share`s, the control group's among them, make 100 percent.",
            "Change the shares. `errors` names the list, and `detail` what it makes.",
            "campaigns/cmp_01K9/sub-audiences/sub_01K9/groups", "The shares make 99.5 percent; they must make 100."),
        Refusal(
            "control_group", 409, "A control group gets nothing",
            "The source is the control group of a campaign, to which nothing is ever sent: it is what the others are compared with.",
            "Name a treatment group.",
            "destinations", "'Control' is a control group: nothing is ever sent to it."),
        Refusal(
            "not_launched", 409, "The campaign is not launched yet",
            "The destination belongs to a campaign whose launch is to come.",
            "Wait for it, or move the launch (`PATCH /api/v1/campaigns/{id}`). A dry run (`{\"dryRun\":true}`) shows what it would send.",
            "destinations/dst_01K9/runs", "'Spring · Active · Mail' sends nothing before 2026-03-02T08:00:00Z. A dry run shows what it would send."),
        Refusal(
            "journey_disabled", 409, "The journey is disabled",
            "Nobody enters a step of a disabled journey. Of the ids sent, none was taken.",
            "Enable it (`PATCH /api/v1/journeys/{id}` with `{\"enabled\":true}`), then send the entries again.",
            "journeys/jrn_01K9/steps/j_o_opened_email__k3x9wq/entries", "Enable 'Welcome' first: PATCH {\"enabled\":true}. Nobody was entered."),
        Refusal(
            "step_disconnected", 409, "The step has no enabled destination",
            "Every destination of the step is switched off: whoever entered would be sent nowhere, and nobody would notice. Of the ids sent, none was taken.",
            "Enable one of them, then send the entries again.",
            "journeys/jrn_01K9/steps/j_o_opened_email__k3x9wq/entries", "Every destination of 'Opened email' is switched off: whoever entered would be sent nowhere. Enable one first. Nobody was entered."),
        Fault(
            "entry_ambiguous", "Entries are told in two ways",
            "A request names profiles, or a segment whose members enter.",
            "Keep one of `profileIds` and `segmentId`.",
            "journeys/jrn_01K9/steps/j_o_opened_email__k3x9wq/entries", "/segmentId", "Send profileIds or a segmentId, not both."),
        Fault(
            "no_destinations", "There are no destinations to send them to",
            "The attributes of a group are those of the destinations that the request lists for it.",
            "List the group's destinations too, or leave `attributes` out.",
            "campaigns/cmp_01K9/sub-audiences/sub_01K9/groups", "/groups/0/attributes", "These are the attributes of the destinations that the request lists for the group: it lists none."),
        Fault(
            "control_has_destinations", "A control group has destinations",
            "A control group is never sent anywhere.",
            "Take its destinations out, or make it a treatment group.",
            "campaigns/cmp_01K9/sub-audiences/sub_01K9/groups", "/groups/1/destinations", "A control group is never sent anywhere. Take its destinations out, or make it a treatment group."),
        Fault(
            "excludes_everyone", "The exclusion leaves nobody",
            "The segment whose members take part is among those whose members are left out.",
            "Take it out of `exclusions`.",
            "campaigns", "/exclusions/0", "This is the campaign's own segment: nobody would be left."),
        Fault(
            "too_precise", "The percentage is too precise",
            "Profiles fall into 10,000 buckets, so that a share has two decimals at most.",
            "Round it.",
            "campaigns/cmp_01K9/sub-audiences/sub_01K9/groups", "/groups/0/share", "'share' is 33.333; a share has at most two decimals, for there are 10,000 buckets."),
        Fault(
            "duplicate_name", "Two have the same name",
            "Groups of a sub-audience are told apart by their names.",
            "Choose another name for one of them.",
            "campaigns/cmp_01K9/sub-audiences/sub_01K9/groups", "/groups/1/name", "Another group of this sub-audience is called 'Mail'. Choose another name."),
        Fault(
            "duplicate_id", "An id stands twice",
            "The same group stands twice in the list.",
            "Leave the id of the new one out.",
            "campaigns/cmp_01K9/sub-audiences/sub_01K9/groups", "/groups/1/id", "The group 'grp_01K9' stands here twice."),
        Fault(
            "duplicate_key", "A key stands twice",
            "The same step stands twice in the list.",
            "Leave the key of the new one out.",
            "journeys/jrn_01K9", "/steps/1/key", "The step 'j_o_opened_email__k3x9wq' stands here twice."),
        Fault(
            "unknown_group", "There is no such group",
            "The sub-audience, or the campaign, has no group of this id.",
            "Look it up (`GET /api/v1/campaigns/{id}`), or leave the id out to make a new one.",
            "campaigns/cmp_01K9/sub-audiences/sub_01K9/groups", "/groups/0/id", "'Active' has no group 'grp_01K9'. Leave the id out to make a new one."),
        Fault(
            "unknown_step", "There is no such step",
            "The journey has no step of this key. Keys are made from names, and never change.",
            "Look it up (`GET /api/v1/journeys/{id}`), or leave the key out to make a new one.",
            "journeys/jrn_01K9", "/steps/0/key", "There is no step 'j_o_none__abc123'. Leave the key out to make a new one: keys are made from names, and never change."),
        Fault(
            "unknown_destination", "There is no such destination here",
            "The group, or the step, has no destination of this id.",
            "Leave the id out to make a new one.",
            "journeys/jrn_01K9", "/steps/0/destinations/0/id", "There is no destination 'dst_01K9' here. Leave the id out to make a new one."),
        Fault(
            "own_route", "It has a route of its own",
            "A merge patch would replace the list whole; sub-audiences and groups are changed one by one, or list by list, at their own routes.",
            "`detail` names the route.",
            "campaigns/cmp_01K9", "/subAudiences", "Sub-audiences have routes of their own: POST, PATCH and DELETE /api/v1/campaigns/cmp_01K9/sub-audiences."),
        Fault(
            "launched", "It is fixed from the launch on",
            "After its launch a campaign keeps its salt and its launch date: another salt would put everyone into another group.",
            "Leave it out, or make another campaign.",
            "campaigns/cmp_01K9", "/salt", "Another salt would put everyone into another group: this cannot change after the launch. Make another campaign instead."),
        Fault(
            "owner_disabled", "Its campaign or journey is disabled",
            "While a campaign or a journey is disabled, its destinations are too.",
            "Enable that first.",
            "destinations/dst_01K9", "/enabled", "'Spring' is disabled, and its destinations with it. Enable that first."),
        Fault(
            "owner_schedule", "Its campaign decides when it runs",
            "The destinations of a campaign run by the campaign's schedule.",
            "Leave the schedule out here, and change it there.",
            "destinations/dst_01K9", "/schedule", "'Spring' decides when its destinations run. Leave the schedule out here, and change it there."),
        Fault(
            "mode_adds_only", "A step only adds",
            "Whoever entered a step of a journey stays on its list: its destinations add, or tell events.",
            "Use `addOnly`, or `events` where the platform takes them.",
            "journeys", "/steps/0/destinations/0/mode", "Whoever entered a step of a journey stays on its list: use addOnly, or events where the platform takes them; not mirror."),
        Fault(
            "destination_disabled", "A step needs enabled destinations",
            "Whoever enters a step while its destination is disabled would be sent nowhere, and nobody would notice.",
            "Leave `enabled` out, or take the destination out of the step.",
            "journeys", "/steps/0/destinations/0/enabled", "A step needs enabled destinations. Leave 'enabled' out, or take the destination out."),
        Fault(
            "not_connected", "The connection does not work",
            "A step of a journey needs destinations on connections that work; this one failed its check, or the platform refuses its credentials.",
            "Mend the connection, and check it: `POST /api/v1/connections/{id}/checks`.",
            "journeys", "/steps/0/destinations/0/connectionId", "'Hook' does not work: authenticate failed. The platform answered 401. Mend it, and check it: POST /api/v1/connections/con_01K9/checks."),
        Fault(
            "invalid_id", "This is no id of a profile",
            "The id of a profile is a text of 1 to 256 characters.",
            "Send the id as the profile was sent with.",
            "journeys/jrn_01K9/steps/j_o_opened_email__k3x9wq/entries", "/profileIds/0", "The id of a profile is a text of 1 to 256 characters."),
    ];
}
