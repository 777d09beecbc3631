using System.Text.Json.Nodes;
using AudienceSync.Connections;
using AudienceSync.Faults;

namespace AudienceSync.Config;

/// <summary>Writes connections. Settings and defaults are replaced whole, secrets one by one.</summary>
internal static class ConnectionEntries
{
    private const string Secrets = "secrets";

    public static async Task<string?> WriteAsync(ConfigStep step, JsonObject fields, CancellationToken cancellationToken)
    {
        CheckMarks(step);
        var connections = step.Run.Target.Connections;
        if (step.Before is not { } before)
        {
            return step.Take(await connections.CreateAsync(ConfigNodes.ToElement(fields), cancellationToken))?.Id;
        }

        foreach (var name in (ReadOnlySpan<string>)["settings", "defaults"])
        {
            if (fields.ContainsKey(name))
            {
                fields[name] = ConfigPatch.Replacing(before.Document[name], fields[name]);
            }
        }

        if (fields[Secrets] is JsonObject wanted)
        {
            fields.Remove(Secrets);
            if (await ChangedAsync(step, before, wanted, cancellationToken) is { Count: > 0 } changed)
            {
                fields[Secrets] = changed;
            }
        }

        return fields.Count == 0
            ? before.Id
            : step.Take(await connections.PatchAsync(before.Id, ConfigNodes.ToElement(fields), step.Run.IfMatch(before.ETag), cancellationToken))?.Id;
    }

    /// <summary>A connection whose entry cannot be saved, so that what refers to it can be checked nonetheless. For rehearsals.</summary>
    public static async Task<string?> StandInAsync(ConfigRun run, ConfigEntry entry, CancellationToken cancellationToken)
    {
        if (ConnectionInput.Read(ConfigNodes.ToElement(entry.Json), []) is not { Type: { } type } input || run.Target.Connectors.Find(type) is null)
        {
            return null;
        }

        var connection = new Connection
        {
            Id = $"con_{entry.Key}",
            Key = entry.Key,
            Type = type,
            Name = input.Name ?? entry.Key,
            Settings = input.Settings,
            Defaults = input.Defaults,
            CreatedAt = default,
            UpdatedAt = default,
        };
        return (await run.Target.ConnectionStore.TryCreateAsync(connection, cancellationToken))?.Id;
    }

    /// <summary>What is to be kept must be there.</summary>
    private static void CheckMarks(ConfigStep step)
    {
        foreach (var (name, value) in step.Entry.Json[Secrets] as JsonObject ?? [])
        {
            if (SecretMark.IsKept(value) && (step.Before?.Document[Secrets] as JsonObject)?.ContainsKey(name) is not true)
            {
                step.Faults.Add(new(
                    JsonFields.PointerTo($"{step.Entry.Pointer}/{Secrets}", name), "secret_missing",
                    $"{{\"set\":true}} keeps the secret '{name}' of '{step.Entry.Key}', but this installation has none. Send it as a text, or leave it out."));
            }
        }
    }

    /// <summary>Secrets that are not what the document says; those that it only marks stay.</summary>
    private static async Task<JsonObject> ChangedAsync(ConfigStep step, ConfigResource before, JsonObject wanted, CancellationToken cancellationToken)
    {
        var present = before.Document[Secrets] as JsonObject;
        var opened = wanted.Any(secret => ConfigNodes.Text(secret.Value) is not null)
            && await step.Run.Target.Connections.OpenAsync(before.Id, cancellationToken) is Result<OpenedConnection>.Ok(var connection)
                ? connection.Settings.Secrets
                : null;
        var changed = new JsonObject();
        foreach (var (name, value) in wanted)
        {
            if (SecretMark.IsKept(value) || (value is null && present?.ContainsKey(name) is not true)
                || (ConfigNodes.Text(value) is { } text && opened?.GetValueOrDefault(name) == text))
            {
                continue;
            }

            changed[name] = value?.DeepClone();
            step.Run.ChangedSecrets.Add((before.Key, name));
        }

        return changed;
    }
}
