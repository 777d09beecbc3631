using AudienceSync.Pages;

namespace AudienceSync.Profiles;

/// <summary>The operations of a fold round, sorted by (member key, id, arrival). They stay packed; each is decoded when its turn comes.</summary>
internal sealed class PendingOperations
{
    private readonly IReadOnlyList<PageReader> _pages;
    private readonly (ulong Key, int Page, int Row)[] _places;

    /// <param name="pages">In order of arrival; their rows are in order of (key, id, arrival).</param>
    public PendingOperations(IReadOnlyList<PageReader> pages)
    {
        _pages = pages;
        _places = new (ulong, int, int)[pages.Sum(page => page.Count)];
        var at = 0;
        for (var page = 0; page < pages.Count; page++)
        {
            for (var row = 0; row < pages[page].Count; row++)
            {
                _places[at++] = (pages[page].Keys[row], page, row);
            }
        }

        Array.Sort(_places);
    }

    /// <summary>How many profiles there are operations for; two that share a key are counted once.</summary>
    public int CountProfiles()
    {
        var count = 0;
        for (var i = 0; i < _places.Length; i++)
        {
            count += i == 0 || _places[i].Key != _places[i - 1].Key ? 1 : 0;
        }

        return count;
    }

    /// <summary>The operations whose keys lie in the range, grouped by profile, in order of (key, id).</summary>
    public IEnumerable<(ulong Key, string Id, List<ProfileOperation> Operations)> In(KeyRange range)
    {
        for (var from = FirstAtOrAbove(range.First); from < _places.Length && _places[from].Key <= range.Last;)
        {
            var to = from + 1;
            while (to < _places.Length && _places[to].Key == _places[from].Key)
            {
                to++;
            }

            if (to == from + 1)
            {
                var only = Decode(_places[from]);
                yield return (_places[from].Key, only.Id, [only]);
            }
            else
            {
                // One key is one id, but for collisions: then the ids are told apart here.
                foreach (var profile in _places[from..to].Select(Decode).GroupBy(operation => operation.Id).OrderBy(group => group.Key, StringComparer.Ordinal))
                {
                    yield return (_places[from].Key, profile.Key, [.. profile]);
                }
            }

            from = to;
        }
    }

    public bool AnyIn(KeyRange range) => FirstAtOrAbove(range.First) is var at && at < _places.Length && _places[at].Key <= range.Last;

    private ProfileOperation Decode((ulong Key, int Page, int Row) place) => OperationRow.Read(_pages[place.Page].ReadRow(place.Row));

    private int FirstAtOrAbove(ulong key)
    {
        var (low, high) = (0, _places.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _places[middle].Key < key ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
