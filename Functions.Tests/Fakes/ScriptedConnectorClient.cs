using System.Collections.Immutable;
using System.Globalization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Fakes;

/// <summary>A platform in memory: keeps the list it was told and answers by a script.</summary>
internal sealed class ScriptedConnectorClient(FaultPoints? points = null) : IConnectorClient
{
    private readonly FaultPoints _points = points ?? new();
    private readonly Dictionary<string, DeliveryBatch> _files = new(StringComparer.Ordinal);
    private readonly Queue<Reply> _replies = new();

    /// <summary>The members it has, by match key.</summary>
    public SortedDictionary<string, string> List { get; } = new(StringComparer.Ordinal);

    /// <summary>The field that a member is matched by; the profile id where that is null (events).</summary>
    public string? KeyField { get; set; } = "user_id";

    /// <summary>What is done with the list in the place of matching members by one field.</summary>
    public Action<SortedDictionary<string, string>, DeliveryRow>? ApplyRow { get; set; }

    /// <summary>Every batch that reached the client, whatever became of it.</summary>
    public List<DeliveryBatch> Calls { get; } = [];

    /// <summary>Sets that were published.</summary>
    public List<DeliveryCompletion> Published { get; } = [];

    /// <summary>What a call is answered with that has no answer queued.</summary>
    public Func<DeliveryBatch, Reply> Script { get; set; } = _ => Reply.Taken;

    /// <summary>What a publication is answered with.</summary>
    public Func<Reply> PublishScript { get; set; } = () => Reply.Taken;

    /// <summary>Whether a check of the connection is passed.</summary>
    public bool IsAuthorized { get; set; } = true;

    public Func<DeliveryRow, bool> IsBad { get; set; } = _ => false;

    /// <summary>Called with each batch before it is answered.</summary>
    public Func<DeliveryBatch, Task> OnCallAsync { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called with the settings of each batch before anything else.</summary>
    public Func<ConnectorSettings, Task> OnSettingsAsync { get; set; } = _ => Task.CompletedTask;

    /// <summary>What a question after a job is answered with that has no answer queued.</summary>
    public Func<Reply> PollScript { get; set; } = () => Reply.Taken;

    public static string Show(Row fields) =>
        string.Join(' ', fields.OrderBy(cell => cell.Key, StringComparer.Ordinal).Select(cell => $"{cell.Key}={cell.Value}"));

    public void Then(params Reply[] replies)
    {
        foreach (var reply in replies)
        {
            _replies.Enqueue(reply);
        }
    }

    public async Task<DeliveryReport> DeliverAsync(
        ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken)
    {
        _points.Pass();
        await OnSettingsAsync(settings);
        Calls.Add(batch);
        await OnCallAsync(batch);
        var outcome = Answer(batch, _replies.TryDequeue(out var reply) ? reply : Script(batch));
        _points.Pass();
        return new(outcome, [AnExchange]);
    }

    public Task<DeliveryReport> PollAsync(
        ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, string jobId, CancellationToken cancellationToken)
    {
        _points.Pass();
        Polls.Add((jobId, batch));
        return Task.FromResult(new DeliveryReport(Answer(batch, _replies.TryDequeue(out var reply) ? reply : PollScript()), [AnExchange]));
    }

    /// <summary>Jobs asked after.</summary>
    public List<(string JobId, DeliveryBatch Batch)> Polls { get; } = [];

    public Task<DeliveryReport?> CompleteAsync(
        ConnectorDefinition connector, ConnectorSettings settings, DeliveryCompletion completion, CancellationToken cancellationToken)
    {
        _points.Pass();
        var (outcome, isApplied) = PublishScript() switch
        {
            Reply.Take => (new DeliveryOutcome.Settled([]), true),
            Reply.Lose lost => (new DeliveryOutcome.Failed(lost.Code, "Scripted."), lost.IsApplied),
            Reply.Throttle throttled => (new DeliveryOutcome.Throttled(throttled.After, "throttled"), false),
            Reply.Unauthorized => ((DeliveryOutcome)new DeliveryOutcome.Unauthorized("http_401", "Scripted."), false),
            Reply.Crash => throw new ScriptedFailureException(),
            var other => throw new InvalidOperationException($"A publication is not answered by {other}."),
        };
        if (isApplied)
        {
            Publish(completion);
        }

        _points.Pass();
        return Task.FromResult<DeliveryReport?>(new(outcome, [AnExchange]));
    }

    /// <summary>Audiences it has: their ids by name.</summary>
    public Dictionary<string, string> Audiences { get; } = new(StringComparer.Ordinal);

    /// <summary>What a request for an audience is answered with before it is looked up; null to look it up.</summary>
    public Queue<DeliveryOutcome?> AudienceReplies { get; } = [];

    /// <summary>Requests for an audience.</summary>
    public int AudienceCalls { get; private set; }

    public Task<AudienceReport> ResolveAudienceAsync(
        ConnectorDefinition connector, ConnectorSettings settings, AudienceRef audience, bool mayCreate, CancellationToken cancellationToken)
    {
        _points.Pass();
        AudienceCalls++;
        if (AudienceReplies.TryDequeue(out var reply) && reply is not null)
        {
            return Task.FromResult(new AudienceReport(null, reply, [AnExchange]));
        }

        if (!Audiences.ContainsKey(audience.Name) && mayCreate)
        {
            Audiences[audience.Name] = $"aud-{Audiences.Count + 1}";
        }

        _points.Pass();
        return Task.FromResult(new AudienceReport(Audiences.GetValueOrDefault(audience.Name), null, [AnExchange]));
    }

    public Task<ImmutableArray<Exchange>> PreviewAsync(
        ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken) =>
        Task.FromResult<ImmutableArray<Exchange>>([AnExchange]);

    public Task<ImmutableArray<CheckStep>> CheckAsync(ConnectorDefinition connector, ConnectorSettings settings, CancellationToken cancellationToken) =>
        Task.FromResult<ImmutableArray<CheckStep>>([new("authenticate", IsAuthorized, TimeSpan.Zero)]);

    private static Exchange AnExchange { get; } = new("POST", "https://receiver.example/", [], null, 200, [], null, TimeSpan.FromMilliseconds(1), null);

    private DeliveryOutcome Answer(DeliveryBatch batch, Reply reply)
    {
        switch (reply)
        {
            case Reply.Take when batch.Form is DeliveryForm.File:
                return new DeliveryOutcome.Stored(Store(batch));
            case Reply.Take:
                Apply(batch.Rows);
                return DeliveryOutcome.AllAccepted(batch);
            case Reply.Lose lost:
                if (lost.IsApplied && batch.Form is DeliveryForm.File)
                {
                    Store(batch);
                }
                else if (lost.IsApplied)
                {
                    Apply(batch.Rows);
                }

                return new DeliveryOutcome.Failed(lost.Code, "Scripted.");
            case Reply.PerRow when batch.Form is DeliveryForm.File:
                return new DeliveryOutcome.Failed("http_500", "A file is stored or not, whatever is in it.");
            case Reply.Throttle throttled:
                return new DeliveryOutcome.Throttled(throttled.After, "throttled");
            case Reply.Unauthorized:
                return new DeliveryOutcome.Unauthorized("http_401", "Scripted.");
            case Reply.Misconfigured:
                return new DeliveryOutcome.Misconfigured("http_404", "Scripted.");
            case Reply.RefuseBad when batch.Rows.Any(IsBad):
                return new DeliveryOutcome.Refused("http_400", "Scripted.");
            case Reply.RefuseBad:
                Apply(batch.Rows);
                return DeliveryOutcome.AllAccepted(batch);
            case Reply.PerRow rows:
                ImmutableArray<RowOutcome> fates = [.. batch.Rows.Select(rows.FateOf)];
                Apply(batch.Rows.Zip(fates).Where(row => row.Second.Fate is RowFate.Accepted || (row.Second.Fate is RowFate.Uncertain && rows.AppliesUncertain)).Select(row => row.First));
                return new DeliveryOutcome.Settled(fates);
            case Reply.Job job:
                return new DeliveryOutcome.Pending(job.Id, job.After);
            case Reply.Crash:
                throw new ScriptedFailureException();
            default:
                throw new InvalidOperationException($"Unknown reply {reply}.");
        }
    }

    /// <summary>A file of the same name is written over; none counts before it is published.</summary>
    private string Store(DeliveryBatch batch)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{batch.RunId}/{batch.Number:D5}");
        _files[name] = batch;
        return name;
    }

