using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Ours;
using AudienceSync.Benchmarks.Sample;
using AudienceSync.Pages;
using AudienceSync.Storage;
using AudienceSync.Values;
using Azure.Core;
using Azure.Data.Tables;

namespace AudienceSync.Benchmarks.Storage;

/// <summary>The pieces of <c>storage</c> that run in processes of their own: both layouts, written and read.</summary>
/// <remarks>Both sides use sixteen partitions and as many requests at a time.</remarks>
internal static class StorageWork
{
    public const string WritePacked = "storage-write-packed";
    public const string ReadPacked = "storage-read-packed";
    public const string WriteRows = "storage-write-rows";
    public const string ReadRows = "storage-read-rows";

    private const int PartitionBits = 4;
    private const int Concurrency = 4;
    private const int RowsPerTransaction = 100; // the service's own limit
    private const string PagesTable = "packed";
    private const string RowsTable = "rows";
    private const string WarmTable = "warmpacked";
    private const string WarmRowsTable = "warmrows";
    private const int WarmMembers = 2_000;

    /// <summary>Packs members into pages and writes them through the app's page store.</summary>
    public static async Task<JsonObject> WritePackedAsync(JsonObject input, CancellationToken cancellationToken)
    {
        await Warmup.RunAsync(async () => await WriteAsync(new TablePageStore((await OpenAsync(input, WarmTable, cancellationToken)).Table), SmallSample()));
        var shards = ShardsOf((int)input["members"]!);
        var (table, traffic) = await OpenAsync(input, PagesTable, cancellationToken);
        var store = new SizedPageStore(new TablePageStore(table));
        var figure = await Probe.MeasureAsync(() => WriteAsync(store, shards));
        var json = ToJson(figure, traffic);
        json["entities"] = store.Pages;
        json["largestPageBytes"] = store.LargestPage;
        return json;

        Task WriteAsync(IPageStore pages, (ulong Key, Row Row)[][] rows) => ForEachPartitionAsync(
            async (partition, token) =>
            {
                var writer = new ChainWriter(pages, ChainOf(partition));
                foreach (var (key, row) in rows[partition])
                {
                    await writer.AppendAsync(key, GenerationBuild.Hasher.Row(row), row, token);
                }

                await writer.CompleteAsync(token);
            },
            cancellationToken);
    }

    /// <summary>Reads all pages, whole or their keys and row hashes alone.</summary>
    public static async Task<JsonObject> ReadPackedAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var parts = (bool)input["keysOnly"]! ? PageParts.KeysAndHashes : PageParts.Whole;
        var (entities, members) = (0, 0L);
        await Warmup.RunAsync(async () => await ReadAsync((await OpenAsync(input, WarmTable, cancellationToken)).Table));
        var (table, traffic) = await OpenAsync(input, PagesTable, cancellationToken);
        (entities, members) = (0, 0);
        var figure = await Probe.MeasureAsync(() => ReadAsync(table));
        return WithCounts(figure, traffic, entities, members);

        Task ReadAsync(TableClient pages) => ForEachPartitionAsync(
            async (partition, token) =>
            {
                await foreach (var page in new TablePageStore(pages).ReadAsync(ChainOf(partition), KeyRange.All, parts, token))
                {
                    Interlocked.Increment(ref entities);
                    Interlocked.Add(ref members, page.Count);
                }
            },
            cancellationToken);
    }

    /// <summary>Writes an entity for each member, a hundred a transaction.</summary>
    public static async Task<JsonObject> WriteRowsAsync(JsonObject input, CancellationToken cancellationToken)
    {
        await Warmup.RunAsync(async () => await WriteAsync((await OpenAsync(input, WarmRowsTable, cancellationToken)).Table, SmallSample()));
        var shards = ShardsOf((int)input["members"]!);
        var (table, traffic) = await OpenAsync(input, RowsTable, cancellationToken);
        var figure = await Probe.MeasureAsync(() => WriteAsync(table, shards));
        var json = ToJson(figure, traffic);
        json["entities"] = shards.Sum(shard => shard.Length);
        return json;

        Task WriteAsync(TableClient entities, (ulong Key, Row Row)[][] members) => ForEachPartitionAsync(
            async (partition, token) =>
            {
                foreach (var rows in members[partition].Chunk(RowsPerTransaction))
                {
                    await entities.SubmitTransactionAsync(
                        rows.Select(member => new TableTransactionAction(TableTransactionActionType.UpsertReplace, ToEntity(ChainOf(partition), member.Row))), token);
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
                await foreach (var _ in rows.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {ChainOf(partition)}"), cancellationToken: token))
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
        1 << PartitionBits,
        new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
        async (partition, token) => await work(partition, token));

    private static string ChainOf(int partition) => string.Create(CultureInfo.InvariantCulture, $"pg_{partition:D26}");

    /// <summary>The members of each partition in order of (key, id), made ready before the clock starts.</summary>
    private static (ulong Key, Row Row)[][] ShardsOf(int members)
    {
        var rows = new List<(ulong Key, Row Row)>();
        var sink = new Rows(rows);
        new Members(Generation.Older, members).Read(0, 1, ref sink);
        var shards = rows.OrderBy(row => row.Key).ThenBy(row => row.Row[MergeJoin.IdColumn].AsText(), StringComparer.Ordinal).ToLookup(row => (int)(row.Key >> (64 - PartitionBits)));
        return [.. Enumerable.Range(0, 1 << PartitionBits).Select(shard => shards[shard].ToArray())];
    }

    private static (ulong Key, Row Row)[][] SmallSample() => ShardsOf(WarmMembers);

    /// <summary>A member as an entity: tables know no decimals and no dates, so both are what comes next to them.</summary>
    private static TableEntity ToEntity(string partition, Row row) => new(partition, row[MergeJoin.IdColumn].AsText())
    {
        [MemberRows.Email] = row[MemberRows.Email].AsText(),
        [MemberRows.Phone] = row[MemberRows.Phone].AsText(),
        [MemberRows.FirstName] = row[MemberRows.FirstName].AsText(),
        [MemberRows.LastName] = row[MemberRows.LastName].AsText(),
        [MemberRows.Amount] = (double)row[MemberRows.Amount].AsDecimal(),
        [MemberRows.Day] = new DateTimeOffset(row[MemberRows.Day].AsDate(), TimeOnly.MinValue, TimeSpan.Zero),
    };

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

    private readonly struct Rows(List<(ulong Key, Row Row)> rows) : IMemberSink
    {
        public void Take(in Member member) => rows.Add((GenerationBuild.Hasher.Key(Encoding.UTF8.GetString(member.Id)), MemberRows.ToRow(member)));
    }
}
