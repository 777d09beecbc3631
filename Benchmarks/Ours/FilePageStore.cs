using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AudienceSync.Ids;
using AudienceSync.Pages;
using Microsoft.Win32.SafeHandles;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>Pages in files of a folder: a file of pages for each chain, and a file that says where they begin. Only the parts asked for are read.</summary>
/// <remarks>Stands for the table in measurements of the codec. A chain is written once, by one writer, its pages in order.</remarks>
internal sealed class FilePageStore : IPageStore
{
    private const string PagesSuffix = ".pages";
    private const string IndexSuffix = ".index";
    private const int EntryNumbers = 6;

    private readonly string _folder;
    private readonly ConcurrentDictionary<string, Entry[]> _indexes = new(StringComparer.Ordinal);

    public FilePageStore(string folder)
    {
        Directory.CreateDirectory(folder);
        _folder = folder;
    }

    public async Task WriteAsync(string chain, IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(PathOf(chain, PagesSuffix), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        await using var index = new BinaryWriter(new FileStream(PathOf(chain, IndexSuffix), FileMode.Append, FileAccess.Write, FileShare.Read));
        foreach (var page in pages)
        {
            index.Write(stream.Position);
            index.Write((long)page.Header.Length);
            index.Write((long)page.Keys.Length);
            index.Write((long)page.Body.Length);
            index.Write(page.Range.First);
            index.Write(page.Range.Last);
            await stream.WriteAsync(page.Header, cancellationToken);
            await stream.WriteAsync(page.Keys, cancellationToken);
            await stream.WriteAsync(page.Hashes, cancellationToken);
            await stream.WriteAsync(page.Body, cancellationToken);
        }
    }

    public async IAsyncEnumerable<PageReader> ReadAsync(
        string chain, KeyRange range, PageParts parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entries = IndexOf(chain);
        var sequence = new PageSequence(chain, range);
        using var file = File.OpenHandle(PathOf(chain, PagesSuffix));
        for (var number = 0; number < entries.Length; number++)
        {
            if (entries[number].Range.Overlaps(range))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return sequence.Open(await ReadAsync(file, number, entries[number], parts, cancellationToken), parts);
            }
        }
    }

    public async Task<PageReader> ReadPageAsync(string chain, int number, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(PathOf(chain, PagesSuffix));
        return PageSequence.Open(chain, await ReadAsync(file, number, IndexOf(chain)[number], PageParts.Whole, cancellationToken), PageParts.Whole);
    }

    public Task DeleteAsync(string chain, CancellationToken cancellationToken)
    {
        File.Delete(PathOf(chain, PagesSuffix));
        File.Delete(PathOf(chain, IndexSuffix));
        _indexes.TryRemove(chain, out _);
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<string> ListAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var chain in Directory.EnumerateFiles(_folder, $"*{IndexSuffix}").Select(Path.GetFileNameWithoutExtension).OfType<string>().Where(chain => NewId.TimeOf(chain) < before))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return chain;
        }
    }

    private static async Task<PackedPage> ReadAsync(SafeFileHandle file, int number, Entry entry, PageParts parts, CancellationToken cancellationToken)
    {
        var fixedBytes = entry.Header + (2 * entry.Keys);
        var bytes = new byte[parts is PageParts.Whole ? fixedBytes + entry.Body : fixedBytes];
        for (var read = 0; read < bytes.Length;)
        {
            var more = await RandomAccess.ReadAsync(file, bytes.AsMemory(read), entry.Offset + read, cancellationToken);
            read += more > 0 ? more : throw new EndOfStreamException($"The file of page {number} ends within it.");
        }

        var (keys, hashes) = (entry.Header, entry.Header + entry.Keys);
        return new(number, bytes.AsMemory(0, keys), bytes.AsMemory(keys, entry.Keys), bytes.AsMemory(hashes, entry.Keys), bytes.AsMemory(fixedBytes));
    }

    private Entry[] IndexOf(string chain) => _indexes.GetOrAdd(chain, name =>
    {
        using var reader = new BinaryReader(File.OpenRead(PathOf(name, IndexSuffix)));
        var entries = new Entry[reader.BaseStream.Length / (EntryNumbers * sizeof(long))];
        for (var number = 0; number < entries.Length; number++)
        {
            entries[number] = new(
                reader.ReadInt64(), (int)reader.ReadInt64(), (int)reader.ReadInt64(), (int)reader.ReadInt64(), new(reader.ReadUInt64(), reader.ReadUInt64()));
        }

        return entries;
    });

    private string PathOf(string chain, string suffix) => Path.Combine(_folder, chain + suffix);

    /// <summary>Where a page lies, and the lengths of its parts; hashes are as long as keys.</summary>
    private readonly record struct Entry(long Offset, int Header, int Keys, int Body, KeyRange Range);
}
