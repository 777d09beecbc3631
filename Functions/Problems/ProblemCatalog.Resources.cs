using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>What the state of things forbids.</summary>
    private static ImmutableArray<ProblemPage> Resources =>
    [
        Refusal(
            "not_found", 404, "Not found",
            "There is nothing of this id: it never was, was deleted, or its retention is over.",
            "Look it up in the list of its kind. Ids are case-sensitive and begin with their kind: `seg_`, `con_`, `dst_`, `run_`.",
            "segments/seg_01K9", "There is no segment 'seg_01K9'."),
        Refusal(
            "key_taken", 409, "The key is taken",
            "Another resource of the kind has this key. Keys are unique and never change.",
            "Choose another, or leave it out: then one is made from the name.",
            "segments", "Another segment has the key 'loyal'. Choose another, or leave it out."),
        Refusal(
            "in_use", 409, "The connection is in use",
            "Destinations send over this connection; the problem names them as `usedBy`.",
            "Delete them first, or keep the connection.",
            "connections/con_01K9", "1 destination(s) use 'Hook': 'Loyal → Hook'. Delete them first."),
        Refusal(
            "segment_in_use", 409, "The segment is in use",
            "Destinations or other segments use the segment; the problem names them as `usedBy`.",
            "Delete them, or take the segment out of them, first.",
            "segments/seg_01K9", "'loyal' is used by destination 'Loyal → Hook'. Delete them or take it out of them first."),
        Refusal(
            "segment_locked", 409, "The segment is locked",
            "An enabled destination with auto-sync follows the segment, itself or through another segment: new rules would change who is on its list without anyone having looked. The problem names it as `lockedBy`.",
            "Switch auto-sync off, or disable the destination, then change the rules. Name and description may change at any time.",
            "segments/seg_01K9", "The rules of 'loyal' cannot change while destination 'Loyal → Hook' follows it. Switch auto-sync off or disable it first."),
        Refusal(
            "draft_stale", 409, "The draft is stale",
            "The segment has changed since the draft was made: publishing it would undo that change.",
            "Look at both, and PUT the draft again: that makes it one of the segment as it is now.",
            "segments/seg_01K9/draft/publish", "'loyal' has changed since the draft was made. Look at both, and PUT /api/v1/segments/seg_01K9/draft again: that makes it a draft of the segment as it is now."),
        Refusal(
            "remote_unavailable", 502, "The platform did not answer as it must",
            "The platform that a connection leads to did not answer, refused, or answered what cannot be read.",
            "`detail` says what it said. Check the connection (`POST /api/v1/connections/{id}/checks`), then try again.",
            "connections/con_01K9/objects", "The database does not answer: connection refused."),
        Refusal(
            "not_supported", 422, "It is not supported here",
            "The connector, or the source, cannot do this.",
            "`detail` names what can.",
            "connections/con_01K9/objects", "Webhook gives no list of what a connection reaches. Those of postgres do."),
        Refusal(
            "busy", 503, "It is being changed",
            "Others, or runs, change the resource at the same moment, again and again.",
            "Send the request again.",
            "destinations/dst_01K9", "Others change this destination at the moment. Try again."),
        Refusal(
            "run_active", 409, "A run is active",
            "A destination has one run at a time; the problem names it as `runId`.",
            "Wait for it (`GET /api/v1/operations/{runId}`), or cancel it.",
            "destinations/dst_01K9/runs", "'Loyal → Hook' runs already: run_01K9. Wait for it, or cancel it."),
        Refusal(
            "disabled", 409, "The destination is disabled",
            "A disabled destination keeps everything and sends nothing.",
            "Enable it: PATCH it with `{\"enabled\":true}`.",
            "destinations/dst_01K9/runs", "Enable 'Loyal → Hook' first: PATCH {\"enabled\":true}."),
        Refusal(
            "deleting", 409, "The destination is being deleted",
            "A run removes everyone whom the destination added; then it is gone.",
            "Wait. To stop that and keep everyone on the list, delete it with `remote=leave`.",
            "destinations/dst_01K9", "'Loyal → Hook' is being cleaned up and takes no changes. DELETE it with remote=leave to stop that."),
        Refusal(
            "already_finished", 409, "The run has finished",
            "There is nothing left to cancel.",
            "Nothing. `GET /api/v1/runs/{id}` says how it ended.",
            "runs/run_01K9/cancel", "run_01K9 is over: there is nothing to cancel."),
        Refusal(
            "not_held", 409, "The run is not held",
            "Only a run that a guard stopped is decided on.",
            "Look at its `status`: it may have lapsed, or somebody else decided.",
            "runs/run_01K9/approval", "run_01K9 is succeeded: there is nothing to decide."),
        Refusal(
            "nothing_to_retry", 409, "Nothing to retry",
            "Everything that the run planned was delivered.",
            "Nothing. To send everyone again, start a run with `{\"mode\":\"full\"}`.",
            "runs/run_01K9/retry", "Everything that run_01K9 planned was delivered."),
    ];
}
