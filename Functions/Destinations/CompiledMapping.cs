using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>A mapping ready to render: from a profile's columns to the fields of a payload, in the order of the mapping. Thread-safe.</summary>
/// <remarks>
/// A missing value leaves its field out, here also where the policy is to send null: that is added last (<see cref="ForAdd"/>, <see cref="ForUpdate"/>,
/// <see cref="AddNulls"/>), since pages hold no nulls. A value keeps its type. Normalising and hashing for the platform is the connector's job.
/// </remarks>
public sealed class CompiledMapping
{
    private readonly TrackingIds _trackingIds;
    private readonly ImmutableArray<Field> _fields;
    private readonly ImmutableArray<Field> _identifiers;
    private readonly ImmutableArray<string> _setOnce;
    private readonly ImmutableArray<string> _nulls;
    private readonly HiddenFields? _hidden;

    private CompiledMapping(ImmutableArray<Field> fields, TrackingIds trackingIds, HiddenFields? hidden = null)
    {
        (_trackingIds, _hidden) = (trackingIds, hidden);
        _fields = fields;
        _identifiers = [.. fields.Where(field => field.IsIdentifier)];
        _setOnce = [.. fields.Where(field => field.IsSetOnce).Select(field => field.Target)];
        _nulls = [.. fields.Where(field => field.SendsNull).Select(field => field.Target)];
        ImmutableArray<string> columns = [.. fields.SelectMany(field => field.Names).Select(ColumnOf).Prepend(ProfileColumns.Id).Distinct(StringComparer.Ordinal)];
        PlainColumns = [.. columns.Select(column => ChosenColumn.Of(column)?.Identifier ?? column).Distinct(StringComparer.Ordinal)];
        Columns = hidden is null ? columns : columns.Add(ProfileColumns.Hidden);
        Selection = new(Columns);
        Targets = [.. fields.Select(field => field.Target)];
        IdentifierTargets = [.. _identifiers.Select(field => field.Target)];
    }

    /// <summary>The columns of a generation that it reads, each once; the id is always among them.</summary>
    public ImmutableArray<string> Columns { get; }

    /// <summary>The columns of a source whose rows hold one value of an identifier each, as those of a query do.</summary>
    public ImmutableArray<string> PlainColumns { get; }

    /// <summary>Makes rows with these columns of a profile.</summary>
    internal IdentifierSelection Selection { get; }

    /// <summary>Names of the payload's fields.</summary>
    public ImmutableArray<string> Targets { get; }

    /// <summary>Names of the fields that a removal carries.</summary>
    public ImmutableArray<string> IdentifierTargets { get; }

    /// <summary>Compiles a mapping that was validated.</summary>
    /// <exception cref="ArgumentException">A template cannot be parsed, so the mapping never passed validation; or a category was not put into attributes (<see cref="CategoryMapping"/>).</exception>
    public static CompiledMapping Compile(ImmutableArray<MappingEntry> mapping, TrackingIds trackingIds) =>
        new([.. mapping.Select(CompileField)], trackingIds);

    /// <summary>The same mapping, without fields that are left out for some; a missing value and one left out are the same.</summary>
    internal CompiledMapping Hiding(HiddenFields? hidden) => hidden is null ? this : new(_fields, _trackingIds, hidden);

    /// <summary>Renders rows of a page of a generation: the columns are looked up once. Not thread-safe: one for each reader.</summary>
    /// <remarks>On a page of profiles, or of rows of a query, the value that there is stands for the one chosen: of a profile that seen last.</remarks>
    public Func<int, Row> Bind(PageReader page) => Bind(page, _fields);

    /// <summary>The rows that a profile at hand gives, as a generation holds them.</summary>
    internal ImmutableArray<Row> RowsOf(Row profile, MemberHasher hasher) => Selection.RowsOf(_hidden?.Mark(profile) ?? profile, hasher);

    /// <summary>Renders a row that <see cref="Selection"/> made.</summary>
    public Row Render(Row row) => Render(_fields, name => row[name]);

    /// <summary>The identifier fields of a payload.</summary>
    public Row IdentifiersOf(Row rendered) => new(IdentifierTargets.Select(target => KeyValuePair.Create(target, rendered[target])));

    /// <summary>What the payload hash is taken of: everything whose change must be sent. Fields set once are not in it, fields to clear are.</summary>
    public Row Hashed(Row rendered)
    {
        if (_setOnce.IsEmpty && _nulls.IsEmpty)
        {
            return rendered;
        }

        var hashed = WithoutSetOnce(rendered, copy: true);
        foreach (var target in _nulls.Where(target => !rendered.Has(target)))
        {
            // No target begins with NUL, so a null differs from every value and from nothing at all.
            hashed[$"\0{target}"] = Cell.Of(true);
        }

        return hashed;
    }

    /// <summary>The payload of a member who is on the list already.</summary>
    public Row WithoutSetOnce(Row rendered) => WithoutSetOnce(rendered, copy: false);

    /// <summary>A rendered payload as an add sends it.</summary>
    public Row ForAdd(Row rendered) => AddNulls(rendered, _nulls);

    /// <summary>A rendered payload as an update sends it.</summary>
    public Row ForUpdate(Row rendered) => AddNulls(WithoutSetOnce(rendered), _nulls);

