using System.Collections.Immutable;
using System.Globalization;
using AudienceSync.Values;

namespace AudienceSync.Profiles.Imports;

internal enum ImportType
{
    /// <summary>Typed by the form of each text; see <see cref="CellForms"/>.</summary>
    ByForm,
    Text,
    Integer,
    Decimal,
    Boolean,
    DateTime,
    Date,
    List,
}

/// <summary>Where a column of a file goes.</summary>
/// <param name="Name">Identifier or attribute.</param>
/// <param name="Separator">Between the items of a list.</param>
internal sealed record ImportColumn(string Name, ImportType Type = ImportType.ByForm, string Separator = "|")
{
    public static ImmutableDictionary<string, ImportType> Types { get; } = ImmutableDictionary.CreateRange(
        StringComparer.Ordinal,
        Enum.GetValues<ImportType>().Where(type => type is not ImportType.ByForm).Select(type => KeyValuePair.Create(NameOf(type), type)));

    public static string NameOf(ImportType type) => type.ToString() is var name ? char.ToLowerInvariant(name[0]) + name[1..] : "";

    /// <summary>The cell of a text; null when the text has not the form that the type asks for.</summary>
    public Cell? Read(string text) => Type switch
    {
        not ImportType.List when ProfileColumns.IsIdentifier(Name) => Cell.Of(text),
        ImportType.ByForm => CellForms.Read(text),
        ImportType.Text => Cell.Of(text),
        ImportType.Integer => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? Cell.Of(number) : null,
        ImportType.Decimal => decimal.TryParse(
            text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? Cell.Of(number) : null,
        ImportType.Boolean => text.ToLowerInvariant() switch
        {
            "true" or "1" or "yes" => Cell.Of(true),
            "false" or "0" or "no" => Cell.Of(false),
            _ => null,
        },
        ImportType.DateTime => Timestamps.TryParse(text, out var moment) ? Cell.Of(moment) : null,
        ImportType.Date => Timestamps.TryParseDate(text, out var day) ? Cell.Of(day) : null,
        ImportType.List => Cell.Of([.. text.Split(Separator, StringSplitOptions.RemoveEmptyEntries)]),
        _ => throw new InvalidOperationException($"There is no import type {Type}."),
    };
}
