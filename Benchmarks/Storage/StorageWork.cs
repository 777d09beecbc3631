using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Ours;
using AudienceSync.Benchmarks.Sample;
using AudienceSync.Pages;
using AudienceSync.Snapshots;
using AudienceSync.Storage;
using Azure.Core;
using Azure.Data.Tables;

namespace AudienceSync.Benchmarks.Storage;

/// <summary>The pieces of <c>storage</c> that run in processes of their own: both layouts, written and read.</summary>
/// <remarks>Both sides take the same stream of members, in sixteen parts for as many partitions, and send as many requests at a time.</remarks>
internal static class StorageWork
{
    public const string WritePacked = "storage-write-packed";
    public const string ReadPacked = "storage-read-packed";
    public const string WriteRows = "storage-write-rows";
    public const string ReadRows = "storage-read-rows";

    /// <summary>The ids of the chains that were written, in the order of their partitions.</summary>
    public const string Chains = "chains";

    private const int Partitions = 16;
    private const int Concurrency = 4;
    private const int RowsPerTransaction = 100; // the service's own limit
    private const string PagesTable = "packed";
    private const string RowsTable = "rows";
    private const string WarmTable = "warmpacked";
    private const string WarmRowsTable = "warmrows";
    private const int WarmMembers = 2_000;

    /// <summary>Packs members into pages and writes them through the app's page store, as it makes a generation of a stream.</summary>
    public static async Task<JsonObject> WritePackedAsync(JsonObject input, CancellationToken cancellationToken)
    {
        await Warmup.RunAsync(async () => await WriteAsync(new TablePageStore((await OpenAsync(input, WarmTable, cancellationToken)).Table), WarmMembers));
        var (table, traffic) = await OpenAsync(input, PagesTable, cancellationToken);
        var store = new SizedPageStore(new TablePageStore(table));
        string[] chains = [];
        var figure = await Probe.MeasureAsync(async () => chains = await WriteAsync(store, (int)input["members"]!));
        var json = ToJson(figure, traffic);
        json["entities"] = store.Pages;
        json["largestPageBytes"] = store.LargestPage;
        json[Chains] = new JsonArray([.. chains.Select(chain => JsonValue.Create(chain))]);
        return json;

        async Task<string[]> WriteAsync(IPageStore pages, int members)
        {
            var (source, written) = (new Members(Generation.Older, members), new string[Partitions]);
            await ForEachPartitionAsync(
                async (partition, token) =>
                {
                    using var builder = new GenerationBuilder(pages, GenerationBuild.Hasher, TimeProvider.System, GenerationBuild.Columns, members / Partitions);
                    var sink = new GenerationBuild.Sink(builder.Part());
                    source.Read(partition, Partitions, ref sink);
                    written[partition] = (await builder.CompleteAsync(degree: 1, token)).Shards.Single().Single();
                },
                cancellationToken);
            return written;
        }
    }

    /// <summary>Reads all pages, whole or their keys and row hashes alone.</summary>
    public static async Task<JsonObject> ReadPackedAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var parts = (bool)input["keysOnly"]! ? PageParts.KeysAndHashes : PageParts.Whole;
        var (entities, members) = (0, 0L);
        var (table, traffic) = await OpenAsync(input, PagesTable, cancellationToken);
        var chains = input[Chains]!.AsArray().Select(chain => (string)chain!).ToArray();
        await Warmup.RunAsync(async () => await ReadAsync((await OpenAsync(input, PagesTable, cancellationToken)).Table, chains[..1]));
        (entities, members) = (0, 0);
        var figure = await Probe.MeasureAsync(() => ReadAsync(table, chains));
        return WithCounts(figure, traffic, entities, members);

