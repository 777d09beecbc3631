using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    /// <summary>Holds all columns of all pages of a shard or two, which the shared pool does not.</summary>
    private static readonly ArrayPool<byte> Memory = ArrayPool<byte>.Create(maxArrayLength: 1 << 20, maxArraysPerBucket: 512);

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
        using var file = File.OpenHandle(PathOf(chain, PagesSuffix), FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        using var index = File.OpenHandle(PathOf(chain, IndexSuffix), FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        var offset = RandomAccess.GetLength(file);
        foreach (var page in pages)
        {
            var range = page.Range;
            RandomAccess.Write(
                index,
                MemoryMarshal.AsBytes([(ulong)offset, (ulong)page.Header.Length, (ulong)page.Keys.Length, (ulong)page.Body.Length, range.First, range.Last]),
                RandomAccess.GetLength(index));
            RandomAccess.Write(file, [page.Header, page.Keys, page.Hashes, page.Body], offset);
            offset += page.Size;
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
        var numbers = MemoryMarshal.Cast<byte, ulong>(File.ReadAllBytes(PathOf(name, IndexSuffix)).AsSpan());
        var entries = new Entry[numbers.Length / EntryNumbers];
        for (var number = 0; number < entries.Length; number++)
        {
            var entry = numbers.Slice(number * EntryNumbers, EntryNumbers);
            entries[number] = new((long)entry[0], (int)entry[1], (int)entry[2], (int)entry[3], new(entry[4], entry[5]));
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
        private readonly List<byte[]> _rented = [];

        public ReadOnlyMemory<byte> Read(PagePart part, int offset, int length)
        {
            var (start, most) = entry.Of(part);
            length = Math.Clamp(most - offset, 0, length);
            var bytes = Memory.Rent(length);
            lock (_rented)
            {
                _rented.Add(bytes);
            }

            FilePageStore.Read(file, bytes.AsSpan(0, length), start + offset);
            return bytes.AsMemory(0, length);
        }

        public void Dispose()
        {
            lock (_rented)
            {
                foreach (var bytes in _rented)
                {
                    Memory.Return(bytes);
                }

                _rented.Clear();
            }
        }
    }
}