    /// <summary>Adds an explicit null for each of the targets that has no value.</summary>
    public static Row AddNulls(Row payload, ImmutableArray<string> targets)
    {
        foreach (var target in targets)
        {
            if (!payload.Has(target))
            {
                payload.SetNull(target);
            }
        }

        return payload;
    }

    /// <summary>The targets of a mapping that are sent as null when they are missing.</summary>
    public static ImmutableArray<string> NullTargetsOf(ImmutableArray<MappingEntry> mapping) =>
        [.. mapping.Where(entry => entry.Nulls is NullPolicy.Send).Select(entry => entry.To)];

    /// <summary>Whether a member with this payload can be delivered: the card's rule is met, and at least one identifier field is filled, where the mapping has any.</summary>
    public bool HasRequired(Row rendered, FieldRules rules) =>
        rules.Missing(rendered) is null && (IdentifierTargets.IsEmpty || IdentifierTargets.Any(target => rendered[target] is { IsAbsent: false } cell && cell.ToString().Length > 0));

    /// <summary>The rows of a page whose members can be delivered, as <see cref="HasRequired"/> says of each; nothing is rendered but what that asks for.</summary>
    public RowSet SelectDeliverable(PageReader page, RowSet among, FieldRules rules)
    {
        if (rules.Need is IdentifierNeed.Any && _identifiers.All(field => field.Column is not null))
        {
            return _identifiers.IsEmpty ? among : _identifiers.Aggregate(among.Except(among), (found, field) => found.Or(SelectFilled(page, field.Column!, among.Except(found))));
        }

        var identifiers = rules.IdentifierNames.ToHashSet(StringComparer.Ordinal);
        var render = Bind(page, [.. _fields.Where(field => field.IsIdentifier || identifiers.Contains(field.Target))]);
        return among.Where(row => HasRequired(render(row), rules));
    }

    private static RowSet SelectFilled(PageReader page, string column, RowSet among) =>
        ColumnTest.Exists.Select(page, column, among).Except(ColumnTest.Empty.Select(page, column, among));

    private Func<int, Row> Bind(PageReader page, ImmutableArray<Field> fields)
    {
        var columns = fields.SelectMany(field => field.Names).Select(ColumnOf).Append(ProfileColumns.Id).Append(ProfileColumns.Hidden)
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(name => name, name => page.Find(name) ?? (ChosenColumn.Of(name) is { } chosen ? page.Find(chosen.Identifier) : null), StringComparer.Ordinal);
        var row = 0;
        Func<string, Cell> read = name => columns[name]?[row] ?? default;
        return index =>
        {
            row = index;
            return Render(fields, read);
        };
    }

    private Row WithoutSetOnce(Row rendered, bool copy) =>
        copy || _setOnce.Any(rendered.Has) ? new(rendered.Where(cell => !_setOnce.Contains(cell.Key))) : rendered;

    private Row Render(ImmutableArray<Field> fields, Func<string, Cell> readColumn)
    {
        Cell Read(string name) => name switch
        {
            ProfileColumns.TrackingId => Derive(_trackingIds.Of),
            ProfileColumns.UrlToken => Derive(_trackingIds.UrlTokenOf),
            ProfileColumns.Id when Selection.Expands => Derive(static id => id),
            _ => readColumn(name),
        };

        Cell Derive(Func<string, string> derive) => readColumn(ProfileColumns.Id) is { IsAbsent: false } id ? Cell.Of(derive(RowIds.ProfileOf(id.ToString()))) : default;

        var rendered = new Row(fields.Length);
        foreach (var field in fields)
        {
            rendered[field.Target] = field.Render(Read);
        }

        return _hidden?.Apply(rendered, readColumn(ProfileColumns.Hidden)) ?? rendered;
    }

    private static Field CompileField(MappingEntry entry)
    {
        if (entry.Template is { } text)
        {
            var faults = new List<Fault>();
            var template = MappingTemplate.Parse(text, "", faults)
                ?? throw new ArgumentException($"The template of '{entry.To}' cannot be parsed: {string.Join(' ', faults.Select(fault => fault.Detail))}");
            return new(entry, template.Names, template.Render);
        }

        if (entry.Category is { } category)
        {
            throw new ArgumentException($"The category '{category}' was not put into attributes.");
        }

        if (entry.From is not { } from)
        {
            return new(entry, [], _ => entry.Value);
        }

        var name = ChosenColumn.NameOf(from, entry.Strategy);
        return new(entry, [name], read => read(name));
    }

    /// <summary>Tracking ids and URL tokens are made from the id.</summary>
    private static string ColumnOf(string name) => name is ProfileColumns.TrackingId or ProfileColumns.UrlToken ? ProfileColumns.Id : name;

    private sealed record Field(MappingEntry Entry, ImmutableArray<string> Names, Func<Func<string, Cell>, Cell> Render)
    {
        public string Target => Entry.To;

        public bool IsIdentifier => Entry.Identifier;

        /// <summary>The column of a profile it is, unchanged; null where something is made of one or more.</summary>
        public string? Column => Entry.Template is null && Entry.From is { } name && name == ColumnOf(name) ? name : null;

        public bool IsSetOnce => Entry.SetOnce;

        public bool SendsNull => Entry.Nulls is NullPolicy.Send;
    }
}
