using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Destinations;

/// <summary>Compares a mapping with the object that it writes to, as it is on the platform now: a table's columns.</summary>
public sealed class LiveFields(ConnectionService connections, IEnumerable<IObjectBrowser> browsers)
{
    private readonly ImmutableDictionary<string, IObjectBrowser> _browsers = browsers.ToImmutableDictionary(browser => browser.Type, StringComparer.Ordinal);

    /// <summary>What the object lacks, and what it asks for and is not mapped. Nothing where the destination names no object, or its connector lists none.</summary>
    /// <param name="mapped">The fields of the mapping, those of its categories among them.</param>
    /// <param name="faults">Receives what would fail.</param>
    /// <returns>Warnings: what may fail, and that nothing could be asked.</returns>
    internal async Task<ImmutableArray<Fault>> CheckAsync(
        DestinationInput destination, ImmutableArray<ExpandedField> mapped, ICollection<Fault> faults, CancellationToken cancellationToken)
    {
        if (destination is not { AudienceExternalId: { } name, ConnectionId: { } connectionId, Mapping: not null, Mode: not DestinationMode.Events }
            || await connections.OpenAsync(connectionId, cancellationToken) is not Result<OpenedConnection>.Ok(var connection)
            || !_browsers.TryGetValue(connection.Connection.Type, out var browser))
        {
            return [];
        }

        ImmutableArray<RemoteField> fields;
        try
        {
            fields = await browser.ListFieldsAsync(connection.Settings, name, cancellationToken);
        }
        catch (SourceFaultException e)
        {
            return [new("/connectionId", "remote_unavailable", $"The fields of '{name}' could not be compared: {e.Message}")];
        }

        if (fields.IsEmpty)
        {
            faults.Add(new("/audience/externalId", "unknown_object", $"There is no '{name}', or the connection must not see it. GET /api/v1/connections/{connectionId}/objects lists what there is."));
            return [];
        }

        var names = fields.Select(known => known.Name).ToList();
        foreach (var (index, entry) in mapped.Where(field => !names.Contains(field.Entry.To)))
        {
            var nearest = NearestName.Of(entry.To, names);
            faults.Add(new($"/mapping/{index}/to", "unknown_field", $"'{name}' has no field '{entry.To}'.{(nearest is null ? "" : $" Did you mean '{nearest}'?")}") { Suggestion = nearest });
        }

        return
        [
            .. fields.Where(known => known.Required && !mapped.Any(field => field.Entry.To == known.Name))
                .Select(known => new Fault("/mapping", "missing_field", $"'{name}' takes no new row without '{known.Name}', which is not mapped.") { Suggestion = known.Name }),
        ];
    }
}
