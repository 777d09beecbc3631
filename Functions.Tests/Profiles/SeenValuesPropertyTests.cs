using System.Globalization;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>Sightings of identifiers that arrive in any order, folded in any number of rounds, against what one would say who saw them all at once.</summary>
public sealed class SeenValuesPropertyTests
{
    private const string Name = ProfileColumns.ExternalId;

    [Fact]
    public void Merge_SightingsInAnyOrder_GiveTheSameValuesAndTimes()
    {
        for (var seed = 0; seed < 1_500; seed++)
        {
            var random = new Random(seed);
            var sightings = Sightings(random, values: random.Next(1, 9));
            var expected = Describe(sightings.GroupBy(seen => seen.Value).Select(group => (group.Key, group.Min(seen => seen.Minute), group.Max(seen => seen.Minute))));

            for (var arrival = 0; arrival < 4; arrival++)
            {
                var profile = Fold(random, Shuffled(random, sightings).Select(seen => Identify(seen.Minute, seen.Value)));

                Describe(profile).ShouldBe(expected, $"seed {seed}");
                profile!.Values[Name].AsText().ShouldBe(sightings.MaxBy(seen => seen.Minute).Value, $"seed {seed}");
            }
        }
    }

    [Fact]
    public void Merge_MoreValuesThanAreKept_KeepsTheFirstAndTheNineSeenLast()
    {
        var beyond = 0;
        for (var seed = 0; seed < 1_500; seed++)
        {
            var random = new Random(seed);
            var sightings = Sightings(random, values: random.Next(8, 30));
            var all = sightings.GroupBy(seen => seen.Value).Select(group => (Value: group.Key, First: group.Min(seen => seen.Minute), Last: group.Max(seen => seen.Minute))).ToList();
            var latest = all.OrderByDescending(seen => seen.Last).Take(9);
            var kept = string.Join(' ', latest.Append(all.MinBy(seen => seen.First)).Select(seen => seen.Value).Distinct().Order(StringComparer.Ordinal));
            beyond += all.Count > SeenValues.Most ? 1 : 0;

            for (var arrival = 0; arrival < 3; arrival++)
            {
                var profile = Fold(random, Shuffled(random, sightings).Select(seen => Identify(seen.Minute, seen.Value)))!;

                string.Join(' ', profile.Seen(Name).Select(seen => seen.Value).Order(StringComparer.Ordinal)).ShouldBe(kept, $"seed {seed}");
                profile.Seen(Name)[0].Value.ShouldBe(all.MinBy(seen => seen.First).Value, $"seed {seed}");
                profile.Values[Name].AsText().ShouldBe(all.MaxBy(seen => seen.Last).Value, $"seed {seed}");
                profile.Seen(Name).Length.ShouldBeLessThanOrEqualTo(SeenValues.Most);
            }
        }

        beyond.ShouldBeGreaterThan(500);
    }

