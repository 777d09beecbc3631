using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Connections;

/// <summary>What a connection reaches on its platform: tables and views, and their fields.</summary>
public sealed class ConnectionObjects(ConnectionService connections, ConnectorCatalog connectors, IEnumerable<IObjectBrowser> browsers)
{
    private readonly ImmutableDictionary<string, IObjectBrowser> _browsers = browsers.ToImmutableDictionary(browser => browser.Type, StringComparer.Ordinal);

    /// <summary>Objects by name.</summary>
    /// <param name="search">Part of a name; null for all.</param>
    public Task<Result<ListPage<RemoteObjectView>>> ListAsync(string id, string? search, PageRequest page, CancellationToken cancellationToken) => BrowseAsync<ListPage<RemoteObjectView>>(
        id,
        async (browser, settings) =>
        {
            var found = await browser.ListAsync(settings, search, page.Limit + 1, page.After, cancellationToken);
            List<RemoteObjectView> items = [.. found.Take(page.Limit).Select(item => new RemoteObjectView(item.Name, item.Kind, item.Writes))];
            return new ListPage<RemoteObjectView>(items, found.Length > page.Limit ? items[^1].Name : null);
        },
        cancellationToken);

    /// <summary>The fields of an object; 404 when there is none, or the connection must not see it.</summary>
    /// <param name="search">Part of a field's name; null for all.</param>
    public Task<Result<ListPage<RemoteFieldView>>> ListFieldsAsync(string id, string name, string? search, CancellationToken cancellationToken) => BrowseAsync<ListPage<RemoteFieldView>>(
        id,
        async (browser, settings) => await browser.ListFieldsAsync(settings, name, cancellationToken) is { IsEmpty: false } fields
            ? new ListPage<RemoteFieldView>(
                [
                    .. fields.Where(found => search is null || found.Name.Contains(search, StringComparison.OrdinalIgnoreCase))
                        .Select(found => new RemoteFieldView(found.Name, found.Type, found.Required, found.Unique)),
                ],
                Next: null)
            : Refusal.NotFound("object", name),
        cancellationToken);

    private async Task<Result<T>> BrowseAsync<T>(string id, Func<IObjectBrowser, ConnectorSettings, Task<Result<T>>> browse, CancellationToken cancellationToken) =>
        await (await connections.OpenAsync(id, cancellationToken)).ThenAsync<T>(async opened =>
        {
            if (!_browsers.TryGetValue(opened.Connection.Type, out var browser))
            {
                var able = connectors.All.Where(connector => connector.ListsObjects).Select(connector => connector.Type);
                return new Refusal(
                    RefusalKind.Invalid, "not_supported", "The connector lists no objects",
                    $"{opened.Connector.DisplayName} gives no list of what a connection reaches. Those of {string.Join(", ", able)} do.");
            }

            try
            {
                return await browse(browser, opened.Settings);
            }
            catch (SourceFaultException e)
            {
                return new Refusal(RefusalKind.RemoteUnavailable, "remote_unavailable", "The platform did not answer as it must", e.Message);
            }
        });
}

/// <param name="Name">What a destination's <c>audience.externalId</c> takes.</param>
/// <param name="Writes">Members can be written there.</param>
public sealed record RemoteObjectView(string Name, string Kind, bool Writes);

/// <param name="Required">A new row needs a value.</param>
/// <param name="Unique">Alone, it tells rows apart.</param>
public sealed record RemoteFieldView(string Name, string Type, bool Required, bool Unique);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RemoteObjectView))]
[JsonSerializable(typeof(RemoteFieldView))]
internal sealed partial class ConnectionObjectsJson : JsonSerializerContext;