        Task ReadAsync(TableClient pages, string[] from) => ForEachPartitionAsync(
            async (partition, token) =>
            {
                foreach (var chain in from.Skip(partition).Take(1))
                {
                    await foreach (var page in new TablePageStore(pages).ReadAsync(chain, KeyRange.All, parts, token))
                    {
                        Interlocked.Increment(ref entities);
                        Interlocked.Add(ref members, page.Count);
                    }
                }
            },
            cancellationToken);
    }

    /// <summary>Writes an entity for each member, a hundred a transaction.</summary>
    public static async Task<JsonObject> WriteRowsAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var members = (int)input["members"]!;
        await Warmup.RunAsync(async () => await WriteAsync((await OpenAsync(input, WarmRowsTable, cancellationToken)).Table, WarmMembers));
        var (table, traffic) = await OpenAsync(input, RowsTable, cancellationToken);
        var figure = await Probe.MeasureAsync(() => WriteAsync(table, members));
        var json = ToJson(figure, traffic);
        json["entities"] = members;
        return json;

        Task WriteAsync(TableClient entities, int count) => ForEachPartitionAsync(
            async (partition, token) =>
            {
                var sink = new Entities(PartitionOf(partition));
                new Members(Generation.Older, count).Read(partition, Partitions, ref sink);
                foreach (var rows in sink.Taken.Chunk(RowsPerTransaction))
                {
                    await entities.SubmitTransactionAsync(rows.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)), token);
                }
            },
            cancellationToken);
    }

    /// <summary>Reads every entity.</summary>
    public static async Task<JsonObject> ReadRowsAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var entities = 0;
        await Warmup.RunAsync(async () => await ReadAsync((await OpenAsync(input, WarmRowsTable, cancellationToken)).Table));
        var (table, traffic) = await OpenAsync(input, RowsTable, cancellationToken);
        entities = 0;
        var figure = await Probe.MeasureAsync(() => ReadAsync(table));
        return WithCounts(figure, traffic, entities, entities);

        Task ReadAsync(TableClient rows) => ForEachPartitionAsync(
            async (partition, token) =>
            {
                await foreach (var _ in rows.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {PartitionOf(partition)}"), cancellationToken: token))
                {
                    Interlocked.Increment(ref entities);
                }
            },
            cancellationToken);
    }

    private static async Task<(TableClient Table, TrafficCounter Traffic)> OpenAsync(JsonObject input, string name, CancellationToken cancellationToken)
    {
        var connectionString = (string)input["connectionString"]!;
        await new TableServiceClient(connectionString).CreateTableIfNotExistsAsync(name, cancellationToken);
        var traffic = new TrafficCounter();
        var options = new TableClientOptions();
        options.AddPolicy(traffic, HttpPipelinePosition.PerRetry);
        return (new TableServiceClient(connectionString, options).GetTableClient(name), traffic);
    }

    private static Task ForEachPartitionAsync(Func<int, CancellationToken, Task> work, CancellationToken cancellationToken) => Parallel.ForAsync(
        0,
        Partitions,
        new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
        async (partition, token) => await work(partition, token));

    private static string PartitionOf(int partition) => string.Create(CultureInfo.InvariantCulture, $"{partition:D2}");

    private static JsonObject WithCounts(Figure figure, TrafficCounter traffic, long entities, long members)
    {
        var json = ToJson(figure, traffic);
        (json["entities"], json["members"]) = (entities, members);
        return json;
    }

    private static JsonObject ToJson(Figure figure, TrafficCounter traffic)
    {
        var json = figure.ToJson();
        json["requests"] = traffic.Requests;
        json["bytesSent"] = traffic.BytesSent;
        json["bytesReceived"] = traffic.BytesReceived;
        json["largestBodyBytes"] = traffic.LargestBody;
        return json;
    }

    /// <summary>A member as an entity: tables know no decimals and no dates, so both are what comes next to them.</summary>
    private readonly struct Entities(string partition) : IMemberSink
    {
        public List<TableEntity> Taken { get; } = [];

        public void Take(in Member member) => Taken.Add(new(partition, Encoding.UTF8.GetString(member.Id))
        {
            [MemberRows.Email] = Encoding.UTF8.GetString(member.Email),
            [MemberRows.Phone] = Encoding.UTF8.GetString(member.Phone),
            [MemberRows.FirstName] = Encoding.UTF8.GetString(member.FirstName),
            [MemberRows.LastName] = Encoding.UTF8.GetString(member.LastName),
            [MemberRows.Amount] = member.Cents / 100d,
            [MemberRows.Day] = new DateTimeOffset(DateOnly.FromDayNumber(member.Day), TimeOnly.MinValue, TimeSpan.Zero),
        });
    }
}
