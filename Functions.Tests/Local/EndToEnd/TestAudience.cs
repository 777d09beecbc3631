using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>A small segment with a destination of its own, and what its list must be.</summary>
internal sealed class TestAudience
{
    private static readonly string[] Strangers = ["stranger-1", "stranger-2", "stranger-3"];

    private readonly string _key;
    private readonly Receiver _receiver;
    private readonly (int Level, string Note, string Email)[] _people;

    private TestAudience(string key, Receiver receiver, int size)
    {
        (_key, _receiver) = (key, receiver);
        _people = [.. Enumerable.Range(0, size).Select(number => (number % 10 == 0 ? 0 : number, "new", $"{key}.{number}@example.com"))];
    }

    public string ConnectionId { get; private set; } = "";

    public string DestinationId { get; private set; } = "";

    /// <summary>Ids of the members there must be, without strangers.</summary>
    public IReadOnlyList<string> MemberIds => [.. Enumerable.Range(0, _people.Length).Where(number => _people[number].Level > 0).Select(Id)];

    /// <summary>Sends the profiles, and makes segment, connection and destination. Nine of ten people are members.</summary>
    /// <param name="key">Sets its people apart from those of other audiences of the app.</param>
    /// <param name="settings">Further settings of the connection, as members of a JSON object.</param>
    public static async Task<TestAudience> CreateAsync(ApiClient api, Receiver receiver, string key, int size, string settings = "", string? secrets = null)
    {
        var audience = new TestAudience(key, receiver, size);
        foreach (var stranger in Strangers)
        {
            receiver.AddStranger(stranger);
        }

        await api.IngestAsync(Enumerable.Range(0, size).Select(audience.Operation));
        var segment = await api.CreateSegmentAsync(key, $$"""{"all":[{"attr":"group","op":"eq","value":"{{key}}"},{"attr":"level","op":"gte","value":1}]}""");
        audience.ConnectionId = await api.CreateWebhookAsync(receiver, settings, secrets);
        audience.DestinationId = await api.CreateDestinationAsync(key, segment, audience.ConnectionId, "email", "level", "note");
        return audience;
    }

    /// <summary>Makes the email a part of the match key: whoever changes it is removed under the old one and added under the new.</summary>
    public async Task MatchByEmailAsync(ApiClient api)
    {
        var destination = (await api.GetAsync($"destinations/{DestinationId}")).ShouldBe(200);
        var mapping = destination.Json["mapping"]!.AsArray();
        mapping.Single(entry => entry!["to"]!.GetValue<string>() == "email")!["identifier"] = true;
        (await api.PatchAsync($"destinations/{DestinationId}", new JsonObject { ["mapping"] = mapping.DeepClone() }.ToJsonString(), destination.ETag)).ShouldBe(200);
    }

    /// <summary>Some enter, some leave, some change; with <paramref name="emails"/> some get a new email.</summary>
    public async Task ChangeAsync(ApiClient api, bool emails = false)
    {
        List<JsonObject> operations = [];
        for (var number = 0; number < _people.Length; number++)
        {
            var person = _people[number];
            _people[number] = (number % 7) switch
            {
                0 => person with { Level = person.Level > 0 ? 0 : 5 },
                1 => person with { Note = "changed" },
                2 when emails => person with { Email = $"new.{person.Email}" },
                _ => person,
            };
            if (_people[number] != person)
            {
                operations.Add(Operation(number));
            }
        }

        await api.IngestAsync(operations);
    }

    /// <summary>Changes one person's note.</summary>
    public async Task NoteAsync(ApiClient api, int number, string note)
    {
        _people[number] = _people[number] with { Note = note };
        await api.IngestAsync([Operation(number)]);
    }

    /// <summary>Sends every profile as it is by now, once more.</summary>
    public Task SendAllAsync(ApiClient api) => api.IngestAsync(Enumerable.Range(0, _people.Length).Select(Operation));

    /// <summary>Sets levels; 0 is no member.</summary>
    public async Task SetLevelsAsync(ApiClient api, IReadOnlyList<(int Number, int Level)> levels)
    {
        foreach (var (number, level) in levels)
        {
            _people[number] = _people[number] with { Level = level };
        }

        await api.IngestAsync(levels.Select(change => Operation(change.Number)));
    }

    /// <summary>The list is the segment, member by member and field by field, and whoever was on it before us.</summary>
    /// <param name="without">Members who are not there yet, or any more.</param>
    public void ShouldBeOnTheList(params IEnumerable<string> without)
    {
        var expected = Strangers.ToDictionary(id => id, Receiver.Stranger, StringComparer.Ordinal);
        foreach (var number in Enumerable.Range(0, _people.Length).Where(number => _people[number].Level > 0 && !without.Contains(Id(number))))
        {
            var (level, note, email) = _people[number];
            expected.Add(Id(number), new() { ["user_id"] = Id(number), ["email"] = email, ["level"] = level, ["note"] = note });
        }

        ListComparison.ShouldEqual(_receiver.Members, expected);
    }

    public string Id(int number) => $"{_key}-{number}";

    private JsonObject Operation(int number) => new()
    {
        ["op"] = "identify",
        ["id"] = Id(number),
        ["identifiers"] = new JsonObject { ["email"] = _people[number].Email },
        ["attributes"] = new JsonObject { ["group"] = _key, ["level"] = _people[number].Level, ["note"] = _people[number].Note },
    };
}
