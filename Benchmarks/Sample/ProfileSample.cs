using System.Text;
using AudienceSync.Pages.Columns;

namespace AudienceSync.Benchmarks.Sample;

/// <summary>Made-up profiles: the same for the same number.</summary>
internal sealed class ProfileSample(int count)
{
    /// <summary>The clock of the rule.</summary>
    public static readonly DateTimeOffset AsOf = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The six conditions: a list of texts, a number, an amount, a date, an inequality and a flag.</summary>
    public const string Rule = """
        {"all":[
          {"attr":"country","op":"in","value":["DE","AT","CH"]},
          {"attr":"orders","op":"gte","value":3},
          {"attr":"revenue","op":"gt","value":100},
          {"attr":"lastOrderAt","op":"withinLast","value":{"days":90}},
          {"attr":"plan","op":"ne","value":"trial"},
          {"attr":"newsletter","op":"eq","value":true}]}
        """;

    public const int WithinDays = 90;

    private static readonly byte[][] Countries = [.. new[]
    {
        "DE", "DE", "DE", "AT", "CH", "FR", "FR", "IT", "ES", "NL", "BE", "PL", "SE", "DK", "GB", "US",
    }.Select(Encoding.ASCII.GetBytes)];

    private static readonly byte[][] Plans = [.. new[] { "basic", "basic", "plus", "plus", "pro", "team", "trial", "trial" }.Select(Encoding.ASCII.GetBytes)];

    private readonly long _asOf = AsOf.ToUnixTimeSeconds();

    public int Count => count;

    /// <param name="part">From 0; less than <paramref name="parts"/>.</param>
    public void Read<TSink>(int part, int parts, ref TSink sink)
        where TSink : IProfileSink
    {
        var (from, to) = (FirstOf(part, parts), FirstOf(part + 1, parts));
        Span<byte> buffer = stackalloc byte[64];
        for (var number = from; number < to; number++)
        {
            sink.Take(Make(number, buffer));
        }
    }

    /// <summary>The number of the first profile of a part.</summary>
    public int FirstOf(int part, int parts) => (int)((long)count * part / parts);

    /// <summary>Whether the rule holds: written out by hand, the truth that both sides are checked against.</summary>
    public bool IsSelected(in Profile profile) =>
        (profile.Country.SequenceEqual("DE"u8) || profile.Country.SequenceEqual("AT"u8) || profile.Country.SequenceEqual("CH"u8))
        && profile.Orders >= 3
        && profile.RevenueCents > 10_000
        && profile.LastOrderAt > _asOf - (WithinDays * 86_400L)
        && profile.LastOrderAt <= _asOf
        && !profile.Plan.SequenceEqual("trial"u8)
        && profile.Newsletter;

    private Profile Make(int number, Span<byte> buffer)
    {
        var bits = Bits.Mix(Members.DefaultSeed + (ulong)number);
        var more = Bits.Mix(bits);
        "cus_"u8.CopyTo(buffer);
        DigitText.TryWrite(bits % 100_000_000_000_000, buffer[4..18]);
        var email = buffer[18..];
        "person"u8.CopyTo(email);
        DigitText.TryWrite((ulong)number, email[6..14]);
        "@mail.example"u8.CopyTo(email[14..]);
        var hasOrdered = more % 10 != 0;
        return new()
        {
            Number = number,
            Id = buffer[..18],
            Email = email[..27],
            Country = more % 20 == 7 ? default : Countries[(int)(bits >> 4 & 15)],
            Plan = Plans[(int)(bits >> 8 & 7)],
            Orders = hasOrdered ? 1 + (long)((bits >> 12) % 24) : 0,
            RevenueCents = hasOrdered ? (long)((bits >> 20) % 150_000) : 0,
            LastOrderAt = hasOrdered ? _asOf - (long)((more >> 8) % (400 * 86_400UL)) : 0,
            Newsletter = (more >> 4 & 3) != 0,
        };
    }
}
