using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>What the intake of operations asks of erasures.</summary>
public interface IErasures
{
    /// <summary>Notes people who are to be erased and sets their tombstones: runs that begin from now on do not add them.</summary>
    /// <returns>The ids of the erasures, in the order given.</returns>
    Task<ImmutableArray<string>> NoteAsync(IReadOnlyList<PersonToErase> people, CancellationToken cancellationToken);

    /// <summary>Sets erasures going whose operations are in the inbox.</summary>
    Task BeginAsync(IReadOnlyList<string> erasureIds, CancellationToken cancellationToken);
}

/// <param name="Type">Name of the identifier.</param>
public sealed record IdentifierValue(string Type, string Value);

/// <summary>A person as far as a profile knows them.</summary>
/// <param name="Texts">Texts among the attributes.</param>
public sealed record PersonToErase(string Id, ImmutableArray<IdentifierValue> Identifiers, ImmutableArray<string> Texts)
{
    /// <param name="profile">Null when there is none.</param>
    /// <param name="operations">Further operations on the profile that it has not taken yet.</param>
    internal static PersonToErase Of(string id, ProfileState? profile, IEnumerable<ProfileOperation> operations)
    {
        List<KeyValuePair<string, Cell>> values = [.. profile?.Values.AsEnumerable() ?? [], .. operations.SelectMany(operation => operation.Values)];
        var seen = ProfileColumns.Identifiers.SelectMany(name => profile?.Seen(name).Select(seen => new IdentifierValue(name, seen.Value)) ?? []);
        var sent = values.Where(pair => ProfileColumns.IsIdentifier(pair.Key)).SelectMany(pair => TextsOf(pair.Value).Select(value => new IdentifierValue(pair.Key, value)));
        return new(
            id,
            [.. seen.Concat(sent).Distinct()],
            [.. values.Where(pair => !ProfileColumns.IsIdentifier(pair.Key)).SelectMany(pair => TextsOf(pair.Value)).Distinct(StringComparer.Ordinal)]);
    }

    private static IEnumerable<string> TextsOf(Cell cell) => cell.Type switch
    {
        CellType.Text => [cell.AsText()],
        CellType.TextList => cell.AsTextList(),
        _ => [],
    };
}
