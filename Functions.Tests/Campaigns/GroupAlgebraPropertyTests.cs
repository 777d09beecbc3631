using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>Seeded campaigns of random rules over random profiles: the groups as rules, and the counts, beside what the words say in the plainest way.</summary>
public sealed class GroupAlgebraPropertyTests
{
    private const int Cases = 1_000;
    private const int Profiles = 40;

    [Fact]
    public async Task FirstMatch_GroupsAreDisjoint_AndTogetherSegmentWithoutExclusions()
    {
        for (var seed = 0; seed < Cases; seed++)
        {
            var sample = new Sample(seed, CampaignAssignment.FirstMatch, catchesAll: true);
            var profiles = await CampaignProfiles.WriteAsync(sample.Profiles);

            var groups = await profiles.AssignAsync(sample.Campaign, RandomRules.AsOf);

            groups.ShouldAllBe(pair => pair.Value.Count == 1, $"seed {seed}");
            groups.Keys.Order(StringComparer.Ordinal).ShouldBe(sample.Profiles.Where(sample.IsEligible).Select(IdOf).Order(StringComparer.Ordinal), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(CampaignAssignment.FirstMatch)]
    [InlineData(CampaignAssignment.AllMatches)]
    public async Task Groups_AreWhatTheWordsSay(CampaignAssignment assignment)
    {
        for (var seed = 0; seed < Cases; seed++)
        {
            var sample = new Sample(seed, assignment, catchesAll: seed % 3 == 0);
            var profiles = await CampaignProfiles.WriteAsync(sample.Profiles);

            var groups = await profiles.AssignAsync(sample.Campaign, RandomRules.AsOf);

            foreach (var profile in sample.Profiles)
            {
                (groups.GetValueOrDefault(IdOf(profile)) ?? []).ShouldBe(sample.GroupsOf(profile), $"seed {seed}, {IdOf(profile)}");
            }
        }
    }

    /// <summary>Counting page by page comes to what the rules select, and the sums hold.</summary>
    [Theory]
    [InlineData(CampaignAssignment.FirstMatch)]
    [InlineData(CampaignAssignment.AllMatches)]
    public async Task Allocation_CountsWhatTheGroupsSelect(CampaignAssignment assignment)
    {
        for (var seed = 0; seed < Cases / 4; seed++)
        {
            var sample = new Sample(seed, assignment, catchesAll: seed % 3 == 0);
            var profiles = await CampaignProfiles.WriteAsync(sample.Profiles);
            var groups = await profiles.AssignAsync(sample.Campaign, RandomRules.AsOf);
            var compiled = new CompiledAllocation(sample.Campaign, RandomRules.AsOf);

            await foreach (var page in profiles.Pages.ReadAsync((await profiles.FoldAsync(default)).Shards[0].Chain!, AudienceSync.Pages.KeyRange.All, AudienceSync.Pages.PageParts.Whole, default))
            {
                var counted = compiled.Assign(page);
                foreach (var (rows, sub) in counted.SubAudiences.Zip(sample.Campaign.SubAudiences))
                {
                    foreach (var group in rows.Groups)
                    {
                        group.Rows.Count.ShouldBe(groups.Values.Count(of => of.Contains(group.GroupId)), $"seed {seed}");
                    }

                    rows.Groups.Sum(group => group.Rows.Count).ShouldBe(rows.Allocated.Count, $"seed {seed}, {sub.Id}");
                }

                counted.Audience.Count.ShouldBe(
                    counted.Excluded.Count + counted.Eligible.Except(counted.Matched).Count + counted.SubAudiences.Sum(sub => sub.Matches.Count - sub.Overlap.Count), $"seed {seed}");
                counted.MovedFrom(counted).IsEmpty.ShouldBeTrue();
            }
        }
    }

    private static string IdOf(Row profile) => profile[ProfileColumns.Id].AsText();

    /// <summary>A campaign of random rules, each as JSON for the plain reading and as a tree.</summary>
    private sealed class Sample
    {
        private readonly JsonObject _segment;
        private readonly JsonObject? _excluded;
        private readonly ImmutableArray<JsonObject?> _subAudiences;

        public Sample(int seed, CampaignAssignment assignment, bool catchesAll)
        {
            var (rules, random) = (new RandomRules(seed), new Random(seed));
            _segment = random.Next(3) == 0 ? new() { ["attr"] = "id", ["op"] = "exists" } : rules.Rule();
            _excluded = random.Next(3) == 0 ? null : rules.Rule(2);
            _subAudiences = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => rules.Rule(2)), .. catchesAll ? new JsonObject?[] { null } : []];
            Profiles = [.. Enumerable.Range(0, GroupAlgebraPropertyTests.Profiles).Select(rules.Profile)];
            Campaign = new(
                Tree(_segment), _excluded is null ? null : Tree(_excluded), assignment, $"salt-{seed}",
                [.. _subAudiences.Select((sub, at) => new ResolvedSubAudience($"sub_{at}", sub is null ? null : Tree(sub), Ranges(random, at)))]);
        }

        public ResolvedCampaign Campaign { get; }

        public ImmutableArray<Row> Profiles { get; }

        public bool IsEligible(Row profile) =>
            NaiveRules.Holds(_segment, profile, RandomRules.AsOf) && !(_excluded is not null && NaiveRules.Holds(_excluded, profile, RandomRules.AsOf));

        public IReadOnlyList<string> GroupsOf(Row profile)
        {
            var groups = new List<string>();
            var bucket = (int)(BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{Campaign.Salt}:{IdOf(profile)}"))) % 10_000);
            foreach (var (rules, sub) in _subAudiences.Zip(Campaign.SubAudiences))
            {
                if (IsEligible(profile) && (rules is null || NaiveRules.Holds(rules, profile, RandomRules.AsOf)))
                {
                    groups.Add(sub.Groups.Single(group => bucket >= group.From && bucket < group.To).GroupId);
                    if (Campaign.Assignment is CampaignAssignment.FirstMatch)
                    {
                        break;
                    }
                }
            }

            return groups;
        }

        private static ImmutableArray<GroupRange> Ranges(Random random, int at)
        {
            int[] cuts = [0, .. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(0, 10_001)).Order(), 10_000];
            return [.. cuts.Zip(cuts.Skip(1)).Select((range, index) => new GroupRange($"grp_{at}_{index}", range.First, range.Second))];
        }

        private static RuleNode Tree(JsonObject json)
        {
            var faults = new List<Fault>();
            return RuleReader.Read(JsonElement.Parse(json.ToJsonString()), "", ImmutableDictionary<string, ImmutableArray<CellType>>.Empty, faults)
                ?? throw new InvalidOperationException(faults[0].ToString());
        }
    }
}
