using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AudienceSync.Delivery;
using AudienceSync.Values;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Records of calls: a partition a bucket of destinations, newest first; the exchanges compressed, beside what lists read.</summary>
internal sealed class DeliveryRecordTable(TableClient table) : IDeliveryRecords
{
    private const string Destination = "Destination";
    private const string Run = "Run";
    private const string Bytes = "Bytes";
    private const string Person = "Person";
    private const string Summary = "S";
    private const string Detail = "X";

    /// <summary>What lists select; a summary fits its first property.</summary>
    private static readonly string[] Listed = ["PartitionKey", "RowKey", Destination, Bytes, $"{Summary}0"];

    public async Task<bool> TryWriteAsync(DeliveryRecord record, CancellationToken cancellationToken)
    {
        var summary = JsonSerializer.SerializeToUtf8Bytes(record, DeliveryJson.Default.DeliveryRecord);
        var detail = Compress(JsonSerializer.SerializeToUtf8Bytes(record.Exchanges, DeliveryJson.Default.ImmutableArrayExchange));
        if (summary.Length > DocumentEntity.ChunkBytes)
        {
            // A mapping of hundreds of long names; the names are in the destination too.
            summary = JsonSerializer.SerializeToUtf8Bytes(record with { Fields = [] }, DeliveryJson.Default.DeliveryRecord);
        }

        var entity = new TableEntity(PartitionOf(DeliveryRecord.BucketOf(record.DestinationId)), RowOf(record.Id, record.At))
        {
            [Destination] = record.DestinationId,
            [Run] = record.RunId,
            [Person] = record.Person,
            [Bytes] = summary.Length + detail.Length,
        };
        DocumentEntity.WriteChunks(entity, Summary, summary);
        DocumentEntity.WriteChunks(entity, Detail, detail);
        try
        {
            await table.UpsertEntityAsync(entity, TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException)
        {
            return false;
        }
    }

    public async Task<DeliveryRecord?> FindAsync(string id, CancellationToken cancellationToken) =>
        DeliveryRecord.Locate(id) is var (bucket, at)
        && await table.GetEntityIfExistsAsync<TableEntity>(PartitionOf(bucket), RowOf(id, at), cancellationToken: cancellationToken) is { HasValue: true, Value: var entity }
            ? Read(entity!, withExchanges: true)
            : null;

    public async Task<ListPage<DeliveryRecord>> ListAsync(DeliveryRecordFilter filter, PageRequest page, bool withExchanges, CancellationToken cancellationToken)
    {
        var buckets = filter.DestinationId is { } destination ? [DeliveryRecord.BucketOf(destination)] : DeliveryRecord.AllBuckets;
        var readers = new PriorityQueue<IAsyncEnumerator<TableEntity>, string>(StringComparer.Ordinal);
        var open = buckets.Select(bucket => Query(bucket, filter, page.After, withExchanges).GetAsyncEnumerator(cancellationToken)).ToList();
        try
        {
            foreach (var (reader, hasRow) in await Task.WhenAll(open.Select(async reader => (reader, await reader.MoveNextAsync()))))
            {
                if (hasRow)
                {
                    readers.Enqueue(reader, reader.Current.RowKey);
                }
            }

            List<DeliveryRecord> found = [];
            while (readers.TryDequeue(out var reader, out _))
            {
                var record = Read(reader.Current, withExchanges);
                if (filter.Takes(record))
                {
                    if (found.Count == page.Limit)
                    {
                        return new(found, found[^1].Id);
                    }

                    found.Add(record);
                }

                if (await reader.MoveNextAsync())
                {
                    readers.Enqueue(reader, reader.Current.RowKey);
                }
            }

            return new(found, null);
        }
        finally
        {
            foreach (var reader in open)
            {
                await reader.DisposeAsync();
            }
        }
    }

    public async Task ForgetAsync(string destinationId, string runId, int batch, CancellationToken cancellationToken)
    {
        var query = TableClient.CreateQueryFilter(
            $"PartitionKey eq {PartitionOf(DeliveryRecord.BucketOf(destinationId))} and Destination eq {destinationId} and Run eq {runId}");
        await foreach (var entity in table.QueryAsync<TableEntity>(query, cancellationToken: cancellationToken))
        {
            if (Read(entity, withExchanges: true) is var record && record.Batch == batch)
            {
                await ForgetAsync(record, cancellationToken);
            }
        }
    }

    public async Task<ImmutableArray<TestCall>> FindPeopleAsync(IReadOnlyCollection<string> people, CancellationToken cancellationToken) =>
        TestCall.Of(await ReadPeopleAsync(people, cancellationToken).ToListAsync(cancellationToken));

    public async Task<int> ForgetPeopleAsync(IReadOnlyCollection<string> people, CancellationToken cancellationToken)
    {
        var forgotten = 0;
        await foreach (var record in ReadPeopleAsync(people, cancellationToken))
        {
            await ForgetAsync(record, cancellationToken);
            forgotten++;
        }

        return forgotten;
    }

    private async IAsyncEnumerable<DeliveryRecord> ReadPeopleAsync(IReadOnlyCollection<string> people, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var bucket in DeliveryRecord.AllBuckets)
        {
            var query = TableClient.CreateQueryFilter($"PartitionKey eq {PartitionOf(bucket)} and Person gt {""}");
            await foreach (var entity in table.QueryAsync<TableEntity>(query, cancellationToken: cancellationToken))
            {
                if (people.Contains(entity.GetString(Person)))
                {
                    yield return Read(entity, withExchanges: true);
                }
            }
        }
    }

