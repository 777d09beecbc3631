using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Suppressions;
using AudienceSync.Values;

namespace AudienceSync.Delivery;

/// <summary>Takes one profile the whole way to a destination, as a run would: gates, mapping, connector. Nothing of it is kept in the ledger.</summary>
/// <remarks>A generated test member that was added to a list is removed again; a profile of the user's is left as the event made it.</remarks>
public sealed class EventTester(
    IDestinationStore destinations, ConnectionService connections, ProfileReader profiles, IAttributeCatalog attributes, SuppressionList suppressions, TrackingIds trackingIds,
    AudienceResolver audiences, QueryReader queries, MemberSources sources, MemberHasher hasher, IConnectorClient client, TimeProvider time)
{
    /// <summary>Questions after a job while somebody waits for the test; then it is told as pending.</summary>
    private const int MaxPolls = 6;

    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(4);

    public async Task<Result<TestEventReport>> TestAsync(string destinationId, TestEvent test, CancellationToken cancellationToken)
    {
        if (await destinations.GetAsync(destinationId, cancellationToken) is not { } destination)
        {
            return Refusal.NotFound("destination", destinationId);
        }

        destination = test.Mapping is { } unsaved ? destination with { Mapping = unsaved } : destination;
        var opened = await connections.OpenAsync(destination.ConnectionId, cancellationToken);
        if (opened is not Result<OpenedConnection>.Ok(var connection))
        {
            return ((Result<OpenedConnection>.Refused)opened).Refusal;
        }

        destination = await MappingCategories.ExpandAsync(destination, connection.Connector.Fields, attributes, queries, cancellationToken);
        return await (await sources.FiltersOfAsync(destination, cancellationToken)).ThenAsync(async resolved =>
        {
            var (mapping, filters) = FilterSpecs.Specify(resolved, destination.Id, destination.Mapping, connection.Connector.Fields);
            return await (await FindAsync(destination, filters, test.ProfileId, cancellationToken)).ThenAsync<TestEventReport>(
                async profile => await RunAsync(destination with { Mapping = mapping }, filters, connection, test, profile, cancellationToken));
        });
    }

    /// <summary>The profile, or the row of the destination's query; a generated one for null.</summary>
    private async Task<Result<Row>> FindAsync(Destination destination, ImmutableArray<MemberFilter> filters, string? id, CancellationToken cancellationToken)
    {
        var query = destination.Source as DestinationSource.OfQuery;
        if (id is null)
        {
            var types = query is null ? await attributes.ReadAsync(cancellationToken) : await queries.TypesAsync(query, cancellationToken);
            return SampleProfile.Create($"test-{NewId.Ulid(time.GetUtcNow()).ToLowerInvariant()}", destination, types, time);
        }

        if (query is not null)
        {
            return await (await queries.FindAsync(query, FilterSpecs.ReadBy(destination.Mapping, filters), destination.ConsentPurpose, id, cancellationToken)).ThenAsync<Row>(
                row => Task.FromResult<Result<Row>>(row is { } found ? found : Unknown($"The query has no row whose '{query.KeyColumn}' is '{id}'.")));
        }

        return await profiles.ReadAsync(id, cancellationToken) is { } profile ? profile.ToRow() : Unknown($"There is no profile '{id}'.");

        static Refusal Unknown(string detail) => Refusal.Invalid([new("/profileId", "unknown_profile", $"{detail} Leave profileId out to have one generated.")]);
    }

    private async Task<TestEventReport> RunAsync(
        Destination destination, ImmutableArray<MemberFilter> filters, OpenedConnection connection, TestEvent test, Row profile, CancellationToken cancellationToken)
    {
        var mapping = CompiledMapping.Compile(destination.Mapping, trackingIds).Hiding(HiddenFields.Of(filters, time.GetUtcNow()));
        var rendered = mapping.RowsOf(profile, hasher).Select(mapping.Render).ToList();
        var rows = rendered.Where(row => mapping.HasRequired(row, connection.Connector.Fields)).ToList();
        List<TestStep> steps = [await GateAsync(destination, filters, connection, profile, rendered, rows.Count, cancellationToken)];
        var report = new TestEventReport(test, profile[ProfileColumns.Id].AsText(), IsGenerated: test.ProfileId is null, steps, [], null);
        if (!steps[0].Ok)
        {
            return report;
        }

        var operation = test.Kind switch
        {
            TestEventKind.Entered => DeliveryOperation.Add,
            TestEventKind.Exited => DeliveryOperation.Remove,
            _ => DeliveryOperation.Update,
        };
        ImmutableArray<Row> sent = [.. rows.Select(row => operation switch
        {
            DeliveryOperation.Remove when destination.Mode is not DestinationMode.Events => mapping.IdentifiersOf(row),
            DeliveryOperation.Update => mapping.ForUpdate(new(row)),
            _ => mapping.ForAdd(new(row)),
        })];
        var form = ModeRules.FormOf(destination.Mode, connection.Connector.Capabilities);
        var capabilities = connection.Connector.CapabilitiesOf(connection.Settings, form);
        if (destination.Source is DestinationSource.OfStep && operation is not DeliveryOperation.Add)
        {
            steps.Add(new("map", false, null, "Whoever entered a step of a journey stays in it: nothing is sent when somebody changes or leaves."));
            return report;
        }

        if (form is DeliveryForm.Membership && !capabilities.Operations.Contains(operation))
        {
            steps.Add(new("map", false, null, $"{connection.Connector.DisplayName} has no way to {operation.ToString().ToLowerInvariant()} a member."));
            return report;
        }

        steps.Add(new("map", true, null, null));
        report = report with { Rows = sent };
        var audience = new ResolvedAudience(await audiences.KnownAsync(destination, connection.Connection, cancellationToken), null);
        if (!test.IsDryRun)
        {
            var from = time.GetTimestamp();
            audience = await audiences.ResolveAsync(destination, connection, mayCreate: true, cancellationToken);
            if (audience.Failure is { } failure)
            {
                var why = TestOutcome.Of(failure).Outcome;
                steps.Add(new("audience", false, (long)time.GetElapsedTime(from).TotalMilliseconds, why.Detail));
                return report with { Outcome = why };
            }
        }

        // A profile that gives several rows may need several calls.
        var most = operation is DeliveryOperation.Remove && capabilities.RemovalsPerBatch > 0 ? capabilities.RemovalsPerBatch : capabilities.RowsPerBatch;
        var batches = sent.Chunk(Math.Max(1, most)).Select((part, number) => Batch(destination, audience.Audience, mapping, form, profile, operation, part, number)).ToList();
        if (test.IsDryRun)
        {
            var previews = new List<Exchange>();
            foreach (var batch in batches)
            {
                previews.AddRange(await client.PreviewAsync(connection.Connector, connection.Settings, batch, cancellationToken));
            }

            return report with { Exchanges = [.. previews], Outcome = new("dry_run", "Nothing was sent.") };
        }

        var delivery = await DeliverAsync(connection, batches[0], cancellationToken);
        foreach (var batch in batches.Skip(1))
        {
            delivery += await DeliverAsync(connection, batch, cancellationToken);
        }

        steps.Add(delivery.Step);
        var exchanges = delivery.Exchanges;
        var isAdded = delivery.Step.Ok && report.IsGenerated && form is DeliveryForm.Membership && operation is not DeliveryOperation.Remove;
        if (isAdded && capabilities.Operations.Contains(DeliveryOperation.Remove))
        {
            // Nobody who was generated has two values of anything.
            var leaver = Batch(destination, audience.Audience, mapping, form, profile, DeliveryOperation.Remove, [mapping.IdentifiersOf(rows[0])], 0);
            var removal = await DeliverAsync(connection, leaver with { Rows = [leaver.Rows[0] with { RemoteId = delivery.RemoteId }] }, cancellationToken);
            steps.Add(removal.Step with { Name = "cleanUp" });
            exchanges = [.. exchanges, .. removal.Exchanges];
        }

        return report with { Exchanges = exchanges, Outcome = delivery.Outcome };
    }

    /// <param name="deliverable">How many of the rows can be sent.</param>
    private async Task<TestStep> GateAsync(
        Destination destination, ImmutableArray<MemberFilter> filters, OpenedConnection connection, Row profile, List<Row> rows, int deliverable,
        CancellationToken cancellationToken)
    {
        if (destination.ConsentPurpose is { } purpose && profile[ProfileColumns.Consent(purpose)] is not { Type: CellType.Boolean })
        {
            return new("gates", false, null, $"Consent for '{purpose}' is not known, which counts as no.");
        }

        if (destination.ConsentPurpose is { } asked && !profile[ProfileColumns.Consent(asked)].AsBoolean())
        {
            return new("gates", false, null, $"Consent for '{asked}' is denied.");
        }

        if ((await suppressions.OpenAsync(frozen: null, cancellationToken)).Find(profile) is { } hit)
        {
            return new("gates", false, null, hit.IsErasure
                ? $"The person was erased: a tombstone ({hit.Type}) keeps the profile from destinations."
                : $"The profile is on the suppression list ({hit.Type}).");
        }

        if (deliverable > 0 && filters.FirstOrDefault(filter => LeavesOut(filter, profile)) is { } leaving)
        {
            return new("gates", false, null, $"{(leaving.Name is { } name ? $"The filter '{name}'" : "A filter")} of the destination leaves the profile out.");
        }

        return deliverable == 0
            ? new("gates", false, null, connection.Connector.Fields.Missing(rows[0])?.Detail ?? "The profile has no value for any identifier field of the mapping.")
            : new("gates", true, null, deliverable < rows.Count ? $"{deliverable} of the profile's {rows.Count} rows have an identifier that the platform takes." : null);
    }

    private bool LeavesOut(MemberFilter filter, Row profile) =>
        FilterSpecs.LeftOut(filter) is { } rule && !RuleCompiler.Compile(rule, time.GetUtcNow()).Select(SinglePage.Of(profile)).IsEmpty;

    private DeliveryBatch Batch(
        Destination destination, AudienceRef audience, CompiledMapping mapping, DeliveryForm form, Row profile, DeliveryOperation operation, IEnumerable<Row> rows, int number)
    {
        var now = time.GetUtcNow();
        var testId = NewId.Ulid(now);
        return new()
        {
            Audience = audience,
            Form = form,
            RunId = $"{DeliveryRecord.TestPrefix}{testId}",
            MessageId = $"msg_{testId}",
            Number = number,
            AsOf = now,
            AttributesOnly = destination.Mode is DestinationMode.UpdateOnly,
            FieldNames = mapping.Targets,
            KeyNames = mapping.IdentifierTargets,
            Rows = [.. rows.Select((fields, index) => new DeliveryRow(
                $"test-{testId}{(index == 0 ? "" : $"-{index + 1}")}".ToLowerInvariant(), profile[ProfileColumns.Id].AsText(), operation, fields))],
        };
    }

    private async Task<TestDelivery> DeliverAsync(
        OpenedConnection connection, DeliveryBatch batch, CancellationToken cancellationToken)
    {
        var from = time.GetTimestamp();
        var report = await client.DeliverAsync(connection.Connector, connection.Settings, batch, cancellationToken);
        var exchanges = report.Exchanges;
        for (var polls = 0; polls < MaxPolls && report.Outcome is DeliveryOutcome.Pending job && !connection.Connector.PollJob.IsEmpty; polls++)
        {
            await Task.Delay(job.PollAfter < LongestPoll ? job.PollAfter : LongestPoll, time, cancellationToken);
            report = await client.PollAsync(connection.Connector, connection.Settings, batch, job.JobId, cancellationToken);
            exchanges = [.. exchanges, .. report.Exchanges];
        }

        var outcome = report.Outcome;
        if (outcome is DeliveryOutcome.Stored(var receipt))
        {
            var completion = new DeliveryCompletion(batch.Audience, batch.RunId, batch.AsOf, IsFull: false, [receipt]) { FieldNames = batch.FieldNames };
            if (await client.CompleteAsync(connection.Connector, connection.Settings, completion, cancellationToken) is { } completed)
            {
                exchanges = [.. exchanges, .. completed.Exchanges];
                outcome = completed.Outcome;
            }
        }

        var (isOk, told) = TestOutcome.Of(outcome);
        return new(
            new("deliver", isOk, (long)time.GetElapsedTime(from).TotalMilliseconds, isOk ? null : told.Detail), exchanges, told,
            (outcome as DeliveryOutcome.Settled)?.Rows.FirstOrDefault()?.RemoteId);
    }
}
