using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AudienceSync.Ids;
using AudienceSync.Pages;
using Microsoft.Win32.SafeHandles;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>Pages in files of a folder: a file of pages for each chain, and a file that says where they begin. Pages read their parts when they are asked for.</summary>
/// <remarks>Stands for the table in measurements of the codec. A chain is written once, by one writer, its pages in order.</remarks>
internal sealed class FilePageStore : IPageStore, IDisposable
{
    private const string PagesSuffix = ".pages";
    private const string IndexSuffix = ".index";
    private const int EntryNumbers = 6;

    private readonly string _folder;
    private readonly ConcurrentDictionary<string, Entry[]> _indexes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<SafeFileHandle>> _files = new(StringComparer.Ordinal);

    public FilePageStore(string folder)
    {
        Directory.CreateDirectory(folder);
        _folder = folder;
    }

    public Task WriteAsync(string chain, IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken)
    {
        using var stream = new FileStream(PathOf(chain, PagesSuffix), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        using var index = new BinaryWriter(new FileStream(PathOf(chain, IndexSuffix), FileMode.Append, FileAccess.Write, FileShare.Read));
        foreach (var page in pages)
        {
            index.Write(stream.Position);
            index.Write((long)page.Header.Length);
            index.Write((long)page.Keys.Length);
            index.Write((long)page.Body.Length);
            index.Write(page.Range.First);
            index.Write(page.Range.Last);
            stream.Write(page.Header.Span);
            stream.Write(page.Keys.Span);
            stream.Write(page.Hashes.Span);
            stream.Write(page.Body.Span);
        }

        _indexes.TryRemove(chain, out _);
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<PageReader> ReadAsync(
        string chain, KeyRange range, PageParts parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        var entries = IndexOf(chain);
        for (var number = 0; number < entries.Length; number++)
        {
            if (entries[number].Range.Overlaps(range))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return Open(chain, number, entries[number]);
            }
        }
    }

    public Task<PageReader> ReadPageAsync(string chain, int number, CancellationToken cancellationToken) =>
        Task.FromResult(Open(chain, number, IndexOf(chain)[number]));

    public Task DeleteAsync(string chain, CancellationToken cancellationToken)
    {
        if (_files.TryRemove(chain, out var file))
        {
            file.Value.Dispose();
        }

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

    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Value.Dispose();
        }
    }

    private PageReader Open(string chain, int number, Entry entry)
    {
        var file = _files.GetOrAdd(chain, name => new(() => File.OpenHandle(PathOf(name, PagesSuffix)))).Value;
        Span<byte> small = stackalloc byte[1024];
        var header = entry.Header <= small.Length ? small[..entry.Header] : new byte[entry.Header];
        Read(file, header, entry.Offset);
        return PageReader.Open(number, header, new FileBytes(file, entry), $"{chain}/{number}");
    }

    private static void Read(SafeFileHandle file, Span<byte> target, long offset)
    {
        for (var read = 0; read < target.Length;)
        {
            var more = RandomAccess.Read(file, target[read..], offset + read);
            read += more > 0 ? more : throw new EndOfStreamException("The file of a page ends within it.");
        }
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
    private readonly record struct Entry(long Offset, int Header, int Keys, int Body, KeyRange Range)
    {
        public (long Offset, int Length) Of(PagePart part) => part switch
        {
            PagePart.Keys => (Offset + Header, Keys),
            PagePart.Hashes => (Offset + Header + Keys, Keys),
            _ => (Offset + Header + (2L * Keys), Body),
        };
    }

    /// <summary>Reads parts of one page into memory of the pool.</summary>
    private sealed class FileBytes(SafeFileHandle file, Entry entry) : IPageBytes
    {
        private readonly ConcurrentBag<byte[]> _rented = [];

        public ReadOnlyMemory<byte> Read(PagePart part, int offset, int length)
        {
            var (start, most) = entry.Of(part);
            length = Math.Clamp(most - offset, 0, length);
            var bytes = ArrayPool<byte>.Shared.Rent(length);
            _rented.Add(bytes);
            FilePageStore.Read(file, bytes.AsSpan(0, length), start + offset);
            return bytes.AsMemory(0, length);
        }

        public void Dispose()
        {
            while (_rented.TryTake(out var bytes))
            {
                ArrayPool<byte>.Shared.Return(bytes);
            }
        }
    }
}
