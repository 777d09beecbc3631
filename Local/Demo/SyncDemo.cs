using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.Demo;

/// <summary>The story: customers, a segment, a destination, a first sync, a second day, a second sync, and one more that finds nothing to do.</summary>
internal sealed class SyncDemo(ApiClient api, AudienceReceiver receiver, Terminal terminal, ShopClock clock)
{
    private const int Seed = 20_260_101;
    private const int BatchSize = 500;

    private readonly IndependentCount _count = new();
    private readonly List<string> _differences = [];
    private string _destinationId = "";

    public string DestinationId => _destinationId;

    public string SegmentId { get; private set; } = "";

    /// <summary>Where what happened is not what the independent count says must happen.</summary>
    public IReadOnlyList<string> Differences => _differences;

    public async Task<(SyncResult First, SyncResult Second)> RunAsync(CancellationToken cancellationToken)
    {
        var random = new Random(Seed);
        var customers = FirstDay.Generate(random, clock);

        terminal.Title("Day one");
        await LoadAsync($"{customers.Length:N0} customers", [.. customers.Select(customer => new ProfileChange(ProfileChangeKind.Identify, customer, clock.DayOne))], cancellationToken);
        await CreateAsync(cancellationToken);
        var first = await SyncAsync("First sync", customers, clock.DayOne, cancellationToken);

        terminal.Title("Day two");
        var day = SecondDay.Generate(random, customers, clock);
        await LoadAsync($"{day.Operations.Length:N0} changes of the day", day.Operations, cancellationToken);
        await EraseAsync([.. day.Operations.Where(change => change.Kind is ProfileChangeKind.Erase).Select(change => change.Customer.Id)], cancellationToken);
        var second = await SyncAsync("Second sync", day.Customers, clock.DayTwo, cancellationToken);
        var third = await SyncAsync("Third sync, without news", day.Customers, clock.DayTwo, cancellationToken);
        if (third.Requests != 0)
        {
            _differences.Add($"Third sync: {third.Requests} requests where nothing had changed");
        }

        CompareLists();
        return (first, second);
    }

    /// <summary>Who asked to be forgotten is taken off by runs of their own, which wait for no schedule.</summary>
    private async Task EraseAsync(string[] people, CancellationToken cancellationToken)
    {
        var expected = new Counts(0, 0, _count.Erase(people));
        await terminal.StepAsync($"Forget {people.Length} of them", async _ =>
        {
            await api.WaitForErasuresAsync(cancellationToken);
            return $"{expected.Remove} taken off the receiver's list";
        });
        var received = receiver.TakeCounts();
        Same("Erasures", "taken by the receiver", received.Accepted, expected);
        Same("Erasures", "refused by the receiver", received.Refused, default);
    }

    private Task LoadAsync(string what, ImmutableArray<ProfileChange> changes, CancellationToken cancellationToken) =>
        terminal.StepAsync($"Load {what}", async tell =>
        {
            var done = 0;
            foreach (var chunk in changes.Chunk(BatchSize))
            {
                var answer = await api.PostAsync("profiles/batch", new() { ["operations"] = new JsonArray([.. chunk.Select(change => change.ToJson())]) }, cancellationToken);
                if ((int)answer["failed"]! != 0)
                {
                    throw new DemoException($"{answer["failed"]} of {chunk.Length} operations were refused:\n{answer.ToJsonString()}");
                }

                tell($"{done += chunk.Length:N0} of {changes.Length:N0}");
            }

            return null;
        });

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        await terminal.StepAsync("Create the segment “Loyal and recent”", async _ =>
        {
            var segment = await api.PostAsync("segments", Requests.Segment(), cancellationToken);
            SegmentId = (string)segment["id"]!;
            return "three or more orders, the last within 60 days, not staff";
        });
        var connectionId = "";
        await terminal.StepAsync("Create the connection to the receiver", async _ =>
        {
            var connection = await api.PostAsync("connections", Requests.Connection(receiver.Url, receiver.Secret), cancellationToken);
            connectionId = (string)connection["id"]!;
            var check = await api.PostAsync($"connections/{connectionId}/checks", [], cancellationToken);
            return (bool)check["ok"]! ? $"checked, {receiver.Url}" : throw new DemoException($"The connection check failed:\n{check.ToJsonString()}");
        });
        await terminal.StepAsync("Create the destination", async _ =>
        {
            var destination = await api.PostAsync("destinations", Requests.Destination(SegmentId, connectionId), cancellationToken);
            _destinationId = (string)destination["id"]!;
            return "8 fields, asks for consent to marketing";
        });
    }

    private async Task<SyncResult> SyncAsync(string title, ImmutableArray<Customer> customers, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var expected = _count.Sync(customers, asOf);
        receiver.TakeCounts();
        SyncResult? result = null;
        await terminal.StepAsync(title, async tell =>
        {
            var watch = Stopwatch.StartNew();
            var started = await api.StartRunAsync(_destinationId, new() { ["asOf"] = ProfileChange.Text(asOf) }, cancellationToken);
            var run = await api.WaitAsync((string)started["id"]!, state => tell((string)state["status"]!), cancellationToken);
            result = SyncResult.Read(run, expected, watch.Elapsed);
            return result.Delivered.Total == 0 ? $"nothing to send, {result.Requests} requests" : $"{result.Delivered}";
        });
        Compare(title, result!, receiver.TakeCounts());
        return result!;
    }

    private void Compare(string title, SyncResult result, Received received)
    {
        var expected = result.Expected;
        Same(title, "status", result.Status, expected.Rejected.Total > 0 ? "partial" : "succeeded");
        Same(title, "members", result.Members, expected.Members);
        Same(title, "blocked by consent", result.ConsentBlocked, expected.ConsentBlocked);
        Same(title, "unchanged", result.Unchanged, expected.Unchanged);
        Same(title, "planned", result.Planned, expected.Planned);
        Same(title, "delivered", result.Delivered, expected.Delivered);
        Same(title, "rejected", result.Rejected, expected.Rejected);
        Same(title, "carried over", result.CarriedOver, default);
        Same(title, "taken by the receiver", received.Accepted, expected.Delivered);
        Same(title, "refused by the receiver", received.Refused, expected.Rejected);
        Same(title, "calls to the receiver", received.Requests, result.Requests);
    }

    private void Same<T>(string title, string what, T actual, T wanted)
        where T : IEquatable<T>
    {
        if (!actual.Equals(wanted))
        {
            _differences.Add(string.Create(CultureInfo.InvariantCulture, $"{title}, {what}: {actual}; the independent count says {wanted}"));
        }
    }

    /// <summary>The receiver's list against the independent one: member by member, field by field.</summary>
    private void CompareLists()
    {
        const int shown = 10;
        var (actual, wanted) = (receiver.List(), _count.List);
        List<string> differences =
        [
            .. actual.Keys.Except(wanted.Keys).Select(id => $"{id} is on the receiver's list and must not be"),
            .. wanted.Keys.Except(actual.Keys).Select(id => $"{id} is missing on the receiver's list"),
            .. wanted.Where(member => actual.TryGetValue(member.Key, out var fields) && !fields.SequenceEqual(member.Value))
                .Select(member => $"{member.Key} has other fields: {string.Join(", ", actual[member.Key].Except(member.Value))} instead of {string.Join(", ", member.Value.Except(actual[member.Key]))}"),
            .. receiver.Complaints.Distinct().Select(complaint => $"The receiver complains: {complaint}"),
        ];
        _differences.AddRange(differences.Take(shown));
        if (differences.Count > shown)
        {
            _differences.Add($"… and {differences.Count - shown} more");
        }
    }
}
