using System.Text.Json;
using AudienceSync.Fakes;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Profiles.Imports;
using AudienceSync.Values;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>What every implementation of the stores of profiles does.</summary>
public abstract class ProfileStoreContract
{
    private static readonly MemberHasher Hasher = new("sixteen bytes it"u8.ToArray());

    protected static TimeProvider Time { get; } = new ManualTimeProvider(new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero));

    private protected abstract Task<(IProfileInbox Inbox, IProfileManifestStore Manifests, IAttributeCatalogStore Attributes, IImportStore Imports)> OpenAsync();

    [Fact]
    public async Task Inbox_PagesAppended_AreListedInOrderAndReadWhole()
    {
        var inbox = (await OpenAsync()).Inbox;
        await inbox.AppendAsync([Page("a"), Page("b")], CancellationToken.None);
        await inbox.AppendAsync([Page("c")], CancellationToken.None);

        var whole = await inbox.ListAsync(PageParts.Whole, CancellationToken.None).ToListAsync();
        var keys = await inbox.ListAsync(PageParts.KeysAndHashes, CancellationToken.None).ToListAsync();

        whole.Select(page => IdOf(page.Rows)).ShouldBe(["a", "b", "c"]);
        keys.Select(page => page.Rows.Keys[0]).ShouldBe([Hasher.Key("a"), Hasher.Key("b"), Hasher.Key("c")]);
        keys.Select(page => page.Id).ShouldBe(whole.Select(page => page.Id));
        IdOf((await inbox.ReadAsync(keys[1].Id, CancellationToken.None)).ShouldNotBeNull()).ShouldBe("b");
    }

    [Fact]
    public async Task Inbox_FullPages_AreKeptByteForByte()
    {
        var inbox = (await OpenAsync()).Inbox;
        var pages = Enumerable.Range(0, 6).Select(number => Page($"id-{number}", new Random(number))).ToList();
        pages.ShouldAllBe(page => page.Size > 600_000);

        await inbox.AppendAsync(pages, CancellationToken.None);

        var listed = await inbox.ListAsync(PageParts.Whole, CancellationToken.None).ToListAsync();
        listed.Select(page => Hasher.Row(page.Rows.ReadRow(0))).ShouldBe(pages.Select(page => Hasher.Row(PageReader.Open(page, "sent").ReadRow(0))));
    }

    [Fact]
    public async Task Inbox_Delete_PassesOverPagesThatAreGone()
    {
        var inbox = (await OpenAsync()).Inbox;
        await inbox.AppendAsync([Page("a"), Page("b"), Page("c")], CancellationToken.None);
        var ids = (await inbox.ListAsync(PageParts.KeysAndHashes, CancellationToken.None).ToListAsync()).ConvertAll(page => page.Id);

        await inbox.DeleteAsync([ids[0]], CancellationToken.None);
        await inbox.DeleteAsync([ids[0], ids[2]], CancellationToken.None);
        await inbox.DeleteAsync([], CancellationToken.None);

        (await inbox.ListAsync(PageParts.Whole, CancellationToken.None).ToListAsync()).Select(page => page.Id).ShouldBe([ids[1]]);
        (await inbox.ReadAsync(ids[0], CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Inbox_ManyPages_AreAppendedListedAndDeleted()
    {
        var inbox = (await OpenAsync()).Inbox;
        await inbox.AppendAsync([.. Enumerable.Range(0, 230).Select(number => Page($"id-{number}"))], CancellationToken.None);

        var listed = await inbox.ListAsync(PageParts.Whole, CancellationToken.None).ToListAsync();
        await inbox.DeleteAsync([.. listed.Select(page => page.Id)], CancellationToken.None);

        listed.Select(page => IdOf(page.Rows)).ShouldBe(Enumerable.Range(0, 230).Select(number => $"id-{number}"));
        (await inbox.ListAsync(PageParts.Whole, CancellationToken.None).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Imports_AreListedAsTheyWereSavedLast()
    {
        var imports = (await OpenAsync()).Imports;
        var first = new Import("imp_1", ImportStatus.Running, 0, 0, 0, [], Time.GetUtcNow());
        await imports.SaveAsync(first, CancellationToken.None);
        await imports.SaveAsync(first with { Status = ImportStatus.Succeeded, Rejections = [new(3, "code", "detail")] }, CancellationToken.None);
        await imports.SaveAsync(first with { Id = "imp_2" }, CancellationToken.None);

        (await imports.ListAsync(CancellationToken.None).Select(import => (import.Id, import.Status, import.Rejections.Length)).ToListAsync())
            .ShouldBe([("imp_1", ImportStatus.Succeeded, 1), ("imp_2", ImportStatus.Running, 0)], ignoreOrder: true);
    }

    [Fact]
    public async Task Manifests_TwoWritersOfOneETag_TheSecondLoses()
    {
        var manifests = (await OpenAsync()).Manifests;
        var (empty, none) = await manifests.ReadAsync(CancellationToken.None);
        (empty.Version, none).ShouldBe((0, null));
        var first = new ProfileManifest(1, "p1", 1, [new("pg_1", 7), new(null, 0)], ["x", "y"]);

        (await manifests.TryReplaceAsync(first, null, CancellationToken.None)).ShouldBeTrue();
        (await manifests.TryReplaceAsync(first, null, CancellationToken.None)).ShouldBeFalse();
        var (read, etag) = await manifests.ReadAsync(CancellationToken.None);
        Json(read).ShouldBe(Json(first));
        (await manifests.TryReplaceAsync(first with { Version = 2 }, etag, CancellationToken.None)).ShouldBeTrue();
        (await manifests.TryReplaceAsync(first with { Version = 3 }, etag, CancellationToken.None)).ShouldBeFalse();

        (await manifests.ReadAsync(CancellationToken.None)).Manifest.Version.ShouldBe(2);
    }

    [Fact]
    public async Task Manifests_LargestManifest_Fits()
    {
        var manifests = (await OpenAsync()).Manifests;
        var chain = Ids.NewId.Create("pg", Time);
        var largest = new ProfileManifest(
            long.MaxValue, "p", 12, [.. Enumerable.Range(0, 4096).Select(number => new ProfileShard(chain, 200_000, chain))], [.. Enumerable.Range(0, 256).Select(number => new ArrivalIds(Time).Next())]);

        (await manifests.TryReplaceAsync(largest, null, CancellationToken.None)).ShouldBeTrue();

        Json((await manifests.ReadAsync(CancellationToken.None)).Manifest).ShouldBe(Json(largest));
    }

    [Theory]
    [InlineData('x', AttributeCatalog.MaxNames)]
    [InlineData('é', 800)]
    public async Task Attributes_FilledToTheBrim_ComeBack(char letter, int atLeast)
    {
        var store = (await OpenAsync()).Attributes;
        (await store.ReadAsync(CancellationToken.None)).Document.Attributes.ShouldBeEmpty();
        var names = Enumerable.Range(0, AttributeCatalog.MaxNames + 100).Select(number => $"{new string(letter, 120)}{number}").ToList();
        var catalog = new AttributeCatalog(store);

        var refused = await catalog.RegisterAsync(
            names.Select(name => new ProfileOperation(OperationKind.Identify, "a", Time.GetUtcNow()) { Values = [new(name, Cell.Of(1L))] }), CancellationToken.None);

        var read = await new AttributeCatalog(store).ReadAsync(CancellationToken.None);
        read.Count.ShouldBe(names.Count - refused.Count);
        read.Count.ShouldBeGreaterThanOrEqualTo(atLeast);
        read.ShouldAllBe(pair => !refused.Contains(pair.Key) && pair.Value.SequenceEqual(new[] { CellType.Integer }));
    }

    [Fact]
    public async Task Imports_SavedTwice_GiveTheLast()
    {
        var imports = (await OpenAsync()).Imports;
        var import = new Import("imp_1", ImportStatus.Running, 0, 0, 0, [], Time.GetUtcNow());
        await imports.SaveAsync(import, CancellationToken.None);
        await imports.SaveAsync(import with { Status = ImportStatus.Failed, Rejections = [new(7, "code", "détail")] }, CancellationToken.None);

        var read = await imports.ReadAsync("imp_1", CancellationToken.None);

        read.ShouldNotBeNull().ShouldBe(import with { Status = ImportStatus.Failed, Rejections = read.Rejections });
        read.Rejections.ShouldBe([new(7, "code", "détail")]);
        (await imports.ReadAsync("imp/2?#'", CancellationToken.None)).ShouldBeNull();
        (await imports.ReadAsync(new string('x', 2_000), CancellationToken.None)).ShouldBeNull();
    }

    /// <summary>A page of one row, with close to 700 KB of noise when there is a source of it.</summary>
    private static PackedPage Page(string id, Random? noise = null)
    {
        var row = new Row { [ProfileColumns.Id] = Cell.Of(id) };
        if (noise is not null)
        {
            var bytes = new byte[690_000];
            noise.NextBytes(bytes);
            row["noise"] = Cell.Of(bytes.AsMemory());
        }

        var builder = new PageBuilder();
        builder.TryAppend(Hasher.Key(id), Hasher.Row(row), row).ShouldBeTrue();
        return builder.Seal(0).Single();
    }

    private static string Json(ProfileManifest manifest) => JsonSerializer.Serialize(manifest, ProfilesJson.Default.ProfileManifest);

    private static string IdOf(PageReader page) => page.ReadRow(0)[ProfileColumns.Id].AsText();
}

public sealed class MemoryProfileStoreTests : ProfileStoreContract
{
    private protected override Task<(IProfileInbox Inbox, IProfileManifestStore Manifests, IAttributeCatalogStore Attributes, IImportStore Imports)> OpenAsync() =>
        Task.FromResult<(IProfileInbox, IProfileManifestStore, IAttributeCatalogStore, IImportStore)>(
            (new MemoryProfileInbox(Time), new MemoryProfileManifestStore(), new MemoryAttributeCatalogStore(), new MemoryImportStore()));
}

public sealed class TableProfileStoreTests : ProfileStoreContract
{
    private protected override async Task<(IProfileInbox Inbox, IProfileManifestStore Manifests, IAttributeCatalogStore Attributes, IImportStore Imports)> OpenAsync()
    {
        var tables = new TableServiceClient(await AzuriteFixture.NewAccountAsync());
        foreach (var name in new[] { TableNames.Inbox, TableNames.Manifests, TableNames.Imports })
        {
            await tables.CreateTableIfNotExistsAsync(name);
        }

        return (new ProfileInboxTable(tables, new(Time)), new ProfileManifestTable(tables), new AttributeCatalogTable(tables), new ImportTable(tables));
    }
}
