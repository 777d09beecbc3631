using System.Collections.Immutable;
using AudienceSync.Faults;

namespace AudienceSync.Config;

/// <summary>Writes a document to a copy of the configuration: finds every fault, the order that works, and what changes.</summary>
/// <remarks>
/// Nothing decides beforehand what must come first. Whatever is refused is tried again while anything else succeeds: a segment after those it refers to,
/// a deletion after that of its users, a key after it has become free. The order in which everything succeeded is the one in which it is applied.
/// </remarks>
internal sealed class ConfigRehearsal(ConfigCopy copy, ConfigDocument document, bool prunes)
{
    public async Task<Rehearsed> RunAsync(CancellationToken cancellationToken)
    {
        var before = await ConfigExport.ReadAsync(copy.Target, cancellationToken);
        var run = new ConfigRun(copy.Target, before, document, IsRehearsal: true);
        List<Fault> faults = [];
        var cyclic = ConfigReferences.FindCycles(document, before, faults);
        var actions = Actions(before).ToList();
        var outcomes = new Dictionary<ConfigAction, ConfigOutcome>();
        var order = new List<ConfigAction>();
        var open = actions.Where(action => !(action is ConfigAction.Write { Kind: ConfigKind.Segment } && cyclic.Contains(action.Key))).ToList();
        for (var progresses = true; progresses && open.Count > 0;)
        {
            progresses = false;
            foreach (var action in open.ToList())
            {
                var outcome = outcomes[action] = await action.RunAsync(run, isLast: false, cancellationToken);
                if (outcome.IsDone)
                {
                    order.Add(action);
                    open.Remove(action);
                    progresses = true;
                }
            }
        }

        await CheckRestAsync(actions.Except(order), run, outcomes, cancellationToken);
        faults.AddRange(actions.SelectMany(action => outcomes.TryGetValue(action, out var outcome) ? outcome.Faults : []));
        var after = await ConfigExport.ReadAsync(copy.Target, cancellationToken);
        faults.AddRange(prunes ? [] : PartsLost(before, after));
        faults.RemoveAll(fault => IsConsequence(fault, [.. faults]));
        return new(before, after, [.. order], [.. faults.Distinct()], run.ChangedSecrets);
    }

    /// <summary>What the document names, by kinds; then what is deleted, the other way round.</summary>
    private IEnumerable<ConfigAction> Actions(ConfigState before) =>
    [
        .. document.Entries.Select(entry => new ConfigAction.Write(entry)),
        .. prunes ? Prunable(before).Reverse().Select(resource => new ConfigAction.Delete(resource)) : [],
    ];

    /// <summary>There, and not in the document, of the kinds that it speaks of.</summary>
    public IEnumerable<ConfigResource> Prunable(ConfigState before) =>
        before.All.Where(resource => document.Sections.Contains(resource.Kind) && document.Find(resource.Kind, resource.Key) is null);

    /// <summary>What waits for something that is refused is checked all the same, with a stand-in for that: all faults are told at once.</summary>
    private static async Task CheckRestAsync(
        IEnumerable<ConfigAction> rest, ConfigRun run, Dictionary<ConfigAction, ConfigOutcome> outcomes, CancellationToken cancellationToken)
    {
        List<ConfigAction> open = [.. rest];
        foreach (var action in open.OfType<ConfigAction.Write>().Where(action => run.Before.Find(action.Kind, action.Key) is null))
        {
            var entry = action.Entry;
            var standIn = entry.Kind switch
            {
                // A segment that merely waits is checked below, and takes its own place.
                ConfigKind.Segment when outcomes.GetValueOrDefault(action) != ConfigOutcome.Waits => await SegmentEntries.StandInAsync(run, entry, cancellationToken),
                ConfigKind.Connection => await ConnectionEntries.StandInAsync(run, entry, cancellationToken),
                _ => null,
            };
            if (standIn is not null)
            {
                run.Ids.Set(entry.Kind, entry.Key, standIn);
            }
        }

        foreach (var action in open.Where(action => outcomes.GetValueOrDefault(action) == ConfigOutcome.Waits))
        {
            outcomes[action] = await action.RunAsync(run, isLast: true, cancellationToken);
        }
    }

    /// <summary>A connection whose entry needs attention cannot be tried out: that it does not work is no fault of what uses it.</summary>
    private bool IsConsequence(Fault fault, IReadOnlyList<Fault> all) =>
        fault.Code == "not_connected" && document.Entries.FirstOrDefault(entry => IsWithin(fault, entry)) is { } user
        && ConfigNodes.Text(ConfigNodes.At(user.Json, fault.Pointer[user.Pointer.Length..])) is { } key
        && document.Find(ConfigKind.Connection, key) is { } connection && all.Any(other => IsWithin(other, connection));

    private static bool IsWithin(Fault fault, ConfigEntry entry) => fault.Pointer == entry.Pointer || fault.Pointer.StartsWith($"{entry.Pointer}/", StringComparison.Ordinal);

    /// <summary>A group or a step that goes takes its destinations along: that is a deletion, and deletions are asked for.</summary>
    private IEnumerable<Fault> PartsLost(ConfigState before, ConfigState after)
    {
        var left = after.Owned.Select(destination => destination.Id).ToHashSet(StringComparer.Ordinal);
        return before.Owned.Where(destination => !left.Contains(destination.Id)).OrderBy(destination => destination.Key, StringComparer.Ordinal)
            .Select(destination => new Fault(
                document.Find(destination.Owner, destination.OwnerKey)?.Pointer ?? $"/{destination.Owner.Section}", "prune_required",
                $"This takes the destination '{destination.Key}' out of the {destination.Owner.Word} '{destination.OwnerKey}', and so deletes it. Ask for it with prune=true, or leave it in."))
            .OrderBy(fault => fault.Pointer, StringComparer.Ordinal);
    }
}

/// <param name="Order">In which everything succeeded.</param>
internal sealed record Rehearsed(
    ConfigState Before, ConfigState After, ImmutableArray<ConfigAction> Order, ImmutableArray<Fault> Faults, IReadOnlySet<(string Key, string Name)> ChangedSecrets)
{
    public ConfigChanges Changes { get; } = ConfigChanges.Of(Before, After, ChangedSecrets);
}