    /// <exception cref="InvalidOperationException">The storage would not.</exception>
    private async Task ForgetAsync(DeliveryRecord record, CancellationToken cancellationToken)
    {
        if (record.Forget() is var forgotten && (forgotten != record || !record.Exchanges.IsEmpty) && !await TryWriteAsync(forgotten, cancellationToken))
        {
            throw new InvalidOperationException($"{record.Id} could not be written.");
        }
    }

    public async Task<int> TrimAsync(DateTimeOffset before, int maxRecords, long maxBytes, CancellationToken cancellationToken)
    {
        var deleted = 0;
        foreach (var bucket in DeliveryRecord.AllBuckets)
        {
            var partition = PartitionOf(bucket);
            var oldest = RowOf("~", before);
            var rings = new Dictionary<string, (int Records, long Bytes)>(StringComparer.Ordinal);
            List<string> beyond = [];
            var query = TableClient.CreateQueryFilter($"PartitionKey eq {partition}");
            await foreach (var entity in table.QueryAsync<TableEntity>(query, select: ["PartitionKey", "RowKey", Destination, Bytes], cancellationToken: cancellationToken))
            {
                var destination = entity.GetString(Destination);
                var (records, bytes) = rings.GetValueOrDefault(destination);
                rings[destination] = (records, bytes) = (records + 1, bytes + (entity.GetInt32(Bytes) ?? 0));
                if (records > maxRecords || bytes > maxBytes || string.CompareOrdinal(entity.RowKey, oldest) > 0)
                {
                    beyond.Add(entity.RowKey);
                }
            }

            foreach (var chunk in beyond.Chunk(TableRows.MaxActions))
            {
                await TableRows.DeleteAsync(table, partition, chunk, cancellationToken);
            }

            deleted += beyond.Count;
        }

        return deleted;
    }

    private IAsyncEnumerable<TableEntity> Query(int bucket, DeliveryRecordFilter filter, string? after, bool withExchanges)
    {
        // Rows are newest first: what is after in the list is earlier in time.
        var first = filter.To is { } to ? RowOf("", to) : "";
        var last = after is not null && DeliveryRecord.Locate(after) is var (_, at) ? RowOf(after, at) : "";
        var from = string.CompareOrdinal(last, first) > 0 ? last : first;
        var query = TableClient.CreateQueryFilter($"PartitionKey eq {PartitionOf(bucket)} and RowKey gt {from}");
        if (filter.From is { } oldest)
        {
            query += $" and {TableClient.CreateQueryFilter($"RowKey le {RowOf("~", oldest)}")}";
        }

        if (filter.DestinationId is { } destination)
        {
            query += $" and {TableClient.CreateQueryFilter($"Destination eq {destination}")}";
        }

        if (filter.RunId is { } run)
        {
            query += $" and {TableClient.CreateQueryFilter($"Run eq {run}")}";
        }

        return table.QueryAsync<TableEntity>(query, select: withExchanges ? null : Listed);
    }

    private static DeliveryRecord Read(TableEntity entity, bool withExchanges)
    {
        var record = JsonSerializer.Deserialize(DocumentEntity.ReadChunks(entity, Summary), DeliveryJson.Default.DeliveryRecord)!;
        return withExchanges && DocumentEntity.ReadChunks(entity, Detail) is { Length: > 0 } detail
            ? record with { Exchanges = JsonSerializer.Deserialize(Decompress(detail), DeliveryJson.Default.ImmutableArrayExchange) }
            : record;
    }

    private static byte[] Compress(byte[] json)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            brotli.Write(json);
        }

        return packed.ToArray();
    }

    private static byte[] Decompress(byte[] packed)
    {
        using var json = new MemoryStream();
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        brotli.CopyTo(json);
        return json.ToArray();
    }

    private static string PartitionOf(int bucket) => $"records-{bucket:x}";

    /// <summary>Milliseconds counted down, so that the newest comes first.</summary>
    private static string RowOf(string id, DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() - at.ToUnixTimeMilliseconds():D15}-{id}");
}
