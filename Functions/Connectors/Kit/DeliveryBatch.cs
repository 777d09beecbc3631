using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit;

/// <summary>What is done with a member on a platform.</summary>
public enum DeliveryOperation
{
    Add = 1,
    Update = 2,
    Remove = 3,
}

/// <summary>How a destination speaks to its platform.</summary>
public enum DeliveryForm
{
    /// <summary>Members of a list, audience, tag, cohort …</summary>
    Membership,

    /// <summary>One event a person: Audience Entered, Changed, Exited (or identify).</summary>
    Events,

    /// <summary>Files of rows; accepted when the whole set is published.</summary>
    File,
}

/// <summary>The list, audience or stream a batch is for.</summary>
/// <param name="Id">The destination's id.</param>
/// <param name="Key">As event payloads name it: the destination's key with underscores, <c>lapsed_loyal</c>, or the key of a journey's step.</param>
/// <param name="ExternalId">The platform's id, once known.</param>
public sealed record AudienceRef(string Id, string Key, string Name, string? ExternalId)
{
    /// <summary>What will be written there, for platforms where the place for it is made: a table's columns. Null where nobody asks.</summary>
    [JsonIgnore]
    public AudienceShape? Shape { get; init; }

    /// <summary>What events say about the step of a journey that it stands for; null for any other audience.</summary>
    public JourneyStepRef? Step { get; init; }
}

/// <summary>The step of a journey that an audience stands for. Members enter it, and never leave it.</summary>
/// <param name="SpaceId">Names the installation.</param>
/// <param name="Integration">The only one that its events are for, as receivers of the Segment spec read it.</param>
public sealed record JourneyStepRef(string SpaceId, string Integration);

/// <summary>What is written to an audience.</summary>
/// <param name="Fields">The targets of the mapping, in its order.</param>
public sealed record AudienceShape(DeliveryForm Form, ImmutableArray<AudienceField> Fields);

/// <param name="Type">As far as it is known, else <see cref="CellType.Text"/>.</param>
/// <param name="IsKey">The mapping marks it as an identifier: members are told apart by it.</param>
public sealed record AudienceField(string Name, CellType Type, bool IsKey);

/// <summary>One member to deliver.</summary>
/// <param name="OperationId">Stable over every retry of this operation; the platform's dedupe id where it has one.</param>
/// <param name="Fields">The rendered mapping by target name; of a removal the identifier fields as last accepted.</param>
public sealed record DeliveryRow(string OperationId, string ProfileId, DeliveryOperation Operation, Row Fields)
{
    /// <summary>The platform's own id of the person, from an earlier run or an earlier step; null until it is known.</summary>
    public string? RemoteId { get; init; }

    /// <summary>An earlier step of this conversation created the person: nothing is left to update.</summary>
    public bool IsCreated { get; init; }

    /// <summary>Place in the batch that the conversation is about, whatever part the row is in.</summary>
    internal int Place { get; init; }
}

/// <summary>The unit a connector sends in one go.</summary>
public sealed record DeliveryBatch
{
    public required AudienceRef Audience { get; init; }

    public required DeliveryForm Form { get; init; }

    /// <summary>Stable id of the run, for file names and traces.</summary>
    public required string RunId { get; init; }

    /// <summary>Stable id of this very set of rows (a halved batch has another): <c>msg_…</c>, the same on each retry.</summary>
    public required string MessageId { get; init; }

    /// <summary>Number of the batch in its run, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>When the run's rules were evaluated: the time of its events and files.</summary>
    public required DateTimeOffset AsOf { get; init; }

    /// <summary>The mode is <c>updateOnly</c>: people who are there get their attributes; nobody is put on the audience and nobody is created.</summary>
    public bool AttributesOnly { get; init; }

    /// <summary>Number of the try, from 1: for the record of what was said, not for what is sent.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The targets of the mapping, in its order: the columns of files, whose rows may lack some.</summary>
    public ImmutableArray<string> FieldNames { get; init; } = [];

    /// <summary>Those of <see cref="FieldNames"/> that the mapping marks as identifiers: what a removal carries.</summary>
    public ImmutableArray<string> KeyNames { get; init; } = [];

    public required ImmutableArray<DeliveryRow> Rows { get; init; }

    /// <summary>Why a batch for a list cannot be sent that nobody named or created; null for one that is known. For <see cref="ConnectorDefinition.CheckBatch"/>.</summary>
    public DeliveryOutcome? AudienceMissing => Audience.ExternalId is { Length: > 0 }
        ? null
        : new DeliveryOutcome.Misconfigured("audience_missing", "The audience's id on the platform is not known. Name it in the destination's audience.externalId.");

    /// <summary>Of a part of a batch, what sets it apart from the others: an operation, an identifier's field. Empty for a whole batch.</summary>
    public string Tag { get; init; } = "";

    /// <summary>The rows of one operation, in the order of the batch.</summary>
    public IEnumerable<DeliveryRow> RowsOf(DeliveryOperation operation) => Rows.Where(row => row.Operation == operation);

    /// <summary>The same delivery with fewer rows, under an id of its own.</summary>
    /// <param name="rows">Rows of this batch.</param>
    /// <param name="tag">See <see cref="Tag"/>; the same rows under another tag have another id.</param>
    public DeliveryBatch Part(IEnumerable<DeliveryRow> rows, string? tag = null)
    {
        ImmutableArray<DeliveryRow> chosen = [.. rows];
        var about = tag ?? Tag;
        var isWhole = chosen.Length == Rows.Length && about == Tag;
        return this with { Rows = chosen, Tag = about, MessageId = isWhole ? MessageId : MessageIds.Of(chosen.Select(row => row.OperationId), about) };
    }
}
