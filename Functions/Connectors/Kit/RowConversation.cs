using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AudienceSync.Connectors.Kit;

/// <summary>A conversation about the rows of a batch: each row goes through the steps until one settles it. For one use.</summary>
/// <remarks>
/// A step whose rows are cut into parts makes one request a part. What concerns the connection as a whole (throttled, unauthorized, misconfigured) ends the
/// conversation; a part that failed leaves its rows open, and the others go on. Rows that were answered by then keep their answers, so that nobody who was
/// accepted is sent again.
/// </remarks>
/// <param name="subjectOf">What the steps are about: the batch itself, or a job that carries it.</param>
internal sealed class RowConversation<T>(Conversation conversation, Func<DeliveryBatch, T> subjectOf)
{
    /// <summary>Parts that fail in a row before the rest is not tried: the platform is down, not a row at fault.</summary>
    private const int MaxFailedInRow = 3;

    /// <summary>Times one request is sent again without the rows that its answers name.</summary>
    private const int MaxRounds = 20;

    private readonly Lock _gate = new();
    private readonly Notes _notes = new();
    private RowOutcome?[] _answers = [];
    private DeliveryRow[] _rows = [];
    private bool[] _isParked = [];
    private bool[] _isTouched = [];
    private DeliveryOutcome? _end;
    private DeliveryOutcome.Failed? _failure;
    private int _failedInRow;

    public async Task<DeliveryReport> RunAsync(ImmutableArray<Step<T>> steps, DeliveryBatch batch, CancellationToken cancellationToken)
    {
        (_rows, _answers) = (new DeliveryRow[batch.Rows.Length], new RowOutcome?[batch.Rows.Length]);
        (_isParked, _isTouched) = (new bool[batch.Rows.Length], new bool[batch.Rows.Length]);
        for (var place = 0; place < _rows.Length; place++)
        {
            var row = batch.Rows[place];
            _rows[place] = row.Place == place ? row : row with { Place = place };
            _answers[place] = conversation.CheckRow(_rows[place], batch);
        }

        foreach (var step in steps)
        {
            var open = batch.Part(_rows.Where(IsOpen));
            if (open.Rows.IsEmpty || IsOver)
            {
                break;
            }

            await RunStepAsync(step, open, cancellationToken);
        }

        if (!IsOver)
        {
            // Steps that ran out leave nothing to do for a row: the state is reached.
            foreach (var row in _rows.Where(IsOpen))
            {
                _answers[row.Place] = Remember(RowOutcome.Accepted, row.Place);
            }
        }

        return Report(batch);
    }

    private bool IsOpen(DeliveryRow row) => _answers[row.Place] is null && !_isParked[row.Place];

    private bool IsOver => _end is not null || _failedInRow >= MaxFailedInRow;

    private DeliveryReport Report(DeliveryBatch batch)
    {
        var isMissing = false;
        for (var place = 0; place < _answers.Length; place++)
        {
            if (_answers[place] is { } answer)
            {
                _answers[place] = PersonMask.Apply(conversation.Redact(answer), batch.Rows[place]);
            }
            else
            {
                isMissing = true;
            }
        }

        var answers = ImmutableCollectionsMarshal.AsImmutableArray(_answers);
        if (!isMissing)
        {
            return new(new DeliveryOutcome.Settled(answers!), conversation.Exchanges);
        }

        var outcome = PersonMask.Apply(conversation.Redact((_end ?? _failure)!), batch);
        return new(outcome, conversation.Exchanges) { Answers = answers, MayHaveArrived = _isTouched.Where((touched, place) => touched && answers[place] is null).Any() };
    }

    private async Task RunStepAsync(Step<T> step, DeliveryBatch open, CancellationToken cancellationToken)
    {
        var round = new Round(_rows.Length, step, new(step.Parts?.Invoke(open, conversation.Settings, _notes).Where(part => !part.Rows.IsEmpty) ?? [open]));
        foreach (var row in round.Waiting.SelectMany(part => part.Rows))
        {
            round.Calls[row.Place]++;
        }

        var lines = Math.Min(conversation.CallsAtATime, round.Waiting.Count);
        await Task.WhenAll(Enumerable.Range(0, lines).Select(_ => WorkAsync(round, cancellationToken)));
    }

    private async Task WorkAsync(Round round, CancellationToken cancellationToken)
    {
        while (true)
        {
            DeliveryBatch? part;
            lock (_gate)
            {
                if (IsOver || !round.Waiting.TryDequeue(out part))
                {
                    Park(round.Waiting.SelectMany(waiting => waiting.Rows));
                    return;
                }
            }

            await TalkAsync(round, part, cancellationToken);
        }
    }

