using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using AudienceSync.Pages;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Everything in a storage account, read raw and, where it is packed, unpacked: every property of every row of every table, every message, every blob.</summary>
internal sealed class StorageScan
{
    private readonly List<(string Place, string Text)> _texts = [];
    private readonly List<(string Place, byte[] Bytes)> _bytes = [];

    private StorageScan()
    {
    }

    /// <summary>Rows of pages that could be opened.</summary>
    public int PageRows { get; private set; }

    /// <summary>Cells of pages by chain, page and row.</summary>
    public Dictionary<(string Page, int Row), Dictionary<string, string>> Rows { get; } = [];

    public int Tables { get; private set; }

    public int Messages { get; private set; }

    public static async Task<StorageScan> ReadAsync(string connectionString)
    {
        var scan = new StorageScan();
        var tables = new TableServiceClient(connectionString);
        await foreach (var table in tables.QueryAsync())
        {
            scan.Tables++;
            await foreach (var row in tables.GetTableClient(table.Name).QueryAsync<TableEntity>())
            {
                scan.Take($"{table.Name} {row.PartitionKey} {row.RowKey}", row);
            }
        }

        var queues = new QueueServiceClient(connectionString);
        await foreach (var queue in queues.GetQueuesAsync())
        {
            foreach (var message in (await queues.GetQueueClient(queue.Name).PeekMessagesAsync(32)).Value)
            {
                scan.Messages++;
                scan.Take($"queue {queue.Name}", message.Body.ToArray());
            }
        }

        var blobs = new BlobServiceClient(connectionString);
        await foreach (var container in blobs.GetBlobContainersAsync())
        {
            await foreach (var blob in blobs.GetBlobContainerClient(container.Name).GetBlobsAsync())
            {
                scan._texts.Add(($"blob {container.Name}", blob.Name));
                scan.Take($"blob {container.Name}/{blob.Name}", (await blobs.GetBlobContainerClient(container.Name).GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content.ToArray());
            }
        }

        return scan;
    }

    /// <summary>Where any of the words stands: in decoded text, whatever its case; or in bytes, as UTF-8, UTF-16, base64 or hexadecimal digits of it.</summary>
    public List<string> Find(IEnumerable<string> words)
    {
        List<string> found = [];
        foreach (var word in words)
        {
            found.AddRange(_texts.Where(text => text.Text.Contains(word, StringComparison.OrdinalIgnoreCase)).Select(text => $"'{word}' in {text.Place}: {text.Text[..Math.Min(200, text.Text.Length)]}"));
            var forms = Forms(word).ToList();
            found.AddRange(_bytes.Where(bytes => forms.Exists(form => bytes.Bytes.AsSpan().IndexOf(form) >= 0)).Select(bytes => $"'{word}' in the bytes of {bytes.Place}"));
        }

        return found;
    }

    private static IEnumerable<byte[]> Forms(string word)
    {
        var utf8 = Encoding.UTF8.GetBytes(word);
        yield return utf8;
        yield return Encoding.Unicode.GetBytes(word);
        yield return Encoding.ASCII.GetBytes(Convert.ToHexString(utf8));
        yield return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(utf8));
        yield return Encoding.ASCII.GetBytes(JsonEncodedText.Encode(word).ToString());
        for (var shift = 0; shift < 3; shift++)
        {
            // What stands at any place of a longer text: the letters that neighbours do not touch.
            var padded = Convert.ToBase64String([.. new byte[shift], .. utf8]);
            var core = padded[(shift == 0 ? 0 : shift + 1)..((utf8.Length + shift) / 3 * 4)];
            if (core.Length >= 8)
            {
                yield return Encoding.ASCII.GetBytes(core);
            }
        }
    }

    private void Take(string place, TableEntity row)
    {
        _texts.Add((place, $"{row.PartitionKey} {row.RowKey}"));
        foreach (var (name, value) in row)
        {
            if (value is byte[] bytes)
            {
                _bytes.Add(($"{place} {name}", bytes));
            }
            else
            {
                _texts.Add(($"{place} {name}", $"{name} {Convert.ToString(value, CultureInfo.InvariantCulture)}"));
            }
        }

        foreach (var prefix in (string[])["D", "S", "A", "X"])
        {
            if (row.ContainsKey($"{prefix}0"))
            {
                Take($"{place} {prefix}", Chunks(row, prefix, $"{prefix}0"));
            }
        }

        if (row.ContainsKey("H00"))
        {
            TakePage(place, row);
        }
    }

    private static byte[] Chunks(TableEntity row, string prefix, string first) =>
        [.. row.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal) && pair.Key.Length <= first.Length + 1 && pair.Value is byte[])
            .OrderBy(pair => pair.Key.Length).ThenBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => (byte[])pair.Value)];

    private void TakePage(string place, TableEntity row)
    {
        var number = int.TryParse(row.RowKey, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
        var page = PageReader.Open(new(number, Chunks(row, "H", "H00"), Chunks(row, "K", "K00"), Chunks(row, "R", "R00"), Chunks(row, "B", "B00")), place);
        for (var index = 0; index < page.Count; index++)
        {
            PageRows++;
            var cells = page.ReadRow(index).ToDictionary(cell => cell.Key, cell => cell.Value.Type is Values.CellType.Bytes ? Convert.ToHexString(cell.Value.AsBytes().Span) : cell.Value.ToString());
            Rows[($"{row.PartitionKey}/{row.RowKey}", index)] = cells;
            foreach (var (name, cell) in page.ReadRow(index))
            {
                _texts.Add(($"{place} row {index} {name}", $"{name} {cell}"));
                if (cell.Type is Values.CellType.Bytes)
                {
                    Take($"{place} row {index} {name}", cell.AsBytes().ToArray());
                }
            }
        }
    }

    private void Take(string place, byte[] bytes)
    {
        _bytes.Add((place, bytes));
        foreach (var text in (byte[][])[bytes, Unpacked(bytes)])
        {
            if (text.Length > 0 && text != bytes)
            {
                _bytes.Add(($"{place} (unpacked)", text));
            }

            if (text.Length > 0 && text[0] is (byte)'{' or (byte)'[')
            {
                TakeJson(place, text);
            }
        }
    }

    private void TakeJson(string place, byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new() { MaxDepth = 4_000 });
            Walk(document.RootElement);
        }
        catch (JsonException)
        {
            // No JSON after all: its bytes are searched as they are.
        }

        void Walk(JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (var member in element.EnumerateObject())
                    {
                        _texts.Add((place, member.Name));
                        Walk(member.Value);
                    }

                    break;
                case JsonValueKind.Array:
                    foreach (var item in element.EnumerateArray())
                    {
                        Walk(item);
                    }

                    break;
                case JsonValueKind.String:
                    _texts.Add((place, element.GetString()!));
                    break;
                case JsonValueKind.Number:
                    _texts.Add((place, element.GetRawText()));
                    break;
            }
        }
    }

    /// <summary>What Brotli makes of the bytes; empty when they are none of its.</summary>
    private static byte[] Unpacked(byte[] bytes)
    {
        try
        {
            using var text = new MemoryStream();
            using var brotli = new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress);
            brotli.CopyTo(text);
            return text.ToArray();
        }
        catch (InvalidOperationException)
        {
            return [];
        }
    }
}
