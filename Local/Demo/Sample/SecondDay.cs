using System.Collections.Immutable;

namespace AudienceSync.Local.Demo;

/// <summary>What happens on the second day, and what the shop sends about it.</summary>
/// <param name="Customers">Everyone, as they are at the end of the day.</param>
/// <param name="Operations">What is sent to <c>POST /profiles/batch</c>, in order.</param>
internal sealed record SecondDay(ImmutableArray<Customer> Customers, ImmutableArray<ProfileChange> Operations)
{
    public static SecondDay Generate(Random random, ImmutableArray<Customer> before, ShopClock clock)
    {
        // Each customer has at most one kind of news, so that everyone who leaves leaves for one reason.
        var order = new Queue<Customer>(Shuffle(random, before));
        var now = before.ToDictionary(customer => customer.Id);
        var changes = ImmutableArray.CreateBuilder<ProfileChange>();

        Each(120, customer => Buy(customer, random.Next(10) == 0 ? 2 : 1));
        Each(60, Refund);
        Each(40, customer => customer with { Consent = MarketingConsent.Denied }, ProfileChangeKind.Consent);
        Each(40, customer => customer with { Consent = MarketingConsent.Granted }, ProfileChangeKind.Consent);
        Each(25, customer => customer with { Tags = [.. customer.Tags.Remove("staff"), "staff"] });
        Each(60, Move);
        Each(15, customer => null, ProfileChangeKind.Erase);
        foreach (var customer in before.Where(customer => HasRefusedAddress(customer) && now.GetValueOrDefault(customer.Id) == customer).Take(5))
        {
            // The shop asked them for an address that works.
            Set(customer, customer with { Email = customer.Email.Replace(FirstDay.RefusedDomain, "example.com", StringComparison.Ordinal) });
        }

        for (var number = before.Length + 1; number <= before.Length + 40; number++)
        {
            var orders = random.Next(8) == 0 ? 3 : 1;
            var customer = FirstDay.Make(random, number, orders, clock.DayTwo) with { LastOrderAt = Moment() };
            now[customer.Id] = customer;
            changes.Add(new(ProfileChangeKind.Identify, customer, clock.DayTwo));
        }

        // A nightly export repeats what has not changed: none of it may reach the receiver.
        Each(250, customer => now[customer.Id]);
        return new([.. now.Values.OrderBy(customer => customer.Id, StringComparer.Ordinal)], changes.ToImmutable());

        void Each(int count, Func<Customer, Customer?> change, ProfileChangeKind kind = ProfileChangeKind.Identify)
        {
            for (var done = 0; done < count; done++)
            {
                var customer = order.Dequeue();
                Set(customer, change(customer), kind);
            }
        }

        void Set(Customer from, Customer? to, ProfileChangeKind kind = ProfileChangeKind.Identify)
        {
            changes.Add(new(kind, to ?? from, clock.DayTwo));
            if (to is null)
            {
                now.Remove(from.Id);
            }
            else
            {
                now[from.Id] = to;
            }
        }

        Customer Buy(Customer customer, int orders) => customer with
        {
            Orders = customer.Orders + orders,
            Revenue = customer.Revenue + Enumerable.Range(0, orders).Sum(_ => FirstDay.Price(random)),
            LastOrderAt = Moment(),
        };

        Customer Refund(Customer customer) => customer.Orders == 0 ? customer : customer with
        {
            Orders = customer.Orders - 1,
            Revenue = Math.Round(customer.Revenue * (customer.Orders - 1) / customer.Orders, 2),
        };

        Customer Move(Customer customer) => random.Next(3) switch
        {
            0 => customer with { Email = $"new.{customer.Email}" },
            1 => customer with { Email = $"{customer.Id}@{FirstDay.RefusedDomain}" },
            _ => customer with { Country = customer.Country == "CH" ? "AT" : "CH", Phone = null },
        };

        DateTimeOffset Moment() => clock.DayOne + TimeSpan.FromSeconds(random.Next(1, 86_401));
    }

    private static bool HasRefusedAddress(Customer customer) => customer.Email.EndsWith($"@{FirstDay.RefusedDomain}", StringComparison.Ordinal);

    private static Customer[] Shuffle(Random random, ImmutableArray<Customer> customers)
    {
        Customer[] copy = [.. customers];
        random.Shuffle(copy);
        return copy;
    }
}
