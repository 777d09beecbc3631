using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

public sealed class CampaignMembershipsTests
{
    private readonly CampaignWorld _world = new();

    [Fact]
    public async Task Read_EveryProfile_IsInTheGroupThatTheAllocationCountsItIn()
    {
        var campaign = await _world.CreateAsync($$"""
            {"name":"Spring","segmentId":"seg_all","exclusions":["seg_staff"],"salt":"spring","subAudiences":[
              {"name":"VIPs","rules":{"segment":"seg_vip"},"groups":[{"name":"Mail","share":70,"destinations":[{{CampaignWorld.Destination("A")}}]},{"name":"Control","role":"control","share":30}]},
              {"name":"Others","groups":[{"name":"Mail","share":90,"destinations":[{{CampaignWorld.Destination("B")}}]},{"name":"Control","role":"control","share":10}]}]}
            """);
        List<CampaignMembership> all = [];
        for (var number = 0; number < 200; number++)
        {
            var row = Person($"p-{number}", vip: number % 3 == 0, staff: number % 10 == 0);
            _world.Shards.Profiles[$"p-{number}"] = row;
            all.Add(await ReadAsync(row));
        }

        var counted = await _world.CountAsync(campaign);
        all.Count(one => one.Excluded is true).ShouldBe(20);
        all.Where(one => one.Excluded is true).SelectMany(one => one.SubAudiences).ShouldAllBe(sub => !sub.Matches && sub.Group == null);
        foreach (var (index, sub) in counted.SubAudiences.Index())
        {
            var own = all.Select(one => one.SubAudiences[index]).ToList();
            own.Count(one => one.Matches).ShouldBe((int)sub.Matches);
            own.Count(one => one.Member).ShouldBe((int)sub.Allocated);
            foreach (var group in sub.Groups)
            {
                own.Count(one => one.Group?.Id == group.Id).ShouldBe((int)group.Count, group.Id);
            }
        }

        var vip = all[3];
        (vip.InSegment, vip.Excluded, vip.HeldOut, vip.Bucket).ShouldBe((true, false, false, Buckets.Of("spring", "p-3")));
        vip.SubAudiences.Select(sub => (sub.Name, sub.Matches, sub.Member)).ShouldBe([("VIPs", true, true), ("Others", true, false)]);
        vip.SubAudiences[0].Group!.Role.ShouldBe(vip.Bucket < 7_000 ? GroupRole.Treatment : GroupRole.Control);
        vip.SubAudiences[1].Group.ShouldBeNull();
    }

    [Fact]
    public async Task Read_SegmentGone_SaysSo()
    {
        await _world.CreateAsync(CampaignWorld.Body());
        await _world.SegmentStore.TryDeleteAsync((await _world.SegmentStore.GetAsync("seg_all", default))!, default);

        var one = await ReadAsync(Person("p-1", vip: false, staff: false));

        (one.InSegment, one.SubAudiences.IsEmpty).ShouldBe((null, true));
        one.Problem.ShouldNotBeNull().ShouldContain("seg_all");
    }

    private static Row Person(string id, bool vip, bool staff) => new() { [ProfileColumns.Id] = Cell.Of(id), ["vip"] = Cell.Of(vip), ["staff"] = Cell.Of(staff) };

    private async Task<CampaignMembership> ReadAsync(Row profile) =>
        (await new CampaignMemberships(_world.Store, new(_world.Segments), _world.Store).ReadAsync(profile, _ => true, _world.Time.GetUtcNow(), default)).ShouldHaveSingleItem();
}
