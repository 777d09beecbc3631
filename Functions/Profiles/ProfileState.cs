using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>One profile being merged: for each name the later <c>occurredAt</c> wins, of equal ones the later arrival.</summary>
/// <remarks>Clears are kept with their times, else an older value that arrives later would come back. Not thread-safe.</remarks>
internal sealed class ProfileState(string id)
{
    private readonly Dictionary<string, Cell> _values = new(StringComparer.Ordinal);
    private Dictionary<string, long> _times = new(StringComparer.Ordinal);
    private Dictionary<string, Consent> _consents = new(StringComparer.Ordinal);
    private long _bytes = 64 + (4 * id.Length);

    public string Id => id;

    /// <summary>Latest <c>occurredAt</c> taken.</summary>
    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>Identifiers and attributes held.</summary>
    public IReadOnlyDictionary<string, Cell> Values => _values;

    /// <summary>By purpose, those of unknown state too.</summary>
    public IReadOnlyDictionary<string, Consent> Consents => _consents;

    public static ProfileState FromRow(Row row)
    {
        var state = new ProfileState(row[ProfileColumns.Id].AsText()) { UpdatedAt = row[ProfileColumns.UpdatedAt].AsDateTime() };
        foreach (var (name, cell) in row)
        {
            if (name is not ProfileColumns.Id && !ProfileColumns.IsInternal(name))
            {
                state._values[name] = cell;
            }
        }

        state._times = ProfileTimes.Read(row[ProfileColumns.Times], state.UpdatedAt, state._values.Keys);
        state._consents = ConsentJson.Read(row[ProfileColumns.Consents]);
        state._bytes += state._times.Keys.Sum(name => (long)ProfileSize.Of(name, state._values.GetValueOrDefault(name)))
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
            else if (!(operation.OccurredAt < erasedAt))
            {
                profile ??= new(operation.Id);
                skipped += profile.TryApply(operation) ? 0 : 1;
            }
        }

        return profile;
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
        row[ProfileColumns.Times] = ProfileTimes.Write(UpdatedAt, _times, _values.ContainsKey);
        return row;
    }

    /// <summary>Takes what the operation wins; all or nothing.</summary>
    private bool TryApply(ProfileOperation operation)
    {
        var ticks = operation.OccurredAt.UtcTicks;
        var values = operation.Values.Where(pair => !_times.TryGetValue(pair.Key, out var known) || ticks >= known).ToList();
        var consents = operation.Consents.Where(pair => !_consents.TryGetValue(pair.Key, out var known) || pair.Value.CapturedAt >= known.CapturedAt).ToList();
        var growth = values.Sum(Growth) + consents.Sum(Growth);
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

        foreach (var (purpose, consent) in consents)
        {
            _consents[purpose] = consent;
        }

        _bytes += growth;
        UpdatedAt = UpdatedAt > operation.OccurredAt ? UpdatedAt : operation.OccurredAt;
        return true;
    }

    private long Growth(KeyValuePair<string, Cell> pair) =>
        ProfileSize.Of(pair.Key, pair.Value) - (_times.ContainsKey(pair.Key) ? ProfileSize.Of(pair.Key, _values.GetValueOrDefault(pair.Key)) : 0L);

    private long Growth(KeyValuePair<string, Consent> pair) =>
        ProfileSize.Of(pair.Key, pair.Value) - (_consents.TryGetValue(pair.Key, out var known) ? ProfileSize.Of(pair.Key, known) : 0L);
}
