using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>Checks a destination against its source, its connection's card and the attributes there are: everything at once.</summary>
public sealed class DestinationValidator(
    MemberSources sources, IConnectionStore connections, IDestinationStore destinations, ConnectorCatalog connectors, IAttributeCatalog attributes,
    FillRates fillRates, QueryReader queries, LiveFields live)
{
    /// <summary>Issues of an unsaved destination; 422 when the body has another shape than a destination.</summary>
    /// <param name="mayQuery">Whether the caller may have a query prepared and tried.</param>
    public async Task<Result<DestinationIssues>> ValidateAsync(JsonElement body, bool mayQuery, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        if (DestinationInput.Read(body, faults) is not { } input || faults.Any(fault => fault.Code is JsonFields.WrongType or JsonFields.UnknownField))
        {
            return Refusal.Invalid(faults);
        }

        if (input.Source is DestinationSource.OfQuery && !mayQuery)
        {
            return new Refusal(RefusalKind.Forbidden, "forbidden", "Not allowed", "To have a query tried asks for the role 'editor', as to save one does.");
        }

        var verdict = await CheckAsync(input, faults, cancellationToken);
        if (input.Key is { } key && await destinations.FindByKeyAsync(key, cancellationToken) is { } other && other.Id != input.Id)
        {
            faults.Add(new("/key", "key_taken", $"Another destination has the key '{key}'. Choose another."));
        }

        List<Fault> low = [.. await LowFillRatesAsync(verdict, faults, cancellationToken), .. mayQuery ? await live.CheckAsync(verdict.Filled, verdict.Fields, faults, cancellationToken) : []];
        return new DestinationIssues([
            .. faults.Select(fault => DestinationIssue.Of(fault, IssueSeverity.Error)),
            .. verdict.Warnings.Concat(low).Select(fault => DestinationIssue.Of(fault, IssueSeverity.Warning)),
            .. verdict.Recommendations,
        ]);
    }

    /// <summary>Counted for those who ask whether a mapping is good, not for those who save one.</summary>
    private async Task<IEnumerable<Fault>> LowFillRatesAsync(DestinationVerdict verdict, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (verdict.Filled.Mapping is not { } mapping || mapping.Contains(null) || verdict.Filled.Source is not { } source
            || faults.Any(fault => fault.Pointer.StartsWith(verdict.Filled.SourcePointer, StringComparison.Ordinal) || fault.Code is "unknown_column" || fault.Code is "duplicate_target"))
        {
            return [];
        }

        ImmutableArray<MappingEntry> entries = [.. mapping.Select(entry => entry!)];
        return await fillRates.ReadAsync(source, entries, faults, cancellationToken) is { } sample
            ? MappingRules.WarnOfLowFillRates(entries, sample, verdict.Attributes, "/mapping")
            : [];
    }

    /// <summary>Looks up what the input refers to, fills what it leaves out, and adds every fault.</summary>
    /// <param name="facts">Of the source, where that need not exist yet; else it is looked up.</param>
    internal async Task<DestinationVerdict> CheckAsync(DestinationInput input, List<Fault> faults, CancellationToken cancellationToken, SourceFacts? facts = null)
    {
        CheckKey(input.Key, faults);
        var source = facts ?? await FindSourceAsync(input, faults, cancellationToken);
        var connection = await FindConnectionAsync(input, faults, cancellationToken);
        var connector = connection is null ? null : FindConnector(connection, faults);
        var defaults = connection is null ? null : DefaultsOf(input, connection, faults);
        CheckSchedule(input, source, faults);
        var filled = Fill(input, source, defaults, DefaultMode(source, defaults, connector));
        var written = filled.Mapping;
        filled = filled with { Mapping = SentAttributes.Complete(written, filled.Attributes, connector) };
        var before = faults.Count;
        if (filled.Mapping is null && !faults.Any(fault => fault.Pointer == "/fromDefaults"))
        {
            faults.Add(new("/mapping", "required", defaults is null
                ? "Say which fields are sent, such as [{\"from\":\"id\",\"to\":\"user_id\",\"identifier\":true}]."
                : $"The defaults of '{connection!.Name}' have no mapping. Send one here, or add it there: PATCH /api/v1/connections/{connection.Id} with {{\"defaults\":{{\"mapping\":[…]}}}}."));
        }

        if (source is { AddsOnly: true } && connection is { Status: ConnectionStatus.Unauthorized })
        {
            faults.Add(new("/connectionId", "not_connected", $"The platform refuses the credentials of '{connection.Name}': a step of a journey needs a connection that works. Mend it, and check it: POST /api/v1/connections/{connection.Id}/checks."));
        }

        if (source is { AddsOnly: true } && filled.Mode is not (DestinationMode.AddOnly or DestinationMode.Events))
        {
            faults.Add(new("/mode", "mode_adds_only", $"Whoever entered a step of a journey stays on its list: use addOnly, or events where the platform takes them; not {JsonFields.Spelling(filled.Mode!.Value)}.") { Suggestion = "addOnly" });
        }

        var mapping = filled.Mapping ?? [];
        ImmutableArray<MemberFilter?> filters = [];
        faults.AddRange(MappingRules.CheckSources(mapping, "/mapping"));
        var query = filled.Source as DestinationSource.OfQuery;
        var known = query is null ? await attributes.ReadAsync(cancellationToken) : await CheckQueryAsync(query, source, filled, connector, faults, cancellationToken);
        var isKnown = query is null || known.Count > 0;
        var expanded = isKnown ? CategoryMapping.Expand(mapping, known, ofProfiles: query is null, connector?.Fields ?? FieldRules.Free) : null;
        if (filled.Filters is { } given)
        {
            filters = FilterReader.Read(given, "/filters", known, faults);
            await CheckFiltersAsync(filters, filled, expanded, known, connector, faults, cancellationToken);
        }

        if (connector is not null)
        {
            CheckCard(filled, connection!, connector, faults);
            if (filled.Mapping is not null)
            {
                faults.AddRange(MappingRules.CheckTargets(mapping, connector.Fields, filled.Mode!.Value, "/mapping", expanded));
                faults.AddRange(MappingRules.CheckTypes(mapping, connector.Fields, known, "/mapping"));
            }
        }

        SentAttributes.Place(faults, before, filled.Attributes, written, filled.Mapping);
        return new(
            filled,
            source,
            [.. filters.OfType<MemberFilter>()],
            [
                .. query is null ? MappingRules.WarnOfUnknownSources(mapping, known, "/mapping") : [],
                .. connector is null ? [] : MappingRules.WarnOfOtherIdentifiers(mapping, connector.Fields, "/mapping"),
                .. expanded is null ? [] : MappingRules.WarnOfCategories(mapping, expanded, known, "/mapping"),
            ],
            connector is null || filled.Mapping is null ? [] : TrackingIdAdvice.Of(mapping, connector.Fields, "/mapping", expanded),
            known,
            expanded);
    }

    /// <summary>The connection's defaults, where they are asked for; null when they are not, or cannot be taken.</summary>
    private static DestinationDefaults? DefaultsOf(DestinationInput input, Connection connection, List<Fault> faults)
    {
        if (!input.FromDefaults)
        {
            return null;
        }

        if (connection.Defaults is not { } given)
        {
            faults.Add(new(
                "/fromDefaults", "no_defaults",
                $"'{connection.Name}' has no defaults. Give it some: PATCH /api/v1/connections/{connection.Id} with {{\"defaults\":{{\"mode\":\"mirror\",\"intervalMinutes\":360,\"mapping\":[…]}}}}. "
                + "Or leave fromDefaults out and send the mapping here."));
            return null;
        }

        // They were checked when they were saved; what has become wrong since is the connection's to mend.
        var stale = new List<Fault>();
        var defaults = DestinationDefaults.Read(given, "/defaults", stale);
        faults.AddRange(stale.Select(fault => new Fault(
            "/fromDefaults", fault.Code, $"The defaults of '{connection.Name}' do not hold any more, at {fault.Pointer}: {fault.Detail} PATCH /api/v1/connections/{connection.Id}.")));
        return stale.Count > 0 ? null : defaults;
    }

    private static DestinationInput Fill(DestinationInput input, SourceFacts? source, DestinationDefaults? defaults, DestinationMode mode)
    {
        var name = string.IsNullOrWhiteSpace(input.Name) ? source?.Name : input.Name.Trim();
        return input with
        {
            Name = name,
            Description = input.Description ?? source?.Description,
            AudienceName = string.IsNullOrWhiteSpace(input.AudienceName) ? (source is null ? null : defaults?.AudienceNameFor(source)) ?? source?.Name : input.AudienceName.Trim(),
            AudienceExternalId = string.IsNullOrEmpty(input.AudienceExternalId) ? null : input.AudienceExternalId,
            Mode = input.Mode ?? mode,
            Enabled = input.Enabled ?? true,
            AutoSync = input.AutoSync ?? true,
            Schedule = source?.Schedule ?? input.Schedule ?? defaults?.Schedule ?? Schedule.Default,
            Mapping = input.Mapping ?? defaults?.Mapping,
            FirstRun = input.FirstRun ?? FirstRun.Backfill,
            Guards = input.Guards ?? new(),
        };
    }

    private static DestinationMode DefaultMode(SourceFacts? source, DestinationDefaults? defaults, ConnectorDefinition? connector)
    {
        if (source is not { AddsOnly: true })
        {
            return defaults?.Mode ?? DestinationMode.Mirror;
        }

        var takesMembers = connector is null || ModeRules.Supported(connector.Capabilities).Contains(DestinationMode.AddOnly);
        return defaults?.Mode is DestinationMode.Events || !takesMembers ? DestinationMode.Events : DestinationMode.AddOnly;
    }

    private static void CheckSchedule(DestinationInput input, SourceFacts? source, List<Fault> faults)
    {
        if (source?.Schedule is { } schedule && input.Schedule is { } own && own != schedule)
        {
            faults.Add(new("/schedule", "owner_schedule", $"'{source.OwnerName}' decides when its destinations run. Leave the schedule out here, and change it there."));
        }
    }

    private static void CheckKey(string? key, List<Fault> faults)
    {
        if (key is not null && !Slug.IsValid(key))
        {
            faults.Add(new("/key", "invalid_key", $"'{key}' is not a key: 1 to {Slug.MaxLength} of a-z, 0-9, '-' and '_', the first a letter or digit, such as '{Slug.From(key, "main")}'."));
        }
    }

    private async Task<SourceFacts?> FindSourceAsync(DestinationInput input, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (input.Source is { } source)
        {
            return await sources.CheckAsync(source, input.SourcePointer, faults, cancellationToken);
        }

        if (!faults.Any(fault => fault.Pointer.StartsWith("/source", StringComparison.Ordinal) || fault.Pointer == input.SourcePointer))
        {
            faults.Add(new(input.SourcePointer, "required", "Name the segment whose members are sent."));
        }

        return null;
    }

    /// <summary>A query says by its columns what there is: a name that it does not give is a fault, not a warning.</summary>
    /// <returns>The types of its columns.</returns>
    private async Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> CheckQueryAsync(
        DestinationSource.OfQuery query, SourceFacts? source, DestinationInput filled, ConnectorDefinition? connector, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (source is null || filled.IsSourceChecked || await queries.DescribeAsync(query, filled.SourcePointer, faults, cancellationToken) is not { } columns)
        {
            return ImmutableDictionary<string, ImmutableArray<CellType>>.Empty;
        }

        var names = columns.Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        var mapping = filled.Mapping ?? [];
        faults.AddRange(MappingRules.CheckColumns(mapping, names, "/mapping"));
        var types = QueryShape.TypesOf(columns);
        ImmutableArray<MappingEntry?> expanded = [.. CategoryMapping.Expand(mapping, types, ofProfiles: false, connector?.Fields ?? FieldRules.Free).Entries];
        QueryShape.Of(columns, query.KeyColumn, MappingRules.ColumnsOf(expanded).Where(names.Contains), filled.ConsentPurpose, filled.SourcePointer, faults);
        return types;
    }

    private async Task CheckFiltersAsync(
        ImmutableArray<MemberFilter?> filters, DestinationInput filled, ExpandedMapping? expanded, IReadOnlyDictionary<string, ImmutableArray<CellType>> known,
        ConnectorDefinition? connector, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (filled.Source is not DestinationSource.OfQuery)
        {
            await sources.CheckAsync(filters, faults, cancellationToken);
        }
        else if (!filled.IsSourceChecked && known.Count > 0)
        {
            faults.AddRange(FilterReader.CheckQuery(filters, known.Keys.ToHashSet(StringComparer.Ordinal), "/filters"));
        }

        // Of a query that is not asked it is not known which fields its categories give.
        if (connector is not null && filled.Mapping is { } mapping && !mapping.Contains(null) && (expanded is not null || !CategoryMapping.HasAny(mapping)))
        {
            faults.AddRange(FilterReader.Check(filters, expanded?.Entries ?? [.. mapping.Select(entry => entry!)], connector.Fields, "/filters"));
        }
    }

    private async Task<Connection?> FindConnectionAsync(DestinationInput input, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(input.ConnectionId))
        {
            faults.Add(new("/connectionId", "required", "Name the connection that it is sent over."));
            return null;
        }

        var connection = await connections.GetAsync(input.ConnectionId, cancellationToken);
        if (connection is null)
        {
            faults.Add(new("/connectionId", "unknown_connection", $"There is no connection '{input.ConnectionId}'."));
        }

        return connection;
    }

    private ConnectorDefinition? FindConnector(Connection connection, List<Fault> faults)
    {
        var connector = connectors.Find(connection.Type);
        if (connector is null)
        {
            faults.Add(new("/connectionId", "connector_missing", $"This installation has no connector '{connection.Type}' any more."));
        }

        return connector;
    }

    private static void CheckCard(DestinationInput input, Connection connection, ConnectorDefinition connector, List<Fault> faults)
    {
        // No secret decides what a platform can do: they stay closed here.
        var settings = new ConnectorSettings(connection.Id, connection.Settings, ImmutableDictionary<string, string>.Empty);
        if (ModeRules.Check(input.Mode!.Value, connector, connector.CapabilitiesOf(settings), "/mode") is { } fault)
        {
            faults.Add(fault);
        }
    }
}

/// <param name="Filled">The input with what it left out filled in; complete when there was no fault.</param>
/// <param name="Source">Null when there is no such source, which is a fault.</param>
/// <param name="Filters">Complete when there was no fault.</param>
/// <param name="Warnings">Worth a look, no reason to refuse.</param>
/// <param name="Recommendations">What would do the destination good.</param>
/// <param name="Attributes">Those there are.</param>
/// <param name="Expanded">The mapping with its categories put into attributes; null where it is not known what these hold.</param>
internal sealed record DestinationVerdict(
    DestinationInput Filled, SourceFacts? Source, ImmutableArray<MemberFilter> Filters, ImmutableArray<Fault> Warnings, ImmutableArray<DestinationIssue> Recommendations,
    IReadOnlyDictionary<string, ImmutableArray<CellType>> Attributes, ExpandedMapping? Expanded)
{
    /// <summary>The fields of the mapping, as far as they are known.</summary>
    public ImmutableArray<ExpandedField> Fields =>
        Expanded?.Fields ?? [.. (Filled.Mapping ?? []).Index().Where(pair => pair.Item is { Category: null }).Select(pair => new ExpandedField(pair.Index, pair.Item!))];
}
