using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connections;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>Campaigns on stores in memory: some segments, a connection per test connector, profiles, and runs that are only noted.</summary>
internal sealed class CampaignWorld
{
    public CampaignWorld()
    {
        foreach (var connector in TestConnectors.Catalog.All)
        {
            Connections.TryCreateAsync(
                new() { Id = $"con_{connector.Type}", Key = connector.Type, Type = connector.Type, Name = connector.DisplayName, CreatedAt = default, UpdatedAt = default },
                default).GetAwaiter().GetResult();
        }

        var attributes = new Attributes();
        Shards = new(Pages, Hasher, Time, new());
        Segments = new(SegmentStore, new MemorySegmentSizes(), [new DestinationUsage(DestinationStore), new CampaignUsage(Store, DestinationStore)], attributes, Time);
        var resolver = new CampaignResolver(Segments);
        var sources = new MemberSources([new SegmentSource(Segments), new CampaignSource(Store, Store)], Segments);
        var trackingIds = new TrackingIds(new byte[32], new(new byte[16]));
        var opener = new ConnectionService(
            Connections, TestConnectors.Catalog, new(TestConnectors.Catalog, new ConnectionDefaultsRules(), new(false)), new(new ReversibleSealer(), Time), [], Time);
        var queries = new QueryReader(opener, [], trackingIds, Time);
        var validator = new DestinationValidator(
            sources, Connections, DestinationStore, TestConnectors.Catalog, attributes, new(sources, queries, Shards, Pages, trackingIds, Time), queries, new(opener, []));
        var drafts = new DestinationDrafts(validator, Time);
        var writer = new DestinationWriter(DestinationStore, States, drafts, new(DestinationStore, States), Runs, Time);
        var views = new DestinationViews(States);
        Destinations = new(DestinationStore, States, drafts, writer, views);
        var owned = new OwnedDestinations(DestinationStore, drafts, writer);
        var campaignViews = new CampaignViews(owned, views, Time);
        var editor = new CampaignEditor(Store, owned, campaignViews, Time);
        var subAudiences = new SubAudienceDrafts(Segments, owned, Time);
        Campaigns = new(Store, editor, resolver, subAudiences, Segments, owned, campaignViews, Time);
        SubAudiences = new(Store, editor, resolver, subAudiences, campaignViews);
        Allocator = new(Store, resolver, Store, Shards, Pages, Time);
        Holdout = new(Store, Time);
        Sources = sources;
        AddSegment("seg_all", """{"attr":"id","op":"exists"}""");
        AddSegment("seg_staff", """{"attr":"staff","op":"eq","value":true}""");
        AddSegment("seg_vip", """{"attr":"vip","op":"eq","value":true}""", SegmentVisibility.Private);
    }

    public ManualTimeProvider Time { get; } = new(new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));

    public AudienceSync.Pages.MemberHasher Hasher { get; } = new("sixteen bytes it"u8.ToArray());

    public MemoryCampaignStore Store { get; } = new();

    public MemorySegmentStore SegmentStore { get; } = new();

    public MemoryConnectionStore Connections { get; } = new();

    public MemoryDestinationStore DestinationStore { get; } = new();

    public MemoryDestinationStateStore States { get; } = new();

    public DestinationWorld.RecordedRuns Runs { get; } = new();

    public MemoryPageStore Pages { get; } = new();

    public MemoryProfileShards Shards { get; }

    public SegmentService Segments { get; }

    public MemberSources Sources { get; }

    public DestinationService Destinations { get; }

    public CampaignService Campaigns { get; }

    public SubAudienceService SubAudiences { get; }

    public CampaignAllocator Allocator { get; }

    public HoldoutService Holdout { get; }

    public static string Destination(string audience, string connection = "con_open", string more = "") => $$"""
        {"connectionId":"{{connection}}","audience":{"name":"{{audience}}"},"mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"email","to":"email"}]{{more}}}
        """;

    /// <summary>One sub-audience of everyone: 90 percent to one list, 10 percent control.</summary>
    public static string Body(string more = "", string audience = "Mail") => $$"""
        {"name":"Spring","segmentId":"seg_all","exclusions":["seg_staff"],{{more}}
         "subAudiences":[{"name":"Everyone","groups":[
           {"name":"Mail","share":90,"destinations":[{{Destination(audience)}}]},
           {"name":"Control","role":"control","share":10}]}]}
        """;

    public async Task<CampaignView> CreateAsync(string body) => (await Campaigns.CreateAsync(JsonElement.Parse(body), default)).ShouldBeOk();

    public async Task<IReadOnlyList<string>> FaultsOfAsync(string body) =>
        [.. (await Campaigns.CreateAsync(JsonElement.Parse(body), default)).Match(_ => throw new ShouldAssertException("It was created."), refusal => refusal)
            .Faults.Select(fault => $"{fault.Pointer} {fault.Code}")];

    public async Task<CampaignView> GetAsync(string id) => (await Campaigns.GetAsync(id, default)).ShouldBeOk();

    public Task<Result<CampaignView>> TryPatchAsync(CampaignView campaign, string patch, bool mayEdit = true) =>
        Campaigns.PatchAsync(campaign.Id, JsonElement.Parse(patch), campaign.ETag, mayEdit, default);

    public async Task<CampaignView> PatchAsync(CampaignView campaign, string patch) => (await TryPatchAsync(campaign, patch)).ShouldBeOk();

    public Task<Result<SubAudienceView>> TryPutGroupsAsync(CampaignView campaign, string groups, int sub = 0, RemoteMembers remote = RemoteMembers.Leave) =>
        SubAudiences.ReplaceGroupsAsync(campaign.Id, campaign.SubAudiences[sub].Id, JsonElement.Parse(groups), campaign.ETag, remote, default);

    public async Task<SubAudienceView> PutGroupsAsync(CampaignView campaign, string groups, int sub = 0, RemoteMembers remote = RemoteMembers.Leave) =>
        (await TryPutGroupsAsync(campaign, groups, sub, remote)).ShouldBeOk();

    public async Task<CampaignAllocation> CountAsync(CampaignView campaign) => (await Allocator.CountAsync(campaign.Id, null, default)).ShouldBeOk();

    public void AddSegment(string id, string rules, SegmentVisibility visibility = SegmentVisibility.Shared)
    {
        var faults = new List<Fault>();
        SegmentStore.TryCreateAsync(
            new()
            {
                Id = id,
                Key = id,
                Name = id,
                Description = "",
                Visibility = visibility,
                Rules = RuleReader.Read(JsonElement.Parse(rules), "", ImmutableDictionary<string, ImmutableArray<CellType>>.Empty, faults)!,
                CreatedAt = default,
                UpdatedAt = default,
            },
            default).GetAwaiter().GetResult();
    }

    public void Put(string id, params (string Name, Cell Value)[] attributes)
    {
        var row = new Row { [ProfileColumns.Id] = Cell.Of(id) };
        foreach (var (name, value) in attributes)
        {
            row[name] = value;
        }

        Shards.Profiles[id] = row;
    }

    private sealed class Attributes : IAttributeCatalog
    {
        public Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> ReadAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyDictionary<string, ImmutableArray<CellType>>>(
                new Dictionary<string, ImmutableArray<CellType>> { ["orders"] = [CellType.Integer] });
    }
}
