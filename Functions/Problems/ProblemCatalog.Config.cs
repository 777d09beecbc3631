using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>What a document of configuration runs into.</summary>
    private static ImmutableArray<ProblemPage> Config =>
    [
        Refusal(
            "apply_stopped", 409, "The document was applied in part",
            "Somebody changed the same thing while the document was being applied, or it could not be written. The problem says what was done as `applied`, where it stopped as `stoppedAt` and why as `cause`, and what is left as `remaining`.",
            "Look at what stopped it, and send the document again: what is done already is left as it is.",
            "config", "2 of 4 changes were made. The destination 'loyal-to-hook' was not: Read it again and repeat the change with its current ETag. Look at it, and send the document again: what is done already is left as it is."),
        Refusal(
            "draft_exists", 409, "The segment has a draft",
            "The document has other rules for a segment that destinations follow, and rules that somebody staged wait to be published.",
            "Publish the draft or delete it, then send the document again.",
            "config", "Rules of 'loyal' wait in a draft that somebody made. Publish or delete it first: /api/v1/segments/seg_01K9/draft."),
        Fault(
            "secret_missing", "There is no secret to keep",
            "`{\"set\":true}` keeps the secret that a connection has, and this one has none: it is new here, or was never given that secret.",
            "Send the secret as a text, or leave it out.",
            "config", "/connections/0/secrets/signingSecret", "{\"set\":true} keeps the secret 'signingSecret' of 'hook', but this installation has none. Send it as a text, or leave it out."),
        Fault(
            "prune_required", "A destination would be deleted",
            "A group or a step of the document lacks a destination that it has now: applied, the document would delete it.",
            "Ask for it with `prune=true`, or leave the destination in.",
            "config", "/campaigns/0", "This takes the destination 'spring-mail' out of the campaign 'spring', and so deletes it. Ask for it with prune=true, or leave it in."),
    ];
}
