using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Journeys;

/// <summary>Steps of a customer's way, each of which sends whoever enters it to destinations. What the way looks like is decided elsewhere: entries are told to us, or come by segments.</summary>
public sealed record Journey : IListed
{
    /// <summary><c>jrn_…</c></summary>
    public required string Id { get; init; }

    /// <summary>Unique, never changes.</summary>
    public required string Key { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>While it is not, none of its destinations runs, and nobody enters.</summary>
    public required bool Enabled { get; init; }

    public required ImmutableArray<JourneyStep> Steps { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Raised by each change: the API's ETag.</summary>
    public required int Revision { get; init; }

    [JsonIgnore]
    public string ETag => $"\"{Revision}\"";

    /// <summary>Given by the store, which replaces no other version; not part of the document.</summary>
    [JsonIgnore]
    public string Version { get; init; } = "";

    public JourneyStep? Find(string stepKey) => Steps.FirstOrDefault(step => step.Key == stepKey);
}

/// <param name="Key">What destinations know the step by: <c>j_o_</c>, the first name as a slug, <c>__</c> and a random ending. Never changes.</param>
/// <param name="EntrySegmentId">Whose members enter by themselves; null where entries are told alone.</param>
public sealed record JourneyStep(string Key, string Name, string? EntrySegmentId)
{
    /// <summary>Those who entered, whenever it was.</summary>
    /// <param name="entrySegment">The entry segment's rules, where there is one.</param>
    internal RuleNode Rule(RuleNode? entrySegment)
    {
        var entered = new RuleNode.Compare(ProfileColumns.Journey(Key), RuleOperator.Exists, RuleOperand.None.Value);
        return entrySegment is null ? entered : new RuleNode.Any([entered, entrySegment]);
    }
}