    [Fact]
    public void Merge_ClearsInAnyOrder_LeaveWhatWasSeenSince()
    {
        var late = 0;
        for (var seed = 0; seed < 1_500; seed++)
        {
            var random = new Random(seed);
            var sightings = Sightings(random, values: random.Next(1, 9));
            var clearedAt = random.Next(60);
            sightings.RemoveAll(seen => seen.Minute == clearedAt); // whether it comes before or after is a matter of arrival
            var alive = sightings.Where(seen => seen.Minute > clearedAt).GroupBy(seen => seen.Value)
                .ToDictionary(group => group.Key, group => (First: group.Min(seen => seen.Minute), Last: group.Max(seen => seen.Minute)));

            for (var arrival = 0; arrival < 4; arrival++)
            {
                var operations = Shuffled(random, [.. sightings, (null!, clearedAt)]);
                var profile = Fold(random, operations.Select(seen => Identify(seen.Minute, seen.Value)))!;

                var found = profile.Seen(Name).ToDictionary(seen => seen.Value, seen => (First: MinuteOf(seen.First), Last: MinuteOf(seen.Last)));
                found.Keys.ShouldBe(alive.Keys, ignoreOrder: true, $"seed {seed}");
                profile.Values.ContainsKey(Name).ShouldBe(alive.Count > 0, $"seed {seed}");
                foreach (var (value, (first, last)) in found)
                {
                    last.ShouldBe(alive[value].Last, $"seed {seed}");
                    late += first == alive[value].First ? 0 : 1;

                    // What it was first seen at before it was cleared is forgotten, when the clear came late.
                    first.ShouldBeOneOf(alive[value].First, clearedAt);
                }
            }
        }

        late.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Merge_ListsAndSpellings_AreSightingsOfTheirValues()
    {
        var profile = Fold(new Random(1), [
            Operation(1, ProfileColumns.Email, Cell.Of(["Ana@example.com", "b@example.com"])),
            Operation(2, ProfileColumns.Email, Cell.Of("ana@Example.com")),
            Operation(0, ProfileColumns.Email, Cell.Of("c@example.com")),
            Operation(2, Name, Cell.Of("A")),
            Operation(3, Name, Cell.Of("a")),
        ])!;

        Describe(profile, ProfileColumns.Email).ShouldBe("c@example.com 0-0, ana@Example.com 1-2, b@example.com 1-1");
        Describe(profile).ShouldBe("A 2-2, a 3-3");
        profile.Values[ProfileColumns.Email].AsText().ShouldBe("ana@Example.com");
    }

    [Fact]
    public void Merge_TenValuesAtOnce_KeepsAllAndTheLastIsTheLatest()
    {
        string[] values = [.. Enumerable.Range(0, 10).Select(number => $"v{number}")];

        var profile = Fold(new Random(1), [Operation(1, Name, Cell.Of([.. values]))])!;

        profile.Seen(Name).Select(seen => seen.Value).ShouldBe(values);
        profile.Values[Name].AsText().ShouldBe("v9");
    }

    /// <summary>Beyond the limit the value that the profile goes by is never the one that gives way.</summary>
    [Fact]
    public void Merge_ManyValuesOfOneMoment_KeepTheOneThatArrivedLast()
    {
        var operations = Enumerable.Range(0, 20).Select(number => Identify(1, $"v{number}")).Append(Identify(1, "v15")).ToList();

        var profile = Fold(new Random(1), operations)!;

        profile.Values[Name].AsText().ShouldBe("v15");
        profile.Seen(Name).Select(seen => seen.Value).ShouldContain("v15");
    }

    /// <summary>A profile that saw each value once, at its own time, needs no cell for it.</summary>
    [Fact]
    public void ToRow_OneValueSeenOnce_TakesNoRoom()
    {
        Fold(new Random(1), [Identify(1, "a")])!.ToRow().Has(ProfileColumns.Seen).ShouldBeFalse();
        Fold(new Random(1), [Identify(1, "a"), Identify(2, "a")])!.ToRow().Has(ProfileColumns.Seen).ShouldBeTrue();
        Fold(new Random(1), [Identify(1, "a"), Identify(2, null)])!.ToRow().Has(ProfileColumns.Seen).ShouldBeFalse();
    }

    /// <summary>No two at one time: which of them is the later is a matter of arrival.</summary>
    private static List<(string Value, int Minute)> Sightings(Random random, int values) =>
        [.. Enumerable.Range(0, 60).Where(_ => random.Next(3) == 0).Select(minute => ($"v{random.Next(values)}", minute)).DefaultIfEmpty(("v0", 1))];

    private static List<T> Shuffled<T>(Random random, List<T> items) => [.. items.OrderBy(_ => random.Next())];

    /// <summary>Merges the operations in rounds: between two of them the profile is a row.</summary>
    private static ProfileState? Fold(Random random, IEnumerable<ProfileOperation> operations)
    {
        ProfileState? profile = null;
        var waiting = operations.ToList();
        while (waiting.Count > 0)
        {
            var round = waiting.Take(random.Next(1, 6)).ToList();
            waiting.RemoveRange(0, round.Count);
            profile = ProfileState.Merge(profile, round, out var skipped);
            skipped.ShouldBe(0);
            profile = profile is null ? null : ProfileState.FromRow(profile.ToRow());
        }

        return profile;
    }

    private static ProfileOperation Identify(int minute, string? value) => Operation(minute, Name, value is null ? default : Cell.Of(value));

    private static ProfileOperation Operation(int minute, string name, Cell cell) =>
        new(OperationKind.Identify, "c-1", ProfileWorld.Start.AddMinutes(minute)) { Values = [KeyValuePair.Create(name, cell)] };

    private static int MinuteOf(long ticks) => (int)(new DateTimeOffset(ticks, TimeSpan.Zero) - ProfileWorld.Start).TotalMinutes;

    private static string Describe(ProfileState? profile, string name = Name) =>
        Describe(profile?.Seen(name).Select(seen => (seen.Value, MinuteOf(seen.First), MinuteOf(seen.Last))) ?? []);

    private static string Describe(IEnumerable<(string Value, int First, int Last)> values) => string.Join(
        ", ", values.OrderBy(seen => seen.First).Select(seen => string.Create(CultureInfo.InvariantCulture, $"{seen.Value} {seen.First}-{seen.Last}")));
}
