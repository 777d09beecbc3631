using System.Collections.Concurrent;
using AudienceSync.Connections;
using Azure;
using Azure.Security.KeyVault.Secrets;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Storage;

/// <summary>Secrets of connections in Key Vault.</summary>
/// <remarks>What is read is remembered for some minutes by each instance: lanes open their connection with every message, and a vault takes 4,000 requests in ten
/// seconds (learn.microsoft.com/azure/key-vault/general/service-limits).</remarks>
internal sealed partial class KeyVaultSecrets(SecretClient vault, TimeProvider time, ILogger<KeyVaultSecrets> logger) : ISecretVault
{
    /// <summary>How long a secret that was disabled or deleted in the vault may still be used.</summary>
    public static readonly TimeSpan RememberFor = TimeSpan.FromMinutes(5);

    /// <summary>Secrets remembered at most; more than that are read anew.</summary>
    private const int MaxRemembered = 1_000;

    private readonly ConcurrentDictionary<string, (string Value, DateTimeOffset Until)> _remembered = new(StringComparer.Ordinal);

    public async Task SetAsync(string name, string value, CancellationToken cancellationToken) =>
        await vault.SetSecretAsync(
            new KeyVaultSecret(name, value) { Properties = { ContentType = "text/plain", Tags = { ["application"] = "audiencesync" } } }, cancellationToken);

    public async Task<string?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (_remembered.TryGetValue(name, out var known) && known.Until > time.GetUtcNow())
        {
            return known.Value;
        }

        try
        {
            var secret = await vault.GetSecretAsync(name, cancellationToken: cancellationToken);
            Remember(name, secret.Value.Value);
            return secret.Value.Value;
        }
        catch (RequestFailedException e) when (e.Status is 404 || e is { Status: 403, ErrorCode: "SecretDisabled" or "Forbidden" } && e.Message.Contains("disabled", StringComparison.OrdinalIgnoreCase))
        {
            _remembered.TryRemove(name, out _);
            return null;
        }
    }

    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        _remembered.TryRemove(name, out _);
        try
        {
            await vault.StartDeleteSecretAsync(name, cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status is 404)
        {
            // Gone already.
        }
        catch (RequestFailedException e)
        {
            LogNotDeleted(name, e);
        }
    }

    private void Remember(string name, string value)
    {
        if (_remembered.Count >= MaxRemembered)
        {
            _remembered.Clear();
        }

        _remembered[name] = (value, time.GetUtcNow() + RememberFor);
    }

    [LoggerMessage(8001, LogLevel.Warning, "Secret {Name} is no longer used and could not be deleted from the vault: delete it by hand")]
    private partial void LogNotDeleted(string name, Exception exception);
}
