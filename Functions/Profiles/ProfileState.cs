using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>One profile being merged: for each name the later <c>occurredAt</c> wins, of equal ones the later arrival. Of identifiers the others are kept beside.</summary>
/// <remarks>Clears are kept with their times, else an older value that arrives later would come back. Not thread-safe.</remarks>
internal sealed class ProfileState(string id)
{
    private readonly Dictionary<string, Cell> _values = new(StringComparer.Ordinal);
    private Dictionary<string, long> _times = new(StringComparer.Ordinal);
    private Dictionary<string, SeenValues> _seen = new(StringComparer.Ordinal); // of identifiers held, where it says more than value and time
    private Dictionary<string, Consent> _consents = new(StringComparer.Ordinal);
    private long _bytes = 64 + (4 * id.Length);

    public string Id => id;

    /// <summary>Latest <c>occurredAt</c> taken.</summary>
    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>Identifiers, attributes and entries into journeys held.</summary>
    public IReadOnlyDictionary<string, Cell> Values => _values;

    /// <summary>The values of an identifier with their times, in the order of first sight; none when it is not held.</summary>
    public ImmutableArray<Sighting> Seen(string name) => SeenOf(name).Values;

    /// <summary>By purpose, those of unknown state too.</summary>
    public IReadOnlyDictionary<string, Consent> Consents => _consents;

    public static ProfileState FromRow(Row row)
    {
        var state = new ProfileState(row[ProfileColumns.Id].AsText()) { UpdatedAt = row[ProfileColumns.UpdatedAt].AsDateTime() };
        foreach (var (name, cell) in row)
        {
            if (ProfileColumns.IsValue(name))
            {
                state._values[name] = cell;
            }
        }

        state._times = ProfileTimes.Read(row[ProfileColumns.Times], state.UpdatedAt, state._values.Keys);
        state._seen = SeenIdentifiers.Read(row[ProfileColumns.Seen], state.Plain);
        state._consents = ConsentJson.Read(row[ProfileColumns.Consents]);
        state._bytes += state._seen.Values.Sum(ProfileSize.Of) + state._times.Keys.Sum(name => (long)ProfileSize.Of(name, state._values.GetValueOrDefault(name)))
            + state._consents.Sum(pair => (long)ProfileSize.Of(pair.Key, pair.Value));
        return state;
    }

    /// <summary>Applies operations to a profile in order of arrival.</summary>
    /// <param name="skipped">How many were left out because the profile would have grown past <see cref="ProfileSize.MaxProfileBytes"/>.</param>
    /// <returns>The profile after them; null when it is erased or never was.</returns>
    public static ProfileState? Merge(ProfileState? profile, IEnumerable<ProfileOperation> operations, out int skipped)
    {
        skipped = 0;
        DateTimeOffset? erasedAt = null;
        foreach (var operation in operations)
        {
            if (operation.Kind is OperationKind.Erase)
            {
                profile = null;
                erasedAt = erasedAt > operation.OccurredAt ? erasedAt : operation.OccurredAt;
            }
            else if (!(operation.OccurredAt < erasedAt) && !(operation.Kind is OperationKind.Enter && profile is null))
            {
                profile ??= new(operation.Id);
                skipped += profile.TryApply(operation) ? 0 : 1;
            }
        }

        return profile;
    }

