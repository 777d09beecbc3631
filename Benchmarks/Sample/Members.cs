using System.Runtime.CompilerServices;
using System.Text;
using AudienceSync.Pages.Columns;

namespace AudienceSync.Benchmarks.Sample;

/// <summary>Which of the two generations of the sample.</summary>
internal enum Generation
{
    Older,

    /// <summary>One in a hundred of the older one has left, two in a hundred changed, and one in a hundred is new.</summary>
    Newer,
}

/// <summary>Made-up members: the same for the same size and seed, of any size, without an allocation a row.</summary>
/// <remarks>A member is a pure function of seed and number, so parts may be made at the same time. Ids are unique and in random order.</remarks>
internal sealed class Members(Generation generation, int count, ulong seed = Members.DefaultSeed) : IMemberSource
{
    public const ulong DefaultSeed = 20_260_101;

    /// <summary>The days of the sample: 2019-01-01 and as many as <see cref="Days"/> after it.</summary>
    public const int Days = 2_500;
    public static readonly int FirstDay = new DateOnly(2019, 1, 1).DayNumber;

    private const int OneIn = 100;
    private const int IdBits = 46; // fits fourteen digits
    private const int IdDigits = 14;
    private const int PhoneDigits = 10;
    private const int MaxEmailNumber = 10_000;
    private const int MaxCents = 1_000_000;

    private static readonly byte[][] FirstNames = Encode(SampleNames.First);
    private static readonly byte[][] LastNames = Encode(SampleNames.Last);
    private static readonly byte[][] FirstNamesInEmails = Encode(SampleNames.First.Select(name => name.ToLowerInvariant()));
    private static readonly byte[][] LastNamesInEmails = Encode(SampleNames.Last.Select(name => name.ToLowerInvariant()));
    private static readonly byte[][] Domains = Encode(SampleNames.Domains);

    /// <summary>Members of the older generation.</summary>
    public int Count => count;

    public static int EnteredOf(int count) => count / OneIn;

    public static int ExitedOf(int count) => (count + OneIn - 1) / OneIn;

    public static int ChangedOf(int count) => (count / OneIn * 2) + Math.Clamp((count % OneIn) - 1, 0, 2);

    /// <summary>Members of this generation.</summary>
    public int Size => generation is Generation.Older ? count : count - ExitedOf(count) + EnteredOf(count);

    public long ApproximateCount => Size;

    public void Read<TSink>(int part, int parts, ref TSink sink)
        where TSink : IMemberSink
    {
        var numbers = generation is Generation.Older ? count : count + EnteredOf(count);
        var (from, to) = ((int)((long)numbers * part / parts), (int)((long)numbers * (part + 1) / parts));
        Span<byte> buffer = stackalloc byte[MemberText.MaxBytes];
        for (var number = from; number < to; number++)
        {
            var slot = number < count ? number % OneIn : -1;
            if (generation is Generation.Newer && slot == 0)
            {
                continue;
            }

            var isChanged = generation is Generation.Newer && slot is (1 or 2);
            sink.Take(Make((ulong)number, isChanged, buffer));
        }
    }

    /// <summary>What happened from the older generation to this, newer one: changed and entered members as they are now, exited ones as they were.</summary>
    public void ReadDelta<TSink>(ref TSink sink)
        where TSink : IDeltaSink
    {
        Span<byte> buffer = stackalloc byte[MemberText.MaxBytes];
        for (var number = 0; number < count + EnteredOf(count); number++)
        {
            if (number >= count)
            {
                sink.Take(DeltaKind.Entered, Make((ulong)number, isChanged: false, buffer));
            }
            else if (number % OneIn is var slot && slot <= 2)
            {
                sink.Take(slot == 0 ? DeltaKind.Exited : DeltaKind.Changed, Make((ulong)number, isChanged: slot != 0, buffer));
            }
        }
    }

    private Member Make(ulong number, bool isChanged, Span<byte> buffer)
    {
        var bits = Bits.Mix(seed + number);
        var more = Bits.Mix(bits);

        // A changed member has bought something: its amount and day are others, and one in four has a new address.
        var change = isChanged ? 1 + (int)(more >> 48 & 0xFF) : 0;
        var first = (int)((uint)(bits & 0xFF) % (uint)FirstNames.Length);
        var last = (int)((uint)(bits >> 8 & 0xFFFF) % (uint)LastNames.Length);
        var domain = (int)((uint)Math.Min(bits >> 24 & 0x1F, bits >> 29 & 0x1F) % (uint)Domains.Length);
        var emailNumber = (int)((bits >> 34) % MaxEmailNumber) + ((change & 3) == 3 ? MaxEmailNumber : 0);

        var id = buffer[.."cus_".Length];
        "cus_"u8.CopyTo(id);
        id = buffer[..(id.Length + IdDigits)];
        DigitText.TryWrite(Shuffle(seed + number), id["cus_".Length..]);
        var rest = buffer[id.Length..];

        var phone = rest[..("+49".Length + PhoneDigits)];
        "+49"u8.CopyTo(phone);
        DigitText.TryWrite(1_500_000_000 + (more % 300_000_000), phone["+49".Length..]);
        rest = rest[phone.Length..];

        var email = rest[..WriteEmail(first, last, emailNumber, domain, rest)];
        return new()
        {
            Id = id,
            Email = email,
            Phone = phone,
            FirstName = FirstNames[first],
            LastName = LastNames[last],
            Cents = (long)((more >> 20) % MaxCents) + (change * 100),
            Day = FirstDay + ((int)((more >> 40) % (Days - 256)) + change),
        };
    }

    private static int WriteEmail(int first, int last, int number, int domain, Span<byte> target)
    {
        FirstNamesInEmails[first].CopyTo(target);
        var length = FirstNamesInEmails[first].Length;
        target[length++] = (byte)'.';
        LastNamesInEmails[last].CopyTo(target[length..]);
        length += LastNamesInEmails[last].Length;
        var digits = number < 10 ? 1 : number < 100 ? 2 : number < 1_000 ? 3 : number < 10_000 ? 4 : 5;
        DigitText.TryWrite((ulong)number, target.Slice(length, digits));
        length += digits;
        target[length++] = (byte)'@';
        Domains[domain].CopyTo(target[length..]);
        return length + Domains[domain].Length;
    }

    /// <summary>A number of <see cref="IdBits"/> bits for another, one to one: both steps can be undone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Shuffle(ulong number)
    {
        const ulong mask = (1UL << IdBits) - 1;
        number = (number * 0x9E3779B97F4A7C15) & mask;
        number ^= number >> (IdBits / 2);
        return (number * 0xD1342543DE82EF95) & mask;
    }

    private static byte[][] Encode(IEnumerable<string> texts) => [.. texts.Select(Encoding.ASCII.GetBytes)];
}
