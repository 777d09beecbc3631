using System.Collections.Immutable;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>What a generation takes of a profile: its columns, among them values chosen from those of an identifier, and so the rows that one profile gives.</summary>
/// <remarks>Most give one. Where all values of an identifier are asked for there is a row for each, under an id of its own that stays with the value. Thread-safe.</remarks>
internal sealed class IdentifierSelection
{
    /// <summary>Most rows of a profile: of more combinations the first are taken. Ours.</summary>
    public const int MostRows = 100;

    private readonly HashSet<string> _own;
    private readonly ImmutableArray<ChosenColumn> _first;
    private readonly ImmutableArray<ChosenColumn> _all;

    /// <param name="columns">Of the generation.</param>
    public IdentifierSelection(IReadOnlyCollection<string> columns)
    {
        ImmutableArray<ChosenColumn> chosen = [.. columns.Select(ChosenColumn.Of).OfType<ChosenColumn>()];
        _own = columns.Where(column => ChosenColumn.Of(column) is null).Append(ProfileColumns.Id).ToHashSet(StringComparer.Ordinal);
        _first = [.. chosen.Where(column => column.Strategy is IdentifierStrategy.First)];
        _all = [.. chosen.Where(column => column.Strategy is IdentifierStrategy.All)];
    }

    /// <summary>One profile may give several rows.</summary>
    public bool Expands => !_all.IsEmpty;

    /// <summary>Of the rows of a page of profiles those that must be looked at one by one: of the others every value of an identifier is its only one.</summary>
    public RowSet SelectSeveral(PageReader page, RowSet among)
    {
        if (Expands)
        {
            return among;
        }

        return !_first.IsEmpty && page.Find(ProfileColumns.Seen) is { } seen
            ? among.Where(row => seen[row] is { IsAbsent: false } cell && SeenIdentifiers.HoldsSeveral(cell.AsBytes().Span))
            : among.Except(among);
    }

    /// <summary>The columns of a page of profiles as a generation names them, for rows that hold no more than one value of an identifier.</summary>
    public CopiedColumn[] ToCopy(PageReader page)
    {
        if (_first.IsEmpty)
        {
            return page.ToCopy(_own);
        }

        var columns = new List<CopiedColumn>();
        foreach (var column in page.ToCopy([.. _own, .. _first.Select(chosen => chosen.Identifier)]))
        {
            if (_own.Contains(column.Name))
            {
                columns.Add(column);
            }

            columns.AddRange(_first.Where(chosen => chosen.Identifier == column.Name).Select(chosen => new CopiedColumn(chosen.Name, column.Source)));
        }

        return [.. columns];
    }

    /// <summary>The rows that a profile gives, each with its id: the values of an identifier in the order of first sight.</summary>
    public ImmutableArray<Row> RowsOf(Row profile, MemberHasher hasher)
    {
        var common = new Row(profile.Where(cell => _own.Contains(cell.Key)));
        foreach (var chosen in _first)
        {
            common[chosen.Name] = SeenIdentifiers.ValuesOf(profile, chosen.Identifier) is [var first, ..] ? Cell.Of(first) : default;
        }

        if (_all.IsEmpty)
        {
            return [common];
        }

        IEnumerable<ImmutableArray<Cell>> combinations = [[]];
        foreach (var chosen in _all)
        {
            ImmutableArray<Cell> values = [.. SeenIdentifiers.ValuesOf(profile, chosen.Identifier).Select(Cell.Of).DefaultIfEmpty()];
            combinations = combinations.SelectMany(before => values.Select(before.Add));
        }

        return [.. combinations.Take(MostRows).Select(values => Combine(common, values, hasher))];
    }

    private Row Combine(Row common, ImmutableArray<Cell> values, MemberHasher hasher)
    {
        var row = new Row(common);
        var suffix = new Row();
        foreach (var (chosen, value) in _all.Zip(values))
        {
            row[chosen.Name] = value;
            suffix[chosen.Identifier] = value.IsAbsent ? default : Cell.Of(IdentifierForms.Of(chosen.Identifier, value.AsText()));
        }

        if (suffix.Count > 0)
        {
            row[ProfileColumns.Id] = Cell.Of(RowIds.Of(common[ProfileColumns.Id].AsText(), hasher.Row(suffix), hasher.Payload(suffix)));
        }

        return row;
    }
}
