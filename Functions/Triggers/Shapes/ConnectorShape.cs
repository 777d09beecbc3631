using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;

namespace AudienceSync.Triggers.Shapes;

/// <summary>A connector: what it can do, and what its connections and mappings ask for.</summary>
internal sealed record ConnectorShape
{
    /// <summary>What connections name it by.</summary>
    public required string Type { get; init; }

    public required string DisplayName { get; init; }

    public required string Summary { get; init; }

    public required string DocsUrl { get; init; }

    /// <summary><c>https</c>, or what it speaks instead.</summary>
    public required string Transport { get; init; }

    /// <summary>How the platform says what became of each row.</summary>
    public required string RowAnswers { get; init; }

    /// <summary>What to know before using it.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Where its facts are from.</summary>
    public required IReadOnlyList<ConnectorSourceShape> Sources { get; init; }

    /// <summary>JSON Schema (2020-12) of a connection's <c>settings</c>.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Settings { get; init; }

    /// <summary>JSON Schema (2020-12) of a connection's <c>secrets</c>.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Secrets { get; init; }

    public required CapabilitiesShape Capabilities { get; init; }

    public required FieldRulesShape Fields { get; init; }

    /// <summary>JSON Schema (2020-12) of a destination's <c>mapping</c>.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Mapping { get; init; }

    /// <summary>What a destination gets that names no mapping.</summary>
    public required IReadOnlyList<DefaultMappingShape> DefaultMapping { get; init; }
}

/// <param name="Read">Year and month.</param>
internal sealed record ConnectorSourceShape(string Title, string Url, string Read);

internal sealed record DefaultMappingShape(string From, string To, bool Identifier);

/// <summary>What the platform can do. A limit that is null is none.</summary>
internal sealed record CapabilitiesShape
{
    public required IReadOnlyList<DeliveryForm> Forms { get; init; }

    public required IReadOnlyList<DeliveryOperation> Operations { get; init; }

    public required bool Removes { get; init; }

    public required bool Upserts { get; init; }

    public required int RowsPerBatch { get; init; }

    public required int? RemovalsPerBatch { get; init; }

    public required int? MaxBodyBytes { get; init; }

    public required int ConcurrentCalls { get; init; }

    public required double? CallsPerSecond { get; init; }

    public required int? CallsPerDay { get; init; }

    public required bool MixesOperations { get; init; }

    public required bool FullFiles { get; init; }

    public required bool OneCallPerAudience { get; init; }

    /// <summary>The platform takes batches as jobs that are asked about later.</summary>
    public required bool Jobs { get; init; }

    public required bool CreatesAudience { get; init; }

    public required bool FindsAudience { get; init; }

    /// <summary>A connection may be the source of destinations.</summary>
    public required bool AnswersQueries { get; init; }

    /// <summary><c>GET /connections/{id}/objects</c> works.</summary>
    public required bool ListsObjects { get; init; }

    /// <summary>What becomes of a row that the platform's answer does not mention.</summary>
    public required string UnmentionedRow { get; init; }

    /// <summary>Where the platform takes an id by which it knows a repeated call; null where it takes none.</summary>
    public required string? DedupeId { get; init; }

    /// <summary>The modes that destinations may have.</summary>
    public required IReadOnlyList<DestinationMode> Modes { get; init; }
}

/// <summary>What the fields of a mapping must be.</summary>
internal sealed record FieldRulesShape
{
    /// <summary>How many of the identifiers a member needs.</summary>
    public required IdentifierNeed Need { get; init; }

    public required IReadOnlyList<IdentifierShape> Identifiers { get; init; }

    public required IReadOnlyList<string> Known { get; init; }

    public required bool OnlyKnown { get; init; }

    /// <summary>What other names must look like.</summary>
    public required string? NamePattern { get; init; }

    public required string? NameHint { get; init; }

    public required IReadOnlyList<string> Required { get; init; }

    public required IReadOnlyList<TypedFieldShape> Typed { get; init; }
}

/// <param name="From">The identifier of a profile that it usually is.</param>
/// <param name="Normalization">What is done to a value, in order.</param>
internal sealed record IdentifierShape(string Name, string From, IReadOnlyList<string> Normalization);

internal sealed record TypedFieldShape(string Name, FieldType Type);
