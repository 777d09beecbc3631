using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Pages;

namespace AudienceSync.Profiles;

/// <summary>Takes operations on profiles in: checks them at the door, registers their attributes, appends them to the inbox.</summary>
public sealed class ProfileIngest(
    IProfileInbox inbox, ProfileReader profiles, AttributeCatalog catalog, MemberHasher hasher, TrackingIds trackingIds, IErasures erasures, TimeProvider time)
{
    /// <summary>Most operations of one batch.</summary>
    public const int MaxOperations = 1_000;

    private static readonly ImmutableArray<string> Fields = ["operations"];

    /// <summary>Takes <c>{"operations":[…]}</c>. One bad operation never stops the rest; operations of one profile apply in their order.</summary>
    /// <remarks>Repeating a batch changes nothing that its first delivery did not, unless later operations lay between.</remarks>
    public async Task<Result<BatchAnswer>> BatchAsync(JsonElement body, CancellationToken cancellationToken)
    {
        if (CheckBody(body) is { } refusal)
        {
            return refusal;
        }

        var now = time.GetUtcNow();
        var read = body.GetProperty("operations").EnumerateArray()
            .Select((json, index) => OperationReader.Read(json, $"/operations/{index}", now))
            .ToList();
        var full = await catalog.RegisterAsync(read.Select(item => item.Operation).OfType<ProfileOperation>(), cancellationToken);
        var erased = read.Select(item => item.Operation).Where(operation => operation?.Kind is OperationKind.Erase).Select(operation => operation!.Id);
        var stored = await profiles.ReadAsync([.. erased], cancellationToken);
        var known = stored.Keys.ToHashSet(StringComparer.Ordinal);
        var accepted = new List<ProfileOperation>(read.Count);
        var results = new List<BatchResult>(read.Count);
        foreach (var (index, (operation, faults)) in read.Index())
        {
            results.Add(Judge(index, operation, faults, full, known));
            if (results[^1].Status == 200)
            {
                accepted.Add(operation!);
            }
        }

        var erasureIds = new Queue<string>(await erasures.NoteAsync(PeopleToErase(accepted, stored), cancellationToken));
        string[] begun = [.. erasureIds];
        await InboxWriter.AppendAsync(inbox, hasher, accepted, cancellationToken);
        await erasures.BeginAsync(begun, cancellationToken);
        foreach (var (index, (operation, _)) in read.Index())
        {
            if (operation?.Kind is OperationKind.Erase && results[index].Status == 200)
            {
                results[index] = results[index] with { ErasureId = erasureIds.Dequeue() };
            }
        }

        return new BatchAnswer(accepted.Count, read.Count - accepted.Count, [.. results]);
    }

    /// <summary>Takes one identify operation, without <c>op</c>.</summary>
    public async Task<Result<IdentifyAnswer>> IdentifyAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var (operation, faults) = OperationReader.Read(body, "", time.GetUtcNow(), OperationKind.Identify);
        if (operation is { Kind: not OperationKind.Identify })
        {
            faults = [new("/op", "unknown_operation", "Only identify is taken here. Send other operations to /api/v1/profiles/batch.")];
        }
        else if (operation is not null && AttributeCatalog.CheckFull(operation, await catalog.RegisterAsync([operation], cancellationToken), "") is { } fault)
        {
            faults = [fault];
        }

        if (operation is null || !faults.IsEmpty)
        {
            return Refusal.Invalid(faults);
        }

        var created = await profiles.ReadAsync(operation.Id, cancellationToken) is null;
        await InboxWriter.AppendAsync(inbox, hasher, [operation], cancellationToken);
        return new IdentifyAnswer(operation.Id, trackingIds.Of(operation.Id), trackingIds.UrlTokenOf(operation.Id), created);
    }

    /// <summary>For each erasure of a batch the person, as far as the profile and the operations before it tell.</summary>
    private static List<PersonToErase> PeopleToErase(List<ProfileOperation> accepted, Dictionary<string, ProfileState> stored) =>
    [
        .. accepted.Index().Where(item => item.Item.Kind is OperationKind.Erase).Select(item => PersonToErase.Of(
            item.Item.Id, stored.GetValueOrDefault(item.Item.Id), accepted.Take(item.Index).Where(operation => operation.Id == item.Item.Id))),
    ];

    private static Refusal? CheckBody(JsonElement body)
    {
        if (body.ValueKind is not JsonValueKind.Object)
        {
            return Refusal.Invalid([new("", "wrong_type", "The body is an object with 'operations'.")]);
        }

        var faults = body.EnumerateObject()
            .Where(property => !property.NameEquals("operations"))
            .Select(property => OperationReader.UnknownField(property, "", Fields))
            .ToList();
        if (!body.TryGetProperty("operations", out var operations))
        {
            faults.Add(new("/operations", "required", "'operations' is missing: the list of operations."));
        }
        else if (operations.ValueKind is not JsonValueKind.Array)
        {
            faults.Add(new("/operations", "wrong_type", "'operations' is a list of operations."));
        }
        else if (operations.GetArrayLength() is var count and > MaxOperations)
        {
            return new(
                RefusalKind.Invalid, "too_many_operations", "Too many operations in one batch", $"The batch has {count} operations; at most {MaxOperations} are taken. Split it.")
            {
                Faults = [new("/operations", "too_many_operations", $"{count} operations; at most {MaxOperations}.")],
            };
        }

        return faults.Count > 0 ? Refusal.Invalid(faults) : null;
    }

    /// <param name="known">Erased ids of which there is a profile at this point of the batch; kept up as the batch goes on.</param>
    private static BatchResult Judge(
        int index, ProfileOperation? operation, ImmutableArray<Fault> faults, FrozenSet<string> full, HashSet<string> known)
    {
        if (operation is null)
        {
            return BatchResult.Failed(index, 422, faults);
        }

        if (operation.Kind is OperationKind.Erase)
        {
            return known.Remove(operation.Id)
                ? new(index, 200)
                : BatchResult.Failed(index, 404, [new($"/operations/{index}/id", "unknown_profile", "There is no profile of this id. Nothing is left to erase.")]);
        }

        if (AttributeCatalog.CheckFull(operation, full, $"/operations/{index}") is { } fault)
        {
            return BatchResult.Failed(index, 422, [fault]);
        }

        known.Add(operation.Id);
        return new(index, 200);
    }
}
