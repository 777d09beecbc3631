using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Values;

namespace AudienceSync.Connections;

/// <summary>Makes, changes, deletes and opens connections.</summary>
public sealed class ConnectionService(
    IConnectionStore store,
    ConnectorCatalog connectors,
    ConnectionRules rules,
    ConnectionSecrets secrets,
    IEnumerable<IConnectionUsage> usages,
    TimeProvider time,
    ITokenStore? tokens = null)
{
    /// <summary>Most times a write is tried again when a check or a run marked the connection meanwhile.</summary>
    private const int MaxAttempts = 8;

    public async Task<Result<ConnectionView>> GetAsync(string id, CancellationToken cancellationToken) =>
        await store.GetAsync(id, cancellationToken) is { } connection ? View(connection) : NotFound(id);

    /// <summary>Connections searched and sorted, of some statuses and types; empty parts take everything.</summary>
    public async Task<ListPage<ConnectionView>> ListAsync(
        ListQuery query, IReadOnlyCollection<ConnectionStatus> statuses, IReadOnlyCollection<string> types, CancellationToken cancellationToken)
    {
        var all = store.ListAllAsync(cancellationToken)
            .Where(connection => (statuses.Count == 0 || statuses.Contains(connection.Status)) && (types.Count == 0 || types.Contains(connection.Type)));
        return query.Take(await all.ToListAsync(cancellationToken)).Select(View);
    }

    /// <summary>Creates a connection: 422 with every fault at once, 409 <c>key_taken</c>.</summary>
    public async Task<Result<ConnectionView>> CreateAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        var id = NewId.Create("con", time);
        if (ReadNew(body, id, faults) is not { } input || faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        var now = time.GetUtcNow();
        var name = string.IsNullOrWhiteSpace(input.Name) ? connectors.Find(input.Type!)!.DisplayName : input.Name.Trim();
        var connection = new Connection
        {
            Id = id,
            Key = "",
            Type = input.Type!,
            Name = name,
            Settings = input.Settings,
            Secrets = await secrets.ChangeAsync(id, ImmutableDictionary<string, SealedSecret>.Empty, input.Secrets, cancellationToken),
            Defaults = input.Defaults,
            CreatedAt = now,
            UpdatedAt = now,
        };
        foreach (var key in input.Key is { } given ? [given] : Slug.Candidates(name, input.Type!, time))
        {
            if (await store.TryCreateAsync(connection with { Key = key }, cancellationToken) is { } created)
            {
                return View(created);
            }
        }

        await secrets.ForgetAsync(connection.Secrets, ImmutableDictionary<string, SealedSecret>.Empty, cancellationToken);
        return Refusal.Conflict("key_taken", "The key is taken", $"Another connection has the key '{input.Key ?? Slug.From(name, input.Type!)}'. Choose another.");
    }

    /// <summary>Applies a merge patch: a secret set to null is cleared, one not named is kept.</summary>
    public async Task<Result<ConnectionView>> PatchAsync(string id, JsonElement patch, string ifMatch, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await store.GetAsync(id, cancellationToken) is not { } current)
            {
                return NotFound(id);
            }

            if (!ETags.Holds(ifMatch, current.ETag))
            {
                return Refusal.Stale(View(current).ETag);
            }

            var faults = new List<Fault>();
            if (await PatchedAsync(current, patch, faults, cancellationToken) is not { } changed || faults.Count > 0)
            {
                return Refusal.Invalid(faults);
            }

            if (await store.TryReplaceAsync(changed, cancellationToken) is { } replaced)
            {
                await secrets.ForgetAsync(current.Secrets, changed.Secrets, cancellationToken);
                return View(replaced);
            }

            await secrets.ForgetAsync(changed.Secrets, current.Secrets, cancellationToken);
        }

        return Busy();
    }

    /// <summary>Deletes a connection; 409 <c>in_use</c> with its users while there are any.</summary>
    public async Task<Result<bool>> DeleteAsync(string id, string ifMatch, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await store.GetAsync(id, cancellationToken) is not { } current)
            {
                return NotFound(id);
            }

            if (!ETags.Holds(ifMatch, current.ETag))
            {
                return Refusal.Stale(View(current).ETag);
            }

            var users = new List<ConnectionUser>();
            foreach (var usage in usages)
            {
                users.AddRange(await usage.UsersOfAsync(id, cancellationToken));
            }

            if (users.Count > 0)
            {
                return InUse(current, users);
            }

            if (await store.TryDeleteAsync(current, cancellationToken))
            {
                await ForgetTokensAsync(current, cancellationToken);
                await secrets.ForgetAsync(current.Secrets, ImmutableDictionary<string, SealedSecret>.Empty, cancellationToken);
                return true;
            }
        }

        return Busy();
    }

    /// <summary>The connection with its secrets opened; 409 when one cannot be opened or the connector is gone.</summary>
    public async Task<Result<OpenedConnection>> OpenAsync(string id, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(id, cancellationToken) is not { } connection)
        {
            return NotFound(id);
        }

        if (connectors.Find(connection.Type) is not { } connector)
        {
            return ConnectorGone(connection);
        }

        var faults = new List<Fault>();
        var opened = await secrets.OpenAsync(id, connection.Secrets, faults, cancellationToken);
        return faults.Count > 0
            ? Refusal.Conflict("secret_unreadable", "A secret cannot be opened", faults[0].Detail) with { Faults = [.. faults] }
            : new OpenedConnection(connection, connector, new(id, connection.Settings, opened));
    }

    /// <summary>A connection that is not saved, ready for a check; 422 with every fault.</summary>
    public Result<OpenedConnection> OpenUnsaved(JsonElement body)
    {
        var faults = new List<Fault>();
        var id = NewId.Create("con", time);
        if (ReadNew(body, id, faults) is not { } input || faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        var now = time.GetUtcNow();
        var connection = new Connection { Id = id, Key = "", Type = input.Type!, Name = input.Name ?? "", Settings = input.Settings, CreatedAt = now, UpdatedAt = now };
        return new OpenedConnection(connection, connectors.Find(input.Type!)!, new(id, input.Settings, Plain(input)));
    }

    /// <summary>The platform refused the credentials: destinations of the connection pause until it is healthy or changed.</summary>
    /// <param name="detail">Redacted.</param>
    public Task MarkUnauthorizedAsync(string id, string detail, CancellationToken cancellationToken) =>
        MarkAsync(id, ConnectionStatus.Unauthorized, detail, cancellationToken);

    public Task MarkHealthyAsync(string id, CancellationToken cancellationToken) => MarkAsync(id, ConnectionStatus.Healthy, null, cancellationToken);

    /// <summary>Writes only when something changes. A connection deleted meanwhile is none to mark.</summary>
    private async Task MarkAsync(string id, ConnectionStatus status, string? detail, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await store.GetAsync(id, cancellationToken) is not { } current || (current.Status == status && current.StatusDetail == detail))
            {
                return;
            }

            if (await store.TryReplaceAsync(current with { Status = status, StatusDetail = detail }, cancellationToken) is not null)
            {
                return;
            }
        }
    }

    /// <summary>Access and refresh tokens that were fetched with the connection's credentials go with it.</summary>
    private async Task ForgetTokensAsync(Connection connection, CancellationToken cancellationToken)
    {
        if (tokens is not null && connectors.Find(connection.Type) is { Token: not null } connector)
        {
            var settings = new ConnectorSettings(connection.Id, connection.Settings, await secrets.OpenAsync(connection.Id, connection.Secrets, [], cancellationToken));
            await tokens.DeleteAsync(TokenCache.KeyOf(connector, settings), cancellationToken);
        }
    }

    private ConnectionInput? ReadNew(JsonElement body, string id, List<Fault> faults)
    {
        if (ConnectionInput.Read(body, faults) is not { } input)
        {
            return null;
        }

        ConnectionRules.CheckKey(input.Key, faults);
        if (rules.FindConnector(input.Type, faults) is { } connector)
        {
            rules.CheckSettings(connector, new(id, input.Settings, Plain(input)), faults);
            rules.CheckDefaults(input.Defaults, connector, faults);
        }

        return input;
    }

    private async Task<Connection?> PatchedAsync(Connection current, JsonElement patch, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (JsonFields.Open(patch, "", faults) is null || rules.FindConnector(current.Type, faults) is not { } connector
            || ConnectionInput.Read(MergePatch.Apply(ConnectionInput.Write(current, connector), patch), faults) is not { } input)
        {
            return null;
        }

        CheckUnchanged("key", input.Key, current.Key, faults);
        CheckUnchanged("type", input.Type, current.Type, faults);
        if (string.IsNullOrWhiteSpace(input.Name))
        {
            faults.Add(new("/name", "required", "A connection keeps a name. Leave 'name' out to keep the present one."));
        }

        var kept = input.ClearsSecrets ? ImmutableDictionary<string, SealedSecret>.Empty : current.Secrets.RemoveRange(input.Secrets.Keys);
        var opened = await secrets.OpenAsync(current.Id, kept, faults, cancellationToken);
        rules.CheckSettings(connector, new(current.Id, input.Settings, opened.AddRange(Plain(input))), faults);
        rules.CheckDefaults(input.Defaults, connector, faults);
        if (faults.Count > 0)
        {
            return null;
        }

        // New credentials or another address: what was found out about the old ones says nothing about them.
        var isSameAccount = input is { Secrets.Count: 0, ClearsSecrets: false } && SameSettings(input.Settings, current.Settings);
        return current with
        {
            Name = input.Name!.Trim(),
            Settings = input.Settings,
            Secrets = await secrets.ChangeAsync(current.Id, kept, input.Secrets, cancellationToken),
            Status = isSameAccount ? current.Status : ConnectionStatus.Unchecked,
            StatusDetail = isSameAccount ? current.StatusDetail : null,
            Defaults = input.Defaults,
            UpdatedAt = time.GetUtcNow(),
            Revision = current.Revision + 1,
        };
    }

    private static void CheckUnchanged(string name, string? given, string current, List<Fault> faults)
    {
        if (given != current)
        {
            faults.Add(new($"/{name}", "immutable", $"The {name} of a connection never changes; it is '{current}'. Make a new connection instead."));
        }
    }

    private static bool SameSettings(ImmutableDictionary<string, string> left, ImmutableDictionary<string, string> right) =>
        left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private static ImmutableDictionary<string, string> Plain(ConnectionInput input) =>
        input.Secrets.Where(secret => secret.Value is not null).ToImmutableDictionary(secret => secret.Key, secret => secret.Value!, StringComparer.Ordinal);

    private ConnectionView View(Connection connection)
    {
        var settings = connectors.Find(connection.Type) is { } connector
            ? ConnectionInput.Write(connection, connector).GetProperty("settings")
            : JsonElement.Parse("{}");
        var view = new ConnectionView(
            connection.Id,
            connection.Key,
            connection.Type,
            connection.Name,
            connection.ETag,
            settings,
            connection.Secrets.OrderBy(secret => secret.Key, StringComparer.Ordinal).ToDictionary(secret => secret.Key, secret => new SecretView(true, secret.Value.UpdatedAt)),
            connection.Status,
            connection.StatusDetail,
            connection.Defaults,
            connection.CreatedAt,
            connection.UpdatedAt);
        return view with { ETag = ETags.Cover(view.ETag, JsonSerializer.SerializeToUtf8Bytes(view, ConnectionJson.Default.ConnectionView)) };
    }

    private static Refusal NotFound(string id) => Refusal.NotFound("connection", id);

    private static Refusal ConnectorGone(Connection connection) =>
        Refusal.Conflict("connector_missing", "The connector is gone", $"This installation has no connector '{connection.Type}' any more.");

    private static Refusal Busy() => new(
        RefusalKind.Unavailable, "busy", "The connection is being changed", "Others change this connection at the moment. Try again.");

    private static Refusal InUse(Connection connection, List<ConnectionUser> users) => Refusal.Conflict(
        "in_use",
        "The connection is in use",
        $"{users.Count} destination(s) use '{connection.Name}': {string.Join(", ", users.Take(5).Select(user => $"'{user.Name}'"))}. Delete them first.",
        new JsonObject { ["usedBy"] = new JsonArray([.. users.Select(user => new JsonObject { ["type"] = user.Type, ["id"] = user.Id, ["name"] = user.Name })]) });
}
