using AudienceSync.Access;
using AudienceSync.Connections;
using AudienceSync.Storage;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AudienceSync.Hosting;

internal static class KeyVaultRegistration
{
    /// <summary>The vault of the setting <c>Secrets__VaultUri</c>, as the app's identity; null when it names none.</summary>
    public static ISecretVault? CreateVault(IServiceProvider provider)
    {
        if (provider.GetRequiredService<IOptions<SecretsOptions>>().Value.VaultUri is not { Length: > 0 } address)
        {
            return null;
        }

        var identity = provider.GetRequiredService<IConfiguration>()["AZURE_CLIENT_ID"] is { Length: > 0 } named ? named : null;
        var client = new SecretClient(new Uri(address), new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = identity }));
        return ActivatorUtilities.CreateInstance<KeyVaultSecrets>(provider, client);
    }
}