    /// <summary>The request of one part, its pages and repeats.</summary>
    private async Task TalkAsync(Round round, DeliveryBatch part, CancellationToken cancellationToken)
    {
        var notes = _notes;
        for (int repeats = 0, pages = 1; ; repeats++)
        {
            var (response, failure) = await conversation.CallAsync(Build, cancellationToken);
            TimeSpan pause;
            lock (_gate)
            {
                switch (failure ?? Read(response))
                {
                    case StepResult.Again when repeats == StepResult.MaxRepeats:
                        Take(round, part, Conversation.StillPending(round.Step.Name));
                        return;
                    case StepResult.Again(var after):
                        pause = after;
                        break;
                    case StepResult.Page when pages == StepResult.MaxPages:
                        Take(round, part, Conversation.TooManyPages(round.Step.Name));
                        return;
                    case StepResult.Page(var cursor, var answers):
                        part = Learn(part, answers);
                        (notes, pages, repeats) = (notes.At(cursor), pages + 1, -1);
                        continue;
                    case var end:
                        Take(round, part, end);
                        return;
                }
            }

            await conversation.PauseAsync(pause, cancellationToken);
        }

        HttpRequestMessage? Build()
        {
            // Notes are shared by the calls that are made side by side.
            lock (_gate)
            {
                return round.Step.BuildRequest(subjectOf(part), conversation.Settings, notes);
            }
        }

        StepResult Read(ConnectorResponse? response) =>
            response is null ? StepResult.Next : round.Step.ReadResponse(response, subjectOf(part), conversation.Settings, notes); // no request: the part is skipped
    }

    private void Take(Round round, DeliveryBatch part, StepResult result)
    {
        switch (result)
        {
            case StepResult.Continue:
                Answer(round, part, _ => RowAnswer.Next);
                break;
            case StepResult.All(var answer):
                Answer(round, part, _ => answer);
                break;
            case StepResult.PerRow(var answers):
                Match(part, answers.Length);
                Answer(round, part, place => answers[place]);
                break;
            case StepResult.Done(DeliveryOutcome.Settled settled):
                Match(part, settled.Rows.Length);
                Answer(round, part, place => settled.Rows[place]);
                break;
            case StepResult.Done(DeliveryOutcome.RefusedRows refused):
                Resend(round, part, refused);
                break;
            case StepResult.Done(DeliveryOutcome.Refused refused):
                Refuse(round, part, refused);
                break;
            case StepResult.Done(DeliveryOutcome.Failed failed):
                _failure = failed;
                _failedInRow++;
                Park(part.Rows);
                break;
            case StepResult.Done(DeliveryOutcome.Pending pending):
                _end ??= part.Rows.Length == _rows.Length ? pending : pending with { Places = [.. part.Rows.Select(row => row.Place)] };
                break;
            case StepResult.Done(var outcome):
                _end ??= outcome;
                break;
            default:
                throw new UnreachableException($"A step about rows ends with {result.GetType().Name}.");
        }
    }

    /// <summary>The rows named have their outcome; the others are sent again at once.</summary>
    private void Resend(Round round, DeliveryBatch part, DeliveryOutcome.RefusedRows refused)
    {
        Match(part, refused.Rows.Length);
        var isNamed = part.Rows.Zip(refused.Rows).ToLookup(pair => pair.Second is not null, pair => pair.First);
        if (!isNamed[true].Any() || round.Resent == MaxRounds)
        {
            Refuse(round, part, new(refused.Code, refused.Detail));
            return;
        }

        Answer(round, part, place => refused.Rows[place] is { } outcome ? new RowAnswer.Done(outcome) : null);
        if (isNamed[false].Any())
        {
            round.Resent++;
            round.Waiting.Enqueue(part.Part(isNamed[false]));
        }
    }

    /// <summary>A part is halved down to the row at fault; a whole batch is the caller's to halve.</summary>
    private void Refuse(Round round, DeliveryBatch part, DeliveryOutcome.Refused refused)
    {
        if (part.Rows.Length == 1 && round.Step.Parts is not null)
        {
            Answer(round, part, _ => new RowOutcome(RowFate.Rejected, refused.Code, refused.Detail));
        }
        else if (round.Step.Parts is null)
        {
            _end ??= refused;
        }
        else
        {
            round.Waiting.Enqueue(part.Part(part.Rows.Take(part.Rows.Length / 2)));
            round.Waiting.Enqueue(part.Part(part.Rows.Skip(part.Rows.Length / 2)));
        }
    }

