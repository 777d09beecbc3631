using AudienceSync.Connectors.Kit;
using AudienceSync.Runs;

namespace AudienceSync.Erasures;

/// <summary>Sentences of receipts: what an outcome means, and what remains to be done by hand.</summary>
public sealed class ReceiptWords(ConnectorCatalog connectors)
{
    public const string ExitEvent = "The exit event was accepted. An event that was sent cannot be taken back.";
    public const string WasRemoved = "An earlier run had taken the person off already.";
    public const string RemovedWithOthers = "A run of the destination removed the person.";
    public const string Gone = "The destination was deleted before the removal was accepted.";

    public const string GoneBefore = "The destination was deleted before the erasure, and its members were left where they were.";

    public const string Tested = "No run brought the person there, but the event tester sent them.";

    public static string AfterTest(string platform) => $"Remove the person on {platform} by hand: what the event tester sends is in no ledger.";

    public static string AfterEvents(string platform) =>
        $"{platform} keeps the events that it was sent before: delete the person there, as its privacy documentation says.";

    public static string AfterRemoval(string platform) =>
        $"The person is off the audience. Where {platform} keeps a contact of its own beside it, delete that there.";

    public static string AfterFile => "Files that were written before still name the person: delete them where they are stored, and wherever they were read.";

    public static string ByHand(string platform, string audience) =>
        $"{platform} has no way to take a single person back over its API: remove the person from '{audience}' by hand.";

    public static string WriteAnew(string platform, string audience) =>
        $"The files hold everyone, and the destination is switched off: delete the person from the last set of '{audience}' on {platform}, or switch it on, so that it is written anew.";

    public static string AfterDeletion(string platform, string audience) =>
        $"If the destination was deleted with a clean-up, the person was removed with everyone else. Else remove the person from '{audience}' on {platform} by hand.";

    public static string Remaining(DeliveryForm form, string platform) => form switch
    {
        DeliveryForm.Events => AfterEvents(platform),
        DeliveryForm.File => AfterFile,
        _ => AfterRemoval(platform),
    };

    /// <summary>The platform's name.</summary>
    /// <param name="connector">Slug.</param>
    public string NameOf(string? connector) => connector is null ? "the platform" : connectors.Find(connector)?.DisplayName ?? connector;

    /// <summary>The receipt of a destination that was deleted, by what its last run with the person did.</summary>
    internal ErasureReceipt OfDeleted(Run run, bool isRemoval, DateTimeOffset at)
    {
        var spec = run.Spec!;
        var receipt = new ErasureReceipt
        {
            DestinationId = run.DestinationId,
            DestinationName = spec.Audience.Name,
            Connector = spec.ConnectorType,
            AudienceName = spec.Audience.Name,
            AudienceId = spec.Audience.ExternalId,
            Outcome = ErasureOutcome.Unsupported,
            Code = "destination_gone",
            At = at,
            RunId = run.Id,
            IsKnown = true,
            IsOfDeleted = true,
            SeenInFence = run.Fence,
        };
        var platform = NameOf(spec.ConnectorType);
        return isRemoval ? RemovedBefore(receipt with { Code = null }, run)
            : receipt with
            {
                Detail = GoneBefore,
                Remaining = spec.Form switch
                {
                    DeliveryForm.Events => AfterEvents(platform),
                    DeliveryForm.File => AfterFile,
                    _ => $"Remove the person from '{spec.Audience.Name}' on {platform} by hand.",
                },
            };
    }

    /// <summary>The receipt of somebody whom an earlier run brought there, and took off again.</summary>
    internal ErasureReceipt RemovedBefore(ErasureReceipt receipt, Run run) => receipt with
    {
        Outcome = run.Spec!.Form is DeliveryForm.Events ? ErasureOutcome.Unsupported : ErasureOutcome.Removed,
        Detail = WasRemoved,
        Remaining = Remaining(run.Spec.Form, NameOf(run.Spec.ConnectorType)),
        RunId = run.Id,
        IsKnown = true,
        SeenInFence = run.Fence,
    };
}
