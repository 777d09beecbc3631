using AudienceSync.Fakes;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Runs;

public sealed class GroupMergeTests
{
    [Fact]
    public async Task ByMember_AnySources_GroupsAsADictionaryDoes()
    {
        for (var seed = 0; seed < 1_000; seed++)
        {
            var random = new Random(seed);
            var pages = new MemoryPageStore();
            var sources = new List<IAsyncEnumerable<PageReader>>();
            var expected = new SortedDictionary<(ulong Key, string Id), bool[]>(Comparer<(ulong Key, string Id)>.Create((left, right) =>
                left.Key != right.Key ? left.Key.CompareTo(right.Key) : string.CompareOrdinal(left.Id, right.Id)));
            var count = random.Next(1, 6);
            for (var source = 0; source < count; source++)
            {
                // Few keys, so that members share them, over pages and over sources.
                var members = Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(20)).Distinct()
                    .Select(number => (Key: (ulong)(number % 4), Id: $"m{number}")).OrderBy(row => row.Key).ThenBy(row => row.Id, StringComparer.Ordinal).ToList();
                var writer = new ChainWriter(pages, $"pg_{source}", random.Next(1, 4));
                foreach (var (key, id) in members)
                {
                    await writer.AppendAsync(key, (ulong)source, new Row { [LedgerColumns.Id] = Cell.Of(id) }, default);
                    (expected.TryGetValue((key, id), out var present) ? present : expected[(key, id)] = new bool[count])[source] = true;
                }

                sources.Add(await writer.CompleteAsync(default) is { } chain
                    ? pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, default)
                    : AsyncEnumerable.Empty<PageReader>());
            }

            var found = new List<string>();
            await foreach (var group in GroupMerge.ByMemberAsync(sources, default))
            {
                var row = group.First(row => row is not null)!.Value;
                group.Select((part, source) => part is null || (part.Value.RowHash == (ulong)source && part.Value["id"] == row["id"])).ShouldAllBe(isRight => isRight);
                found.Add($"{row.Key} {row["id"]} {string.Join(' ', group.Select(part => part is not null))}");
            }

            found.ShouldBe(expected.Select(row => $"{row.Key.Key} {row.Key.Id} {string.Join(' ', row.Value)}"), $"seed {seed}");
        }
    }
}
