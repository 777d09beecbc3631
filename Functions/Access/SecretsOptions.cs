using Microsoft.Extensions.Options;

namespace AudienceSync.Access;

/// <summary>Where the secrets of connections are kept: in a vault, or sealed under these keys.</summary>
public sealed class SecretsOptions
{
    public const string Section = "Secrets";

    /// <summary>Address of the Key Vault that new secrets of connections go to, such as <c>https://name.vault.azure.net/</c>. None by default: they are sealed beside the connection.</summary>
    public string? VaultUri { get; set; }

    /// <summary>Base64 of 32 random bytes. Without it a key is derived from the installation's root secret.</summary>
    /// <remarks>The derived key lies in the same storage account as what it seals: whoever reads the account reads the secrets. A key set here, best as a Key Vault reference, does not.</remarks>
    public string? SealingKey { get; set; }

    /// <summary>Earlier sealing keys, with commas between: they open what they sealed, and seal nothing new.</summary>
    public string? RetiredKeys { get; set; }

    internal IEnumerable<string> Retired => (RetiredKeys ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

internal sealed class SecretsOptionsValidator : IValidateOptions<SecretsOptions>
{
    public ValidateOptionsResult Validate(string? name, SecretsOptions options)
    {
        List<string> faults = [];
        if (options.SealingKey is { Length: > 0 } key && !IsKey(key))
        {
            faults.Add("Secrets__SealingKey must be base64 of 32 bytes, or be left out. Make one with: openssl rand -base64 32");
        }

        if (options.VaultUri is { Length: > 0 } vault && !(Uri.TryCreate(vault, UriKind.Absolute, out var address) && address is { Scheme: "https", AbsolutePath: "/", Query: "" }))
        {
            faults.Add($"Secrets__VaultUri is '{vault}', which is no address of a vault. It looks like https://name.vault.azure.net/");
        }

        faults.AddRange(options.Retired.Index()
            .Where(retired => !IsKey(retired.Item))
            .Select(retired => $"Key {retired.Index + 1} of Secrets__RetiredKeys is not base64 of 32 bytes."));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static bool IsKey(string text)
    {
        Span<byte> bytes = stackalloc byte[SecretSealer.KeyBytes + 1];
        return Convert.TryFromBase64String(text, bytes, out var written) && written == SecretSealer.KeyBytes;
    }
}
