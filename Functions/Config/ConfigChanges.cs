using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;

namespace AudienceSync.Config;

/// <summary>What differs between two configurations.</summary>
internal sealed record ConfigChanges(ImmutableArray<ConfigChange> Creates, ImmutableArray<ConfigChange> Updates, ImmutableArray<ConfigChange> Deletes)
{
    private static readonly JsonElement Hidden = JsonElement.Parse("\"(a secret)\"");
    private static readonly JsonElement Other = JsonElement.Parse("\"(another secret)\"");

    public static ConfigChanges Of(ConfigState before, ConfigState after, IReadOnlySet<(string Key, string Name)> changedSecrets)
    {
        var creates = after.All.Where(resource => before.Find(resource.Kind, resource.Key) is null).Select(resource => Change(resource, ConfigDiff.Of(null, resource.Document)) with { Id = null });
        var updates = before.All
            .Select(resource => (Old: resource, New: after.Find(resource.Kind, resource.Key)))
            .Where(pair => pair.New is not null)
            .Select(pair => Change(pair.Old, [.. ConfigDiff.Of(pair.Old.Document, pair.New!.Document), .. SecretsOf(pair.Old, pair.New, changedSecrets)]) with { Name = NameOf(pair.New!) })
            .Where(change => change.Fields is { IsEmpty: false });
        var left = after.Owned.Select(destination => destination.Id).ToHashSet(StringComparer.Ordinal);
        var deletes = before.All.Where(resource => after.Find(resource.Kind, resource.Key) is null).Select(Named)
            .Concat(before.Owned.Where(destination => !left.Contains(destination.Id)).Select(destination =>
                new ConfigChange(ConfigKind.Destination.Word, destination.Key, destination.Id, destination.Name, destination.OwnerKey, null)));
        return new([.. creates], [.. updates], [.. deletes]);
    }

    public bool IsEmpty => Creates.IsEmpty && Updates.IsEmpty && Deletes.IsEmpty;

    public string Summary => IsEmpty ? ConfigPlan.NoChanges : $"{Creates.Length} to create, {Updates.Length} to update, {Deletes.Length} to delete";

    /// <summary>Whether an action is among them: writing what is already so is left out.</summary>
    public bool Has(ConfigAction action) => action is ConfigAction.Delete
        || Creates.Concat(Updates).Any(change => change.Type == action.Kind.Word && change.Key == action.Key);

    public static ConfigChange Named(ConfigResource resource) => new(resource.Kind.Word, resource.Key, resource.Id, NameOf(resource), null, null);

    private static ConfigChange Change(ConfigResource resource, ImmutableArray<ConfigField> fields) => Named(resource) with
    {
        Id = resource.Id.Length == 0 ? null : resource.Id,
        Fields = fields,
    };

    private static string? NameOf(ConfigResource resource) => resource.Name.Length == 0 ? null : resource.Name;

    /// <summary>That a secret changes, and nothing of what it was or will be.</summary>
    private static IEnumerable<ConfigField> SecretsOf(ConfigResource old, ConfigResource @new, IReadOnlySet<(string Key, string Name)> changed) => changed
        .Where(secret => old.Kind is ConfigKind.Connection && secret.Key == old.Key && HasSecret(old, secret.Name) && HasSecret(@new, secret.Name))
        .OrderBy(secret => secret.Name, StringComparer.Ordinal)
        .Select(secret => new ConfigField(JsonFields.PointerTo("/secrets", secret.Name), Hidden, Other));

    private static bool HasSecret(ConfigResource resource, string name) => resource.Document["secrets"]?[name] is not null;
}
