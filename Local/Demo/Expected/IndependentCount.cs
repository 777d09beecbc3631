using System.Collections.Immutable;
using System.Globalization;

namespace AudienceSync.Local.Demo;

/// <summary>
/// Counts, from the sample alone and with none of the app's code, what each sync must send, what the receiver must refuse, and whom its list must hold.
/// </summary>
internal sealed class IndependentCount
{
    private static readonly TimeSpan Recent = TimeSpan.FromDays(60);

    /// <summary>What the receiver refused, as it was sent: nothing to send again while it stays the same.</summary>
    private readonly Dictionary<string, ImmutableSortedDictionary<string, string>> _refused = [];

    private readonly Dictionary<string, ImmutableSortedDictionary<string, string>> _list = [];

    /// <summary>Member → fields, as the receiver must have them by now.</summary>
    public IReadOnlyDictionary<string, ImmutableSortedDictionary<string, string>> List => _list;

    /// <summary>Takes erasures into account.</summary>
    /// <returns>How many of the people are taken off the receiver's list for it.</returns>
    public int Erase(IEnumerable<string> ids) => ids.Count(id =>
    {
        _refused.Remove(id);
        return _list.Remove(id);
    });

    /// <summary>Takes the next sync into account.</summary>
    /// <param name="customers">All customers there are at that moment.</param>
    public ExpectedRun Sync(IEnumerable<Customer> customers, DateTimeOffset asOf)
    {
        var run = new ExpectedRun();
        var everyone = customers.ToDictionary(customer => customer.Id);
        foreach (var customer in everyone.Values.Where(customer => IsInSegment(customer, asOf)))
        {
            run = run with { Members = run.Members + 1 };
            run = customer.Consent is MarketingConsent.Granted ? Deliver(run, customer) : run with { ConsentBlocked = run.ConsentBlocked + 1 };
        }

        bool Stays(string id) => everyone.TryGetValue(id, out var customer) && IsInSegment(customer, asOf) && customer.Consent is MarketingConsent.Granted;
        foreach (var id in _list.Keys.Where(id => !Stays(id)).ToArray())
        {
            _list.Remove(id);
            var why = WhyLeft(everyone[id], asOf);
            run = run with { Delivered = run.Delivered with { Remove = run.Delivered.Remove + 1 }, Left = run.Left.SetItem(why, run.Left.GetValueOrDefault(why) + 1) };
        }

        foreach (var id in _refused.Keys.Where(id => !Stays(id)).ToArray())
        {
            _refused.Remove(id);
        }

        return run;
    }

    private ExpectedRun Deliver(ExpectedRun run, Customer customer)
    {
        var (id, fields) = (customer.Id, FieldsOf(customer));
        var isOnList = _list.TryGetValue(id, out var known);
        var last = _refused.GetValueOrDefault(id, known!);
        if (last is not null && last.SequenceEqual(fields))
        {
            return run with { Unchanged = run.Unchanged + 1 };
        }

        var one = isOnList ? new Counts(0, 1, 0) : new Counts(1, 0, 0);
        if (customer.Email.EndsWith($"@{FirstDay.RefusedDomain}", StringComparison.Ordinal))
        {
            _refused[id] = fields;
            return run with { Rejected = run.Rejected + one };
        }

        _refused.Remove(id);
        _list[id] = fields;
        return run with { Delivered = run.Delivered + one };
    }

    /// <summary>Three or more orders, the last of them within 60 days, not staff.</summary>
    private static bool IsInSegment(Customer customer, DateTimeOffset asOf) =>
        customer.Orders >= 3 && IsRecent(customer, asOf) && !customer.Tags.Contains("staff");

    private static bool IsRecent(Customer customer, DateTimeOffset asOf) => customer.LastOrderAt > asOf - Recent && customer.LastOrderAt <= asOf;

    private static string WhyLeft(Customer customer, DateTimeOffset asOf) => customer switch
    {
        { Consent: not MarketingConsent.Granted } => "consent withdrawn",
        { Orders: < 3 } => "order refunded",
        _ when customer.Tags.Contains("staff") => "now staff",
        _ => IsRecent(customer, asOf) ? "for no reason" : "60 days passed",
    };

    /// <summary>The fields of the demo's mapping, each in the one spelling that <see cref="AudienceReceiver"/> also brings them to.</summary>
    private static ImmutableSortedDictionary<string, string> FieldsOf(Customer customer)
    {
        var fields = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        fields["user_id"] = customer.Id;
        fields["email"] = customer.Email;
        fields["name"] = $"{customer.FirstName} {customer.LastName}";
        fields["country"] = customer.Country;
        fields["orders"] = Spell(customer.Orders);
        fields["revenue"] = Spell(customer.Revenue);
        fields["last_order_at"] = ProfileChange.Text(customer.LastOrderAt!.Value);
        if (customer.Phone is { } phone)
        {
            fields["phone"] = phone;
        }

        return fields.ToImmutable();
    }

    /// <summary>A number without the zeros at its end that change nothing.</summary>
    public static string Spell(decimal number) => number.ToString("0.############################", CultureInfo.InvariantCulture);
}

/// <summary>What a sync must have done.</summary>
internal sealed record ExpectedRun
{
    public int Members { get; init; }

    public int ConsentBlocked { get; init; }

    public int Unchanged { get; init; }

    public Counts Delivered { get; init; }

    public Counts Rejected { get; init; }

    public Counts Planned => Delivered + Rejected;

    /// <summary>Reason → how many were removed for it.</summary>
    public ImmutableSortedDictionary<string, int> Left { get; init; } = ImmutableSortedDictionary<string, int>.Empty;
}