    /// <summary>The row of a profile that one operation makes, as <see cref="Merge"/> and <see cref="ToRow"/> would, without the way there.</summary>
    /// <returns>Null when that takes more than values side by side.</returns>
    public static Row? RowOfFirst(ProfileOperation operation)
    {
        if (operation is not { Kind: OperationKind.Identify, Consents.IsEmpty: true } || ProfileSize.Of(operation) > ProfileSize.MaxProfileBytes)
        {
            return null;
        }

        var row = new Row { [ProfileColumns.Id] = Cell.Of(operation.Id) };
        foreach (var (name, cell) in operation.Values.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key)))
        {
            if (cell.IsAbsent || row.Has(name) || (cell.Type is CellType.TextList && ProfileColumns.IsIdentifier(name)))
            {
                return null;
            }

            row[name] = cell;
        }

        row[ProfileColumns.UpdatedAt] = Cell.Of(operation.OccurredAt);
        return row;
    }

    /// <summary>The row of a profile page: id, then names in ordinal order, so that equal profiles are equal rows.</summary>
    public Row ToRow()
    {
        var row = new Row { [ProfileColumns.Id] = Cell.Of(id) };
        foreach (var name in _values.Keys.Order(StringComparer.Ordinal))
        {
            row[name] = _values[name];
        }

        foreach (var (purpose, consent) in _consents.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (consent.State is not ConsentState.Unknown)
            {
                row[ProfileColumns.Consent(purpose)] = Cell.Of(consent.State is ConsentState.Granted);
            }
        }

        row[ProfileColumns.Consents] = ConsentJson.Write(_consents);
        row[ProfileColumns.UpdatedAt] = Cell.Of(UpdatedAt);
        row[ProfileColumns.Seen] = SeenIdentifiers.Write(_seen, Plain);
        row[ProfileColumns.Times] = ProfileTimes.Write(UpdatedAt, _times, _values.ContainsKey);
        return row;
    }

    /// <summary>Takes what the operation wins; all or nothing.</summary>
    private bool TryApply(ProfileOperation operation)
    {
        var ticks = operation.OccurredAt.UtcTicks;
        var values = operation.Values.Where(pair => !_times.TryGetValue(pair.Key, out var known) || ticks >= known).Select(Latest).ToList();
        var seen = operation.Values.Where(pair => ProfileColumns.IsIdentifier(pair.Key)).Select(pair => KeyValuePair.Create(pair.Key, See(pair.Key, pair.Value, ticks))).ToList();
        var consents = operation.Consents.Where(pair => !_consents.TryGetValue(pair.Key, out var known) || pair.Value.CapturedAt >= known.CapturedAt).ToList();
        var growth = values.Sum(Growth) + seen.Sum(Growth) + consents.Sum(Growth);
        if (growth > 0 && _bytes + growth > ProfileSize.MaxProfileBytes)
        {
            return false;
        }

        foreach (var (name, cell) in values)
        {
            _times[name] = ticks;
            if (cell.IsAbsent)
            {
                _values.Remove(name);
            }
            else
            {
                _values[name] = cell;
            }
        }

        foreach (var (name, known) in seen)
        {
            if (IsSaidByColumn(name, known))
            {
                _seen.Remove(name);
            }
            else
            {
                _seen[name] = known;
            }
        }

        foreach (var (purpose, consent) in consents)
        {
            _consents[purpose] = consent;
        }

        _bytes += growth;
        UpdatedAt = UpdatedAt > operation.OccurredAt ? UpdatedAt : operation.OccurredAt;
        return true;
    }

    private (string Value, long Ticks) Plain(string name) => (_values[name].AsText(), _times[name]);

    private SeenValues SeenOf(string name) =>
        _seen.TryGetValue(name, out var seen) ? seen
        : _values.TryGetValue(name, out var value) ? SeenValues.Of([new(value.AsText(), _times[name], _times[name])], clearedAt: 0)
        : _times.TryGetValue(name, out var clearedAt) ? SeenValues.Of([], clearedAt)
        : SeenValues.None;

    private SeenValues See(string name, Cell cell, long ticks)
    {
        var seen = SeenOf(name);
        return cell.Type switch
        {
            CellType.Absent => seen.Clear(ticks),
            CellType.TextList => cell.AsTextList().Aggregate(seen, (known, value) => known.See(name, value, ticks)),
            _ => seen.See(name, cell.AsText(), ticks),
        };
    }

    /// <summary>Whether the identifier's column and its time say all there is.</summary>
    private bool IsSaidByColumn(string name, SeenValues seen) =>
        !_values.TryGetValue(name, out var value)
        || (seen is { ClearedAt: 0, Values: [var only] } && only == new Sighting(value.AsText(), _times[name], _times[name]));

    /// <summary>Of several values of an identifier the last came last.</summary>
    private static KeyValuePair<string, Cell> Latest(KeyValuePair<string, Cell> pair) =>
        pair.Value.Type is CellType.TextList && ProfileColumns.IsIdentifier(pair.Key) ? KeyValuePair.Create(pair.Key, Cell.Of(pair.Value.AsTextList()[^1])) : pair;

    private long Growth(KeyValuePair<string, SeenValues> pair) => ProfileSize.Of(pair.Value) - (_seen.TryGetValue(pair.Key, out var known) ? ProfileSize.Of(known) : 0L);

    private long Growth(KeyValuePair<string, Cell> pair) =>
        ProfileSize.Of(pair.Key, pair.Value) - (_times.ContainsKey(pair.Key) ? ProfileSize.Of(pair.Key, _values.GetValueOrDefault(pair.Key)) : 0L);

    private long Growth(KeyValuePair<string, Consent> pair) =>
        ProfileSize.Of(pair.Key, pair.Value) - (_consents.TryGetValue(pair.Key, out var known) ? ProfileSize.Of(pair.Key, known) : 0L);
}
