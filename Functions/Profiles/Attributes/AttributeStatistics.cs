using AudienceSync.Pages;
using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Profiles.Attributes;

/// <summary>What the values of one attribute, or identifier, are like: of a part of the profiles or of all. Not thread-safe.</summary>
internal sealed class AttributeStatistics
{
    /// <summary>Texts of a page that are looked at for what they are. Ours.</summary>
    private const int LookedAtPerPage = 32;

    private readonly Dictionary<CellType, long> _filled = [];

    /// <summary>Profiles with a value, by its type.</summary>
    public IReadOnlyDictionary<CellType, long> FilledByType => _filled;

    public long Filled => _filled.Values.Sum();

    /// <summary>The distinct values; of lists the distinct items.</summary>
    public DistinctSketch Distinct { get; private set; } = new();

    /// <summary>Texts that were looked at, a sample.</summary>
    public long LookedAt { get; private set; }

    /// <summary>Those of <see cref="LookedAt"/> that are an e-mail address or a phone number.</summary>
    public long Addresses { get; private set; }

    public void Add(StoredColumn column, ValueHashes hashes)
    {
        _filled[column.Type] = _filled.GetValueOrDefault(column.Type) + column.Count;
        Distinct.Add(hashes.Of(column));
        var (texts, count) = column.Values switch
        {
            TextValues values => (values.Texts, column.Count),
            TextListValues lists => (lists.Items, lists.ItemCount),
            _ => (null, 0),
        };
        for (var index = 0; index < Math.Min(count, LookedAtPerPage); index++)
        {
            LookedAt++;
            Addresses += PiiClasses.IsAddress(texts![index]) ? 1 : 0;
        }
    }

    public void Add(AttributeStatistics other)
    {
        foreach (var (type, count) in other._filled)
        {
            _filled[type] = _filled.GetValueOrDefault(type) + count;
        }

        Distinct.Add(other.Distinct);
        LookedAt += other.LookedAt;
        Addresses += other.Addresses;
    }

    /// <summary>The row that keeps it; names are no attributes' here.</summary>
    public Row ToRow(string name)
    {
        var row = new Row
        {
            [NameColumn] = Cell.Of(name),
            [DistinctColumn] = Cell.Of(new ReadOnlyMemory<byte>(Distinct.ToBytes())),
            [LookedAtColumn] = Cell.Of(LookedAt),
            [AddressesColumn] = Cell.Of(Addresses),
        };
        foreach (var (type, count) in _filled.OrderBy(pair => pair.Key))
        {
            row[FilledColumn(type)] = Cell.Of(count);
        }

        return row;
    }

    public static (string Name, AttributeStatistics Statistics) FromRow(Row row)
    {
        var statistics = new AttributeStatistics
        {
            Distinct = DistinctSketch.FromBytes(row[DistinctColumn].AsBytes().Span),
            LookedAt = row[LookedAtColumn].AsInteger(),
            Addresses = row[AddressesColumn].AsInteger(),
        };
        foreach (var type in Enum.GetValues<CellType>())
        {
            if (row[FilledColumn(type)] is { IsAbsent: false } count)
            {
                statistics._filled[type] = count.AsInteger();
            }
        }

        return (row[NameColumn].AsText(), statistics);
    }

    private const string NameColumn = "name";
    private const string DistinctColumn = "distinct";
    private const string LookedAtColumn = "lookedAt";
    private const string AddressesColumn = "addresses";

    private static string FilledColumn(CellType type) => $"filled:{(byte)type}";
}
