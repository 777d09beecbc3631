using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace AudienceSync.Local.Demo;

/// <summary>Makes the customers that the shop has before the first sync.</summary>
internal static class FirstDay
{
    public const int Count = 2_000;

    /// <summary>Addresses at this domain are what the receiver refuses.</summary>
    public const string RefusedDomain = "invalid.example";

    private static readonly string[] FirstNames =
    [
        "Ana", "Ben", "Chloé", "Dmitri", "Elif", "Farid", "Grace", "Hana", "Ivo", "Jun", "Katja", "Liam", "Maya", "Noor", "Olga", "Paweł", "Quinn", "Rosa",
        "Søren", "Tomás", "Uma", "Viktor", "Wanda", "Xenia", "Yusuf", "Zoë",
    ];

    private static readonly string[] LastNames =
    [
        "Andersen", "Bianchi", "Costa", "Dubois", "Eriksen", "Fischer", "García", "Horvat", "Ito", "Jansen", "Kowalski", "Lopes", "Müller", "Novák", "O'Brien",
        "Papadopoulos", "Quist", "Rossi", "Schmidt", "Tanaka", "Urban", "Virtanen", "Weber", "Yılmaz", "Zhang",
    ];

    private static readonly string[] Countries = ["DE", "DE", "DE", "FR", "FR", "NL", "ES", "IT", "PL", "SE", "GB", "US"];
    private static readonly string[] Domains = ["example.com", "example.com", "example.net", "example.org"];
    private static readonly string[] Tags = ["vip", "news", "outlet", "gift-card", "b2b"];

    public static ImmutableArray<Customer> Generate(Random random, ShopClock clock) =>
        [.. Enumerable.Range(1, Count).Select(number => Make(random, number, DrawOrders(random), clock.DayOne))];

    /// <param name="before">Orders lie in the two years before this moment.</param>
    public static Customer Make(Random random, int number, int orders, DateTimeOffset before)
    {
        var (first, last) = (Pick(random, FirstNames), Pick(random, LastNames));
        var domain = random.Next(100) == 0 ? RefusedDomain : Pick(random, Domains);
        return new()
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"c-{number:00000}"),
            FirstName = first,
            LastName = last,
            Email = string.Create(CultureInfo.InvariantCulture, $"{Ascii(first)}.{Ascii(last)}.{number}@{domain}"),
            Phone = random.Next(10) < 6 ? Phone(number) : null,
            Country = Pick(random, Countries),
            Orders = orders,
            Revenue = Enumerable.Range(0, orders).Sum(_ => Price(random)),
            LastOrderAt = orders == 0 ? null : before - DrawAge(random),
            Tags = [.. Tags.Where(_ => random.Next(6) == 0), .. random.Next(80) == 0 ? ["staff"] : Array.Empty<string>()],
            Consent = random.Next(20) switch { 0 => MarketingConsent.Denied, 1 => MarketingConsent.NeverAsked, _ => MarketingConsent.Granted },
        };
    }

    /// <summary>Whole cents, 5.00 to 155.00.</summary>
    public static decimal Price(Random random) => random.Next(500, 15_501) / 100m;

    /// <summary>A number from the block of US numbers that is kept free for fiction (555-0100 to 555-0199).</summary>
    private static string Phone(int number) => string.Create(CultureInfo.InvariantCulture, $"+1{200 + (number / 100)}5550{100 + (number % 100)}");

    /// <summary>Many who ordered once, few who ordered often.</summary>
    private static int DrawOrders(Random random) => random.Next(100) switch
    {
        < 8 => 0,
        < 35 => 1,
        < 52 => 2,
        < 68 => 3,
        < 80 => 4,
        _ => 5 + (int)Math.Floor(-4 * Math.Log(1 - random.NextDouble())),
    };

    /// <summary>Most ordered in the last two months; a few exactly on an edge of the rule, where an off-by-one would show.</summary>
    private static TimeSpan DrawAge(Random random) => random.Next(100) switch
    {
        0 => TimeSpan.FromDays(60),
        1 => TimeSpan.FromDays(60) - TimeSpan.FromSeconds(1),
        2 => TimeSpan.FromDays(59),
        3 => TimeSpan.Zero,
        < 62 => TimeSpan.FromSeconds(random.Next(60 * 86_400)),
        _ => TimeSpan.FromDays(60) + TimeSpan.FromSeconds(random.Next(670 * 86_400)),
    };

    private static string Pick(Random random, string[] choices) => choices[random.Next(choices.Length)];

    /// <summary>Lower-case letters without marks: <c>Søren</c> → <c>sren</c>, <c>Chloé</c> → <c>chloe</c>.</summary>
    private static string Ascii(string name) =>
        string.Concat(name.Normalize(NormalizationForm.FormD).Where(char.IsAsciiLetter)).ToLowerInvariant();
}
