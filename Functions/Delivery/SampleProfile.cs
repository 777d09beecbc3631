using System.Collections.Immutable;
using AudienceSync.Destinations;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Delivery;

/// <summary>Makes a profile that nobody is: a value for every column that a mapping reads, of the type that the column has.</summary>
internal static class SampleProfile
{
    public static Row Create(string id, Destination destination, IReadOnlyDictionary<string, ImmutableArray<CellType>> types, TimeProvider time)
    {
        var row = new Row
        {
            [ProfileColumns.Id] = Cell.Of(id),
            [ProfileColumns.Email] = Cell.Of($"{id}@example.com"),
            [ProfileColumns.Phone] = Cell.Of("+14155550100"),
            [ProfileColumns.ExternalId] = Cell.Of(id),
            [ProfileColumns.Idfa] = Cell.Of("6D92078A-8246-4BA4-AE5B-76104861E7DC"),
            [ProfileColumns.Gaid] = Cell.Of("38400000-8cf0-11bd-b23e-10b96e40000d"),
        };
        if (destination.ConsentPurpose is { } purpose)
        {
            row[ProfileColumns.Consent(purpose)] = Cell.Of(true);
        }

        foreach (var (name, known) in types)
        {
            if (!row.Has(name) && !ProfileColumns.IsInternal(name) && known is [var type, ..])
            {
                row[name] = Value(type, time);
            }
        }

        return row;
    }

    private static Cell Value(CellType type, TimeProvider time) => type switch
    {
        CellType.Integer => Cell.Of(3L),
        CellType.Decimal => Cell.Of(120.50m),
        CellType.Boolean => Cell.Of(true),
        CellType.DateTime => Cell.Of(time.GetUtcNow()),
        CellType.Date => Cell.Of(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime)),
        CellType.TextList => Cell.Of(["sample"]),
        _ => Cell.Of("sample"),
    };
}