    /// <param name="answerOf">By place in the part; null leaves the row open.</param>
    private void Answer(Round round, DeliveryBatch part, Func<int, RowAnswer?> answerOf)
    {
        _failedInRow = 0;
        for (var index = 0; index < part.Rows.Length; index++)
        {
            var row = part.Rows[index];
            if (answerOf(index) is not { } answer)
            {
                continue;
            }

            _isTouched[row.Place] |= answer is RowAnswer.Done { Outcome.Fate: RowFate.Accepted } or RowAnswer.GoOn { IsCreated: true };
            var combined = round.Answers[row.Place] is { } other ? Combine(other, answer) : answer;
            round.Answers[row.Place] = combined;
            if (--round.Calls[row.Place] == 0 && !_isParked[row.Place])
            {
                Settle(row.Place, combined);
            }
        }
    }

    private void Settle(int place, RowAnswer answer)
    {
        switch (answer)
        {
            case RowAnswer.GoOn goOn:
                Learn(place, goOn);
                break;
            case RowAnswer.Done(var outcome):
                _answers[place] = Remember(outcome, place);
                break;
        }
    }

    /// <summary>What two calls for one row come to: the one that must be dealt with first.</summary>
    private static RowAnswer Combine(RowAnswer left, RowAnswer right) => (left, right) switch
    {
        (RowAnswer.GoOn, _) => right,
        (_, RowAnswer.GoOn) => left,
        (RowAnswer.Done(var one), RowAnswer.Done(var two)) => (Urgency(one) >= Urgency(two) ? one : two) with
        {
            RemoteId = one.RemoteId ?? two.RemoteId,
            IsPartial = one.IsPartial || two.IsPartial || (one.Fate is RowFate.Accepted) != (two.Fate is RowFate.Accepted),
        },
        _ => throw new UnreachableException("The family of answers is closed."),
    };

    private static int Urgency(RowOutcome outcome) => outcome.Fate switch
    {
        RowFate.Accepted => 0,
        RowFate.Rejected => 1,
        RowFate.Retryable => 2,
        _ => 3,
    };

    /// <summary>Ids that a page made known, on the rows that the next page is read with.</summary>
    private DeliveryBatch Learn(DeliveryBatch part, ImmutableArray<RowAnswer> answers)
    {
        if (answers.IsEmpty)
        {
            return part;
        }

        Match(part, answers.Length);
        foreach (var (row, answer) in part.Rows.Zip(answers))
        {
            if (answer is not RowAnswer.GoOn goOn)
            {
                throw new InvalidOperationException("A page makes ids known; rows are settled by the last one.");
            }

            Learn(row.Place, goOn);
        }

        return part with { Rows = [.. part.Rows.Select(row => _rows[row.Place])] };
    }

    private void Learn(int place, RowAnswer.GoOn answer) => _rows[place] = _rows[place] with
    {
        RemoteId = answer.RemoteId ?? _rows[place].RemoteId,
        IsCreated = answer.IsCreated || _rows[place].IsCreated,
    };

    /// <summary>The outcome with the id that the conversation learnt.</summary>
    private RowOutcome Remember(RowOutcome outcome, int place) =>
        outcome.RemoteId is null && _rows[place].RemoteId is { } id ? outcome with { RemoteId = id } : outcome;

    private void Park(IEnumerable<DeliveryRow> rows)
    {
        foreach (var row in rows)
        {
            _isParked[row.Place] = true;
        }
    }

    private static void Match(DeliveryBatch part, int answers)
    {
        if (answers != part.Rows.Length)
        {
            throw new InvalidOperationException($"The connector answered for {answers} of {part.Rows.Length} rows.");
        }
    }

    /// <summary>One step at work.</summary>
    /// <param name="rows">Of the batch; what is kept about a row is at its place.</param>
    private sealed class Round(int rows, Step<T> step, Queue<DeliveryBatch> waiting)
    {
        public Step<T> Step { get; } = step;

        public Queue<DeliveryBatch> Waiting { get; } = waiting;

        /// <summary>Calls about each row that have no answer yet.</summary>
        public int[] Calls { get; } = new int[rows];

        /// <summary>What the calls about each row came to so far.</summary>
        public RowAnswer?[] Answers { get; } = new RowAnswer?[rows];

        public int Resent { get; set; }
    }
}