    private void Apply(IEnumerable<DeliveryRow> rows)
    {
        foreach (var row in rows)
        {
            if (ApplyRow is not null)
            {
                ApplyRow(List, row);
                continue;
            }

            var key = KeyField is { } field ? row.Fields[field].ToString() : row.ProfileId;
            if (row.Operation is DeliveryOperation.Remove)
            {
                List.Remove(key);
            }
            else
            {
                List[key] = Show(row.Fields);
            }
        }
    }

    private void Publish(DeliveryCompletion completion)
    {
        Published.Add(completion);
        if (completion.IsFull)
        {
            List.Clear();
        }

        foreach (var receipt in completion.Receipts)
        {
            Apply(_files[receipt].Rows);
        }
    }
}

/// <summary>How the platform answers one call.</summary>
internal abstract record Reply
{
    public static Reply Taken { get; } = new Take();

    public static Reply Http500 { get; } = new Lose("http_500", IsApplied: false);

    public static Reply NoConnection { get; } = new Lose("connect_failed", IsApplied: false);

    public static Reply ResetAfterApply { get; } = new Lose("connection_reset", IsApplied: true);

    public static Reply TimeoutBeforeApply { get; } = new Lose("timeout", IsApplied: false);

    public static Reply TimeoutAfterApply { get; } = new Lose("timeout", IsApplied: true);

    public sealed record Take : Reply;

    /// <summary>No answer, or one that says nothing.</summary>
    public sealed record Lose(string Code, bool IsApplied) : Reply;

    public sealed record Throttle(TimeSpan? After) : Reply;

    public sealed record Unauthorized : Reply;

    public sealed record Misconfigured : Reply;

    /// <summary>Refuses every batch with a bad row in it, as a whole.</summary>
    public sealed record RefuseBad : Reply;

    public sealed record PerRow(Func<DeliveryRow, RowOutcome> FateOf, bool AppliesUncertain = false) : Reply;

    public sealed record Job(string Id, TimeSpan After) : Reply;

    /// <summary>Our own code fails.</summary>
    public sealed record Crash : Reply;
}

/// <summary>A failure that a script asked for.</summary>
internal sealed class ScriptedFailureException : Exception;
