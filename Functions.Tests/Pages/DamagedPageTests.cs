using System.Buffers.Binary;
using AudienceSync.Values;

namespace AudienceSync.Pages;

public sealed class DamagedPageTests
{
    private const string Name = "pg_fuzz/7";

    private static readonly PackedPage[] Samples = [.. Enumerable.Range(0, 40).Select(Sample)];

    [Fact]
    public void Open_OneByteChangedAnywhere_IsDamaged()
    {
        var random = new Random(2);
        for (var round = 0; round < 4_000; round++)
        {
            var page = Samples[round % Samples.Length];
            var damaged = WithPart(page, random.Next(4), part =>
            {
                part[random.Next(part.Length)] ^= (byte)random.Next(1, 256);
                return part;
            });

            ShouldBeDamaged(damaged, $"round {round}");
        }
    }

    [Fact]
    public void Open_EveryBitOfASmallPageFlipped_IsDamaged()
    {
        var page = Sample(3);
        for (var part = 0; part < 4; part++)
        {
            for (var bit = 0; bit < PartsOf(page)[part].Length * 8; bit++)
            {
                ShouldBeDamaged(WithPart(page, part, bytes =>
                {
                    bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                    return bytes;
                }), $"part {part}, bit {bit}");
            }
        }
    }

    [Fact]
    public void Open_TruncatedLengthenedOrRandomPart_IsDamaged()
    {
        var random = new Random(3);
        for (var round = 0; round < 3_000; round++)
        {
            var damaged = WithPart(Samples[round % Samples.Length], random.Next(4), part =>
            {
                switch (round % 3)
                {
                    case 0:
                        return part[..random.Next(part.Length)];
                    case 1:
                        return [.. part, .. new byte[random.Next(1, 20)]];
                    default:
                        var bytes = new byte[random.Next(2) == 0 ? part.Length : random.Next(200)];
                        random.NextBytes(bytes);
                        return bytes;
                }
            });

            ShouldBeDamaged(damaged, $"round {round}");
        }
    }

    [Fact]
    public void Open_PartsSwappedWithinOrBetweenPages_IsDamaged()
    {
        var random = new Random(4);
        for (var round = 0; round < 1_500; round++)
        {
            var page = Samples[random.Next(Samples.Length)];
            var (to, from) = (random.Next(4), random.Next(4));
            var other = PartsOf(Samples[random.Next(Samples.Length)])[from];
            if (PartsOf(page)[to].Span.SequenceEqual(other.Span))
            {
                continue;
            }

            ShouldBeDamaged(WithPart(page, to, _ => other.ToArray()), $"round {round}");
        }
    }

    [Fact]
    public void Open_KeysAndHashesWithAChangedByte_IsDamagedWithoutTheBodyToo()
    {
        var random = new Random(5);
        for (var round = 0; round < 1_000; round++)
        {
            var damaged = WithPart(Samples[round % Samples.Length] with { Body = default }, random.Next(3), part =>
            {
                part[random.Next(part.Length)] ^= (byte)random.Next(1, 256);
                return part;
            });

            Should.Throw<DamagedPageException>(() => PageReader.Open(damaged, Name)).Message.ShouldContain(Name);
        }
    }

    /// <summary>Bytes that are wrong although their checksums are right: the writer was broken, or someone is at work.</summary>
    [Fact]
    public void Read_BodyChangedWithChecksumsMended_IsDamagedOrReadableButNeverAnotherError()
    {
        var random = new Random(6);
        var damaged = 0;
        for (var round = 0; round < 3_000; round++)
        {
            var page = Samples[round % Samples.Length];
            var header = PageHeader.Read(page.Header.Span, Name);
            var body = page.Body.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                // The first bytes of a column say how the others are meant: change them more often.
                var column = header.Columns[random.Next(header.Columns.Length)];
                body[column.Offset + random.Next(Math.Min(column.Length, random.Next(2) == 0 ? 16 : column.Length))] = (byte)random.Next(256);
            }

            var mended = header with
            {
                Columns = [.. header.Columns.Select(column => column with { Checksum = Crc32C.Of(body.AsSpan(column.Offset, column.Length)) })],
            };

            damaged += ReadAll(page with { Header = mended.Write(), Body = body }) ? 0 : 1;
        }

