using System.Collections.Immutable;
using AudienceSync.Faults;

namespace AudienceSync.Connectors.Kit;

/// <summary>A platform: its capability card and its pure functions. Data, not behaviour: the kit sends, reads, redacts and records.</summary>
/// <remarks>A connector never touches a clock, storage or an HTTP client: time comes in with the batch or the signing context.</remarks>
public sealed record ConnectorDefinition
{
    /// <summary>Stable slug: <c>webhook</c>, <c>azure-blob</c>.</summary>
    public required string Type { get; init; }

    public required string DisplayName { get; init; }

    /// <summary>What the platform can do, whatever the settings; see <see cref="CapabilitiesOf"/>.</summary>
    public required Capabilities Capabilities { get; init; }

    /// <summary>Where the platform documents what the connector uses.</summary>
    public required Uri DocsUrl { get; init; }

    /// <summary>One or two sentences for the catalogue and the connector's page: what happens to members there. Ends with a full stop.</summary>
    public string Summary { get; init; } = "";

    /// <summary>How the platform answers for single rows, in words for the connector's page. Ends with a full stop.</summary>
    public string RowAnswers { get; init; } = "";

    /// <summary>What a user must know before using it (plans, permissions, what an exit does not do), a sentence or two each.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>Where the wire facts are from, beside <see cref="DocsUrl"/>.</summary>
    public ImmutableArray<SourceLink> Sources { get; init; } = [];

    /// <summary>What is spoken instead of HTTP, by an <see cref="ITransport"/> of this type; null for HTTP, whose requests <see cref="Steps"/> and the others build.</summary>
    public string? Transport { get; init; }

    /// <summary>A connection answers queries (<see cref="IQuerySource"/>): it can be the source of a destination.</summary>
    public bool AnswersQueries { get; init; }

    /// <summary>A connection lists what it reaches (<see cref="IObjectBrowser"/>).</summary>
    public bool ListsObjects { get; init; }

    /// <summary>Settings and secrets of a connection, in the order a form shows them. They drive validation, schema, form and redaction.</summary>
    public required ImmutableArray<SettingField> Settings { get; init; }

    /// <summary>Which targets a mapping may and must have.</summary>
    public FieldRules Fields { get; init; } = FieldRules.Free;

    /// <summary>The mapping a new destination begins with.</summary>
    public ImmutableArray<DefaultMapping> DefaultMapping { get; init; } = [];

    /// <summary>Rules across several settings ("one of key or token"); those of one field are its own. Pointers as in <see cref="SettingRules"/>.</summary>
    public Func<ConnectorSettings, ImmutableArray<Fault>>? CheckSettings { get; init; }

    /// <summary>Why nothing of a batch can be sent (its list is not named, a setting is missing that its form needs); null when it can. Asked before the first call.</summary>
    public Func<DeliveryBatch, ConnectorSettings, DeliveryOutcome?>? CheckBatch { get; init; }

    /// <summary>Why a row cannot be sent as it is (too long, not of the form the platform takes); null when it can. It is settled so without a call, and the rest is sent.</summary>
    public Func<DeliveryRow, DeliveryBatch, ConnectorSettings, RowOutcome?>? CheckRow { get; init; }

    /// <summary>The card under given settings and for one form of delivery, for platforms where these decide a limit.</summary>
    public Func<ConnectorSettings, DeliveryForm, Capabilities>? CapabilitiesFor { get; init; }

    /// <summary>The conversation that delivers a batch: each step in order until one gives an outcome. Steps that run out mean all rows accepted. Empty only with a <see cref="Transport"/>.</summary>
    public ImmutableArray<Step<DeliveryBatch>> Steps { get; init; } = [];

    /// <summary>Asks after a job that <see cref="DeliveryOutcome.Pending"/> named; needed by connectors that give it.</summary>
    public ImmutableArray<Step<DeliveryJob>> PollJob { get; init; } = [];

    /// <summary>What is sent after all batches of a run: the manifest of a set of files.</summary>
    public ImmutableArray<Step<DeliveryCompletion>> Complete { get; init; } = [];

    /// <summary>The cheapest call that proves address, credentials and permission. Null only with a <see cref="Transport"/>.</summary>
    public Step<ConnectionProbe>? Check { get; init; }

    /// <summary>Looks the audience up on the platform; gives <see cref="StepResult.Found"/>, or runs out when there is none.</summary>
    public ImmutableArray<Step<AudienceRef>> FindAudience { get; init; } = [];

    /// <summary>Creates the audience; gives <see cref="StepResult.Found"/>. A lost race (it exists by now) is found too.</summary>
    public ImmutableArray<Step<AudienceRef>> CreateAudience { get; init; } = [];

    /// <summary>Whether audiences have ids that are found or created, where settings decide it (membership as an attribute has none). Null for yes.</summary>
    public Func<ConnectorSettings, bool>? HasAudiences { get; init; }

    /// <summary>Signs each request, or adds its credentials, when its bytes are final; called anew for each attempt.</summary>
    public Action<SigningContext>? Authorize { get; init; }

    /// <summary>An access token fetched before the first call; kept per connection until shortly before it ends.</summary>
    public TokenSource? Token { get; init; }

    /// <summary>Audiences are looked up on the platform.</summary>
    public bool CanFindAudience => !FindAudience.IsEmpty || Transport is not null;

    /// <summary>Audiences that are not there are created.</summary>
    public bool CanCreateAudience => !CreateAudience.IsEmpty || Transport is not null;

    /// <summary>Whether a connection with these settings finds or creates audiences.</summary>
    public bool FindsAudiences(ConnectorSettings settings) => (CanFindAudience || CanCreateAudience) && HasAudiences?.Invoke(settings) is not false;

    /// <summary>Why a row cannot be sent: nobody could be found by it, or the connector's own rule; null when it can.</summary>
    internal RowOutcome? Judge(DeliveryRow row, DeliveryBatch batch, ConnectorSettings settings) =>
        Fields.CheckSendable(row.Fields, complete: batch.Form is DeliveryForm.Membership && row.Operation is not DeliveryOperation.Remove) is var (code, detail)
            ? new(RowFate.Rejected, code, detail)
            : CheckRow?.Invoke(row, batch, settings);

    /// <summary>The card that holds for a connection with these settings: what planning, pacing and batching go by.</summary>
    public Capabilities CapabilitiesOf(ConnectorSettings settings, DeliveryForm form = DeliveryForm.Membership) =>
        CapabilitiesFor?.Invoke(settings, form) ?? Capabilities;
}

/// <summary>A page that wire facts are from.</summary>
/// <param name="Title">What the page is about: <c>Lists API, v3</c>.</param>
/// <param name="Url">https.</param>
/// <param name="Read">When it was read, as year and month: <c>2026-11</c>.</param>
public sealed record SourceLink(string Title, string Url, string Read);

/// <summary>A submitted job and the batch it carries.</summary>
public sealed record DeliveryJob(DeliveryBatch Batch, string JobId);

/// <summary>What a check knows: when it is made.</summary>
/// <param name="Id">Fresh for each check; <c>msg_…</c>.</param>
public sealed record ConnectionProbe(string Id, DateTimeOffset At);

/// <summary>One line of the mapping a new destination begins with: <paramref name="From"/> is an attribute or identifier of profiles.</summary>
public sealed record DefaultMapping(string From, string To, bool IsIdentifier = false);
