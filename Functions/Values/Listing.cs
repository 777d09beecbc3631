using System.Globalization;

namespace AudienceSync.Values;

/// <summary>What lists of named things are searched and sorted by.</summary>
public interface IListed
{
    /// <summary>Unique, without a blank.</summary>
    string Id { get; }

    string Key { get; }

    string Name { get; }

    string Description { get; }

    DateTimeOffset CreatedAt { get; }

    DateTimeOffset UpdatedAt { get; }
}

public enum ListSort
{
    CreatedAt,

    /// <summary>Small and large letters alike; names that differ in nothing else: large before small.</summary>
    Name,
    UpdatedAt,
}

/// <summary>The order of a list. What is equal by it is sorted by id, so that no two items are.</summary>
public readonly record struct ListOrder(ListSort By, bool IsDescending = false)
{
    /// <summary>The words of <c>orderBy</c>.</summary>
    public static IReadOnlyList<string> Words { get; } = ["name", "-name", "createdAt", "-createdAt", "updatedAt", "-updatedAt"];

    /// <summary>Null when it is none of <see cref="Words"/>.</summary>
    public static ListOrder? Parse(string word) => word.TrimStart('-') switch
    {
        _ when !Words.Contains(word) => null,
        "name" => new(ListSort.Name, word[0] is '-'),
        "createdAt" => new(ListSort.CreatedAt, word[0] is '-'),
        _ => new(ListSort.UpdatedAt, word[0] is '-'),
    };
}

/// <summary>A page of a searched and sorted list.</summary>
/// <param name="Search">A part of name, key or description, whatever its letters' size; null takes everything.</param>
public sealed record ListQuery(PageRequest Page, string? Search = null, ListOrder Order = default)
{
    /// <summary>The page of a list that is in memory whole. What is added or deleted between two pages shifts nothing: the cursor is a place in the order, not a number.</summary>
    public ListPage<T> Take<T>(IEnumerable<T> all)
        where T : IListed
    {
        var places = Comparer<Place>.Create(Compare);
        var after = Page.After is { } cursor ? Place.Parse(cursor, Order.By) : (Place?)null;
        List<(Place Place, T Item)> rest =
        [
            .. all.Where(item => Finds(item))
                .Select(item => (Place: Place.Of(item, Order.By), Item: item))
                .Where(pair => after is not { } last || Compare(pair.Place, last) > 0)
                .OrderBy(pair => pair.Place, places)
                .Take(Page.Limit + 1),
        ];
        return ListPage.Cut(rest, Page, pair => pair.Place.ToCursor(Order.By)).Select(pair => pair.Item);
    }

    private bool Finds(IListed item) =>
        Search is not { Length: > 0 } part || new[] { item.Name, item.Key, item.Description }.Any(text => text.Contains(part, StringComparison.OrdinalIgnoreCase));

    private int Compare(Place left, Place right)
    {
        var order = left.At.CompareTo(right.At);
        order = order != 0 ? order : string.Compare(left.Name, right.Name, StringComparison.OrdinalIgnoreCase);
        order = order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
        order = order != 0 ? order : string.CompareOrdinal(left.Id, right.Id);
        return Order.IsDescending ? -order : order;
    }

    /// <summary>Where an item stands in the order: its moment or its name, and its id.</summary>
    private readonly record struct Place(long At, string Name, string Id)
    {
        public static Place Of(IListed item, ListSort by) => by switch
        {
            ListSort.Name => new(0, item.Name, item.Id),
            ListSort.CreatedAt => new(item.CreatedAt.UtcTicks, "", item.Id),
            _ => new(item.UpdatedAt.UtcTicks, "", item.Id),
        };

        /// <remarks>A cursor comes back signed, and signed with its order: it is one of ours.</remarks>
        public static Place Parse(string cursor, ListSort by)
        {
            var blank = cursor.IndexOf(' ', StringComparison.Ordinal);
            var (id, rest) = (cursor[..blank], cursor[(blank + 1)..]);
            return by is ListSort.Name ? new(0, rest, id) : new(long.Parse(rest, CultureInfo.InvariantCulture), "", id);
        }

        public string ToCursor(ListSort by) => by is ListSort.Name ? $"{Id} {Name}" : string.Create(CultureInfo.InvariantCulture, $"{Id} {At}");
    }
}
