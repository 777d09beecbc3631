using AudienceSync.Pages;
using AudienceSync.Profiles;

namespace AudienceSync.Erasures;

/// <summary>Finds people in chains of pages: by their keys, then by their ids.</summary>
public sealed class MemberSearch(IPageStore pages, IPageEditor editor)
{
    /// <summary>Up to this many people are looked for one by one, each in the page that may hold them; more of them by reading all keys between the first and the last.</summary>
    private const int OneByOne = 8;

    /// <summary>Gives each page in which somebody stands, with the rows that are theirs.</summary>
    /// <returns>False when there is no such chain any more.</returns>
    /// <exception cref="DamagedPageException">A page that may hold somebody cannot be read.</exception>
    public async Task<bool> ForEachPageAsync(
        string chain, ErasedPeople people, Func<PageReader, IReadOnlyDictionary<int, ErasedPerson>, Task> take, CancellationToken cancellationToken)
    {
        if (people.IsEmpty)
        {
            return true;
        }

        var ranges = people.All.Length <= OneByOne
            ? people.All.Select(person => new KeyRange(person.Key, person.Key)).Distinct()
            : [people.Range];
        try
        {
            var numbers = new SortedSet<int>();
            foreach (var range in ranges)
            {
                await foreach (var page in pages.ReadAsync(chain, range, PageParts.KeysAndHashes, cancellationToken))
                {
                    if (MayHold(page, people))
                    {
                        numbers.Add(page.Number);
                    }
                }
            }

            foreach (var number in numbers)
            {
                var page = await pages.ReadPageAsync(chain, number, cancellationToken);
                if (Find(page, people) is { Count: > 0 } rows)
                {
                    await take(page, rows);
                }
            }

            return true;
        }
        catch (DamagedPageException)
        {
            // Retention deletes chains while others read them; any other damage is for somebody to look at.
            if (await editor.ExistsAsync(chain, cancellationToken))
            {
                throw;
            }

            return false;
        }
    }

    /// <summary>Those of the people who stand in any of the chains.</summary>
    public async Task<HashSet<ErasedPerson>> FindAsync(IEnumerable<string?> chains, ErasedPeople people, CancellationToken cancellationToken)
    {
        var found = new HashSet<ErasedPerson>();
        foreach (var chain in chains.OfType<string>())
        {
            await ForEachPageAsync(
                chain, people,
                (_, rows) =>
                {
                    found.UnionWith(rows.Values);
                    return Task.CompletedTask;
                },
                cancellationToken);
        }

        return found;
    }

    private static bool MayHold(PageReader page, ErasedPeople people)
    {
        foreach (var person in people.All)
        {
            if (page.Range.Contains(person.Key) && page.Keys.BinarySearch(person.Key) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private static Dictionary<int, ErasedPerson> Find(PageReader page, ErasedPeople people)
    {
        var found = new Dictionary<int, ErasedPerson>();
        var ids = page.Find(MergeJoin.IdColumn);
        for (var row = 0; ids is not null && row < page.Count; row++)
        {
            foreach (var person in people.Of(page.Keys[row]))
            {
                if (ids[row] is { Type: Values.CellType.Text } id && RowIds.ProfileOf(id.AsText()) == person.Id)
                {
                    found[row] = person;
                }
            }
        }

        return found;
    }
}
