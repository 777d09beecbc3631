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

    /// <summary>Packs members into pages and writes them through the app's page store.</summary>
    public static async Task<JsonObject> WritePackedAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var shards = ShardsOf(input, member => (member.Key, member.Row));
        var (table, traffic) = await OpenAsync(input, PagesTable, cancellationToken);
        var store = new SizedPageStore(new TablePageStore(table));
        var figure = await Probe.MeasureAsync(() => ForEachPartitionAsync(
            async (partition, token) =>
            {
                var writer = new ChainWriter(store, ChainOf(partition));
                foreach (var (key, row) in shards[partition])
                {
                    await writer.AppendAsync(key, GenerationBuild.Hasher.Row(row), row, token);
                }

                await writer.CompleteAsync(token);
            },
            cancellationToken));
        var json = ToJson(figure, traffic);
        json["entities"] = store.Pages;
        json["largestPageBytes"] = store.LargestPage;
        return json;
    }

    /// <summary>Reads all pages, whole or their keys and row hashes alone.</summary>
    public static async Task<JsonObject> ReadPackedAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var parts = (bool)input["keysOnly"]! ? PageParts.KeysAndHashes : PageParts.Whole;
        var (table, traffic) = await OpenAsync(input, PagesTable, cancellationToken);
        var store = new TablePageStore(table);
        var (entities, members) = (0, 0L);
        var figure = await Probe.MeasureAsync(() => ForEachPartitionAsync(
            async (partition, token) =>
            {
                await foreach (var page in store.ReadAsync(ChainOf(partition), KeyRange.All, parts, token))
                {
                    Interlocked.Increment(ref entities);
                    Interlocked.Add(ref members, page.Count);
                }
            },
            cancellationToken));
        return WithCounts(figure, traffic, entities, members);
    }

    /// <summary>Writes an entity for each member, a hundred a transaction.</summary>
    public static async Task<JsonObject> WriteRowsAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var shards = ShardsOf(input, member => member.Row);
        var (table, traffic) = await OpenAsync(input, RowsTable, cancellationToken);
        var figure = await Probe.MeasureAsync(() => ForEachPartitionAsync(
            async (partition, token) =>
            {
                foreach (var rows in shards[partition].Chunk(RowsPerTransaction))
                {
                    await table.SubmitTransactionAsync(
                        rows.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, ToEntity(ChainOf(partition), row))), token);
                }
            },
            cancellationToken));
        var json = ToJson(figure, traffic);
        json["entities"] = shards.Sum(shard => shard.Length);
        return json;
    }

    /// <summary>Reads every entity.</summary>
    public static async Task<JsonObject> ReadRowsAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var (table, traffic) = await OpenAsync(input, RowsTable, cancellationToken);
        var entities = 0;
        var figure = await Probe.MeasureAsync(() => ForEachPartitionAsync(
            async (partition, token) =>
            {
                await foreach (var _ in table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {ChainOf(partition)}"), cancellationToken: token))
                {
                    Interlocked.Increment(ref entities);
                }
            },
            cancellationToken));
        return WithCounts(figure, traffic, entities, entities);
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
    private static T[][] ShardsOf<T>(JsonObject input, Func<(ulong Key, Row Row), T> select)
    {
        var rows = new List<(ulong Key, Row Row)>();
        var sink = new Rows(rows);
        new Members(Generation.Older, (int)input["members"]!).Read(0, 1, ref sink);
        var shards = rows.OrderBy(row => row.Key).ThenBy(row => row.Row[MergeJoin.IdColumn].AsText(), StringComparer.Ordinal).ToLookup(row => (int)(row.Key >> (64 - PartitionBits)));
        return [.. Enumerable.Range(0, 1 << PartitionBits).Select(shard => shards[shard].Select(select).ToArray())];
    }

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