        damaged.ShouldBeGreaterThan(500);
    }

    [Fact]
    public void Read_HeaderChangedWithChecksumMended_IsDamagedOrReadableButNeverAnotherError()
    {
        var random = new Random(7);
        var damaged = 0;
        for (var round = 0; round < 3_000; round++)
        {
            var page = Samples[round % Samples.Length];
            damaged += ReadAll(WithPart(page, 0, header =>
            {
                header[random.Next(header.Length - sizeof(uint))] = (byte)random.Next(256);
                BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(^sizeof(uint)..), Crc32C.Of(header.AsSpan(..^sizeof(uint))));
                return header;
            })) ? 0 : 1;
        }

        damaged.ShouldBeGreaterThan(1_000);
    }

    [Fact]
    public void Open_UnknownVersion_NamesPageAndVersions()
    {
        var page = WithPart(Samples[0], 0, header =>
        {
            BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 4);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(^sizeof(uint)..), Crc32C.Of(header.AsSpan(..^sizeof(uint))));
            return header;
        });

        var message = Should.Throw<DamagedPageException>(() => PageReader.Open(page, Name)).Message;

        message.ShouldBe("Page pg_fuzz/7 is of format version 4; this build reads version 3 only.");
    }

    [Fact]
    public void Open_KeysOutOfOrderWithChecksumsMended_IsDamaged()
    {
        var (page, _) = PageCodecTests.SealAndOpen([(1, 1, []), (2, 2, []), (3, 3, [])]);
        byte[] keys = [.. page.Keys[8..16].Span, .. page.Keys[..8].Span, .. page.Keys[16..].Span];
        var header = PageHeader.Read(page.Header.Span, Name) with { KeysChecksum = Crc32C.Of(keys) };

        Should.Throw<DamagedPageException>(() => PageReader.Open(page with { Header = header.Write(), Keys = keys }, Name));
    }

    [Fact]
    public void Range_DamagedHeader_IsDamaged()
    {
        var page = new PackedPage(12, new byte[60], default, default, default);

        Should.Throw<DamagedPageException>(() => page.Range).Message.ShouldContain("12");
        Should.Throw<DamagedPageException>(() => page.RowCount);
    }

    private static PackedPage Sample(int seed)
    {
        // At least a column beside the id, and rows without it, so that every part has something in it.
        var rows = new RandomRows(seed).Make(new Random(seed).Next(2, 60));
        rows[0].Row["other"] = Cell.Of(seed);
        return PageCodecTests.SealAndOpen(rows).Page;
    }

    private static void ShouldBeDamaged(PackedPage page, string where) =>
        Should.Throw<DamagedPageException>(() => PageReader.Open(page, Name, PageParts.Whole), where).Message.ShouldContain(Name);

    /// <summary>True when everything could be read; false when it was told as damage.</summary>
    private static bool ReadAll(PackedPage page)
    {
        try
        {
            var reader = PageReader.Open(page, Name, PageParts.Whole);
            for (var i = 0; i < reader.Count; i++)
            {
                foreach (var (_, cell) in reader.ReadRow(i))
                {
                    _ = cell.ToString();
                }
            }

            return true;
        }
        catch (DamagedPageException error)
        {
            error.Message.ShouldContain(Name);
            return false;
        }
    }

    private static ReadOnlyMemory<byte>[] PartsOf(PackedPage page) => [page.Header, page.Keys, page.Hashes, page.Body];

    private static PackedPage WithPart(PackedPage page, int part, Func<byte[], byte[]> change)
    {
        var changed = change(PartsOf(page)[part].ToArray());
        return part switch
        {
            0 => page with { Header = changed },
            1 => page with { Keys = changed },
            2 => page with { Hashes = changed },
            _ => page with { Body = changed },
        };
    }
}
