using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Config;

/// <summary>Shows the configuration as one document, plans what a document changes, and applies it.</summary>
/// <remarks>
/// A document is rehearsed on a copy first; where that finds any fault, nothing is written. Applied, each thing is written at the version that the plan saw: where somebody
/// else came first it stops and says how far it got, and the same document goes on from there. Applying what is already so writes nothing.
/// </remarks>
public sealed class ConfigService(ConfigTarget installation, IConfigCopies copies)
{
    /// <summary>The document, and its ETag.</summary>
    public async Task<(ConfigView View, string ETag)> GetAsync(CancellationToken cancellationToken)
    {
        var state = await ConfigExport.ReadAsync(installation, cancellationToken);
        return (ConfigExport.View(state), ConfigExport.ETagOf(state));
    }

    /// <summary>422 with every fault of the whole document; 412 when the configuration is not the one that the caller saw; 409 <c>apply_stopped</c> with what was done.</summary>
    /// <param name="options">What is to be done with the document.</param>
    /// <param name="ifMatch">See <see cref="ETags.Holds"/>; null for whatever is there.</param>
    public async Task<Result<ConfigPlan>> PutAsync(JsonElement body, ConfigPutOptions options, string? ifMatch, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        if (ConfigDocument.Read(body, faults) is not { } document)
        {
            return Refusal.Invalid(faults);
        }

        var copy = await copies.MakeAsync(cancellationToken);
        var rehearsal = new ConfigRehearsal(copy, document, options.Prunes);
        var rehearsed = await rehearsal.RunAsync(cancellationToken);
        var etag = ConfigExport.ETagOf(rehearsed.Before);
        if (ifMatch is not null && !ETags.Holds(ifMatch, etag))
        {
            return Refusal.Stale(etag);
        }

        faults.AddRange(rehearsed.Faults);
        if (faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        var plan = PlanOf(rehearsed, document, options, copy.Runs, [.. options.Prunes ? [] : rehearsal.Prunable(rehearsed.Before)], etag);
        return options.IsPlan ? plan : await ApplyAsync(plan, rehearsed, document, copy.Runs, cancellationToken);
    }

    private async Task<Result<ConfigPlan>> ApplyAsync(ConfigPlan plan, Rehearsed rehearsed, ConfigDocument document, NotedRuns runs, CancellationToken cancellationToken)
    {
        if (runs.Noted.Count > 0)
        {
            return RunActive(runs);
        }

        var run = new ConfigRun(installation, rehearsed.Before, document, IsRehearsal: false);
        ConfigAction[] actions = [.. rehearsed.Order.Where(rehearsed.Changes.Has)];
        var ids = new Dictionary<(string, string), string>();
        foreach (var (index, action) in actions.Index())
        {
            var outcome = await action.RunAsync(run, isLast: false, cancellationToken);
            if (!outcome.IsDone)
            {
                return Stopped(actions, index, outcome);
            }

            ids[(action.Kind.Word, action.Key)] = outcome.Id!;
        }

        return plan with
        {
            Applied = true,
            Summary = rehearsed.Changes.IsEmpty ? plan.Summary : $"{plan.Creates.Length} created, {plan.Updates.Length} updated, {plan.Deletes.Length} deleted",
            Creates = [.. plan.Creates.Select(change => change with { Id = ids[(change.Type, change.Key)] })],
            ETag = actions.Length == 0 ? plan.ETag : ConfigExport.ETagOf(await ConfigExport.ReadAsync(installation, cancellationToken)),
        };
    }

    private static ConfigPlan PlanOf(
        Rehearsed rehearsed, ConfigDocument document, ConfigPutOptions options, NotedRuns runs, ImmutableArray<ConfigResource> prunable, string etag)
    {
        var changes = rehearsed.Changes;
        return new(
            Applied: false, changes.Summary, changes.Creates, changes.Updates, changes.Deletes, [.. prunable.Select(ConfigChanges.Named)],
            document.Entries.Count(entry => !changes.Has(new ConfigAction.Write(entry))),
            [.. ConfigWarnings.Of(rehearsed, document, options, runs)], etag);
    }

    private static Refusal RunActive(NotedRuns runs) => Refusal.Conflict(
        "run_active", "A run is active",
        $"Rules that destinations follow change between runs, and {runs.Noted.Count} run(s) are under way: {string.Join(", ", runs.Noted.Take(5).Select(active => active.RunId))}. "
        + "Nothing was changed. Wait, decide on what is held, or cancel; then send the document again.",
        new()
        {
            ["runId"] = runs.Noted.First().RunId,
            ["runs"] = new JsonArray([.. runs.Noted.Select(active => new JsonObject { ["runId"] = active.RunId, ["destinationId"] = active.DestinationId })]),
        });

    private static Refusal Stopped(ConfigAction[] actions, int at, ConfigOutcome outcome)
    {
        var (action, cause) = (actions[at], outcome.Cause!);
        var reason = outcome.Faults is [var first, ..] ? first.Detail : cause.Detail ?? cause.Title;
        return Refusal.Conflict(
            "apply_stopped", "The document was applied in part",
            $"{at} of {actions.Length} changes were made. The {action.Kind.Word} '{action.Key}' was not: {reason} Look at it, and send the document again: what is done already is left as it is.",
            new()
            {
                ["applied"] = List(actions[..at]),
                ["stoppedAt"] = Named(action),
                ["cause"] = new JsonObject { ["code"] = cause.Code, ["detail"] = reason },
                ["remaining"] = List(actions[(at + 1)..]),
            })
            with
        { Faults = outcome.Faults };
    }

    private static JsonArray List(IEnumerable<ConfigAction> actions) => [.. actions.Select(Named)];

    private static JsonObject Named(ConfigAction action) => new()
    {
        ["action"] = action is ConfigAction.Delete ? "delete" : "write",
        ["type"] = action.Kind.Word,
        ["key"] = action.Key,
    };
}

/// <param name="IsPlan">Only say what would change.</param>
/// <param name="Prunes">Delete what the document does not name.</param>
public sealed record ConfigPutOptions(bool IsPlan, bool Prunes);
