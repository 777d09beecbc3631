using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using AudienceSync.Benchmarks.Sample;
using AudienceSync.Connectors;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Benchmarks.Payloads;

/// <summary>One way to turn a batch of members into the bytes of a request.</summary>
/// <param name="Name">As in the JSON.</param>
/// <param name="Fields">Targets of the mapping, and which attribute of the sample fills each.</param>
/// <param name="Connector">Null: no connector but <see cref="PlainPayload"/>.</param>
/// <param name="Rival">The plain loop it is set against: the same members, as many hashes.</param>
/// <param name="Hashes">Values hashed a member.</param>
internal sealed record PayloadCase(string Name, string Title, ImmutableArray<(string Field, string Attribute)> Fields, string? Connector, string? Rival, int Hashes)
{
    public const int BatchMembers = 1_000;

    private static readonly ImmutableArray<(string, string)> One = [("EMAIL", "email")];
    private static readonly ImmutableArray<(string, string)> Four = [("EMAIL", "email"), ("PHONE", "phone"), ("LN", "last_name"), ("FN", "first_name")];
    private static readonly ImmutableArray<(string, string)> Seven =
        [("user_id", "id"), ("email", "email"), ("phone", "phone"), ("first_name", "first_name"), ("last_name", "last_name"), ("amount", "amount"), ("day", "day")];

    public static ImmutableArray<PayloadCase> All { get; } =
    [
        new("metaOne", "Meta, 1 hashed field", One, "meta-custom-audiences", "plainOne", 1),
        new("metaFour", "Meta, 4 hashed fields", Four, "meta-custom-audiences", "plainFour", 4),
        new("webhook", "webhook, 7 fields", Seven, "webhook", "plainNone", 0),
        new("klaviyo", "Klaviyo, 5 fields", [("external_id", "id"), ("email", "email"), ("phone_number", "phone"), ("first_name", "first_name"), ("last_name", "last_name")], "klaviyo", "plainNone", 0),
        new("plainOne", "objects + JsonSerializer + SHA256.HashData, 1 hashed field", One, null, null, 1),
        new("plainFour", "objects + JsonSerializer + SHA256.HashData, 4 hashed fields", Four, null, null, 4),
        new("plainNone", "objects + JsonSerializer, 7 fields", Seven, null, null, 0),
    ];

    /// <summary>The connector's definition; null for a plain loop.</summary>
    /// <exception cref="BenchmarkException">This build has no such connector.</exception>
    public ConnectorDefinition? Definition => Connector is null
        ? null
        : ConnectorList.All.All.FirstOrDefault(definition => definition.Type == Connector) ?? throw new BenchmarkException($"This build has no connector '{Connector}'.");

    /// <summary>Batches of members who enter.</summary>
    public ImmutableArray<DeliveryBatch> Batches(int count)
    {
        var rows = new List<DeliveryRow>();
        var sink = new Rows(rows, Fields);
        new Members(Generation.Older, count * BatchMembers).Read(0, 1, ref sink);
        return [.. rows.Chunk(BatchMembers).Select((chunk, number) => new DeliveryBatch
        {
            Audience = new("dst_benchmark", "benchmark", "Benchmark", "1200"),
            Form = DeliveryForm.Membership,
            RunId = "run_benchmark",
            MessageId = $"msg_{number}",
            Number = number,
            AsOf = ProfileSample.AsOf,
            FieldNames = [.. Fields.Select(field => field.Field)],
            Rows = [.. chunk],
        })];
    }

    /// <summary>The settings of a connection: defaults, and something in each that must be there.</summary>
    public static ConnectorSettings Settings(ConnectorDefinition definition) => new(
        "con_benchmark",
        definition.Settings.Where(field => field.Kind is not SettingKind.Secret && (field.Default is not null || field.Required))
            .ToImmutableDictionary(field => field.Name, field => field.Default ?? (field.Kind is SettingKind.Url ? "https://receiver.example/audience" : "1200")),
        definition.Settings.Where(field => field is { Kind: SettingKind.Secret, Required: true }).ToImmutableDictionary(field => field.Name, _ => "secret-of-benchmarks"));

    /// <summary>The digest that must stand in a body for the first member's address.</summary>
    public static string DigestOfEmail(DeliveryBatch batch) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(batch.Rows[0].Fields["EMAIL"].AsText())));

    private readonly struct Rows(List<DeliveryRow> rows, ImmutableArray<(string Field, string Attribute)> fields) : IMemberSink
    {
        public void Take(in Member member)
        {
            var row = new Row();
            foreach (var (field, attribute) in fields)
            {
                row[field] = attribute switch
                {
                    "id" => Text(member.Id),
                    "email" => Text(member.Email),
                    "phone" => Text(member.Phone),
                    "first_name" => Text(member.FirstName),
                    "last_name" => Text(member.LastName),
                    "amount" => Cell.Of(member.Cents / 100m),
                    _ => Cell.Of(DateOnly.FromDayNumber(member.Day)),
                };
            }

            var id = Encoding.UTF8.GetString(member.Id);
            rows.Add(new($"op_{id}", id, DeliveryOperation.Add, row));
        }

        private static Cell Text(ReadOnlySpan<byte> text) => Cell.Of(Encoding.UTF8.GetString(text));
    }
}
