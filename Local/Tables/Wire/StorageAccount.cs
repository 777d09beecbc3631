namespace Azure.Data.Tables;

/// <summary>Where the tables of an account are and what opens them, from a connection string.</summary>
internal sealed record StorageAccount(Uri Endpoint, TableSharedKeyCredential? Key, string? SharedAccessSignature)
{
    private const string DevelopmentName = "devstoreaccount1";

    /// <summary>Public: every emulator has it (learn.microsoft.com/azure/storage/common/storage-use-azurite).</summary>
    private const string DevelopmentKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// <exception cref="ArgumentException">A part is missing or malformed; the message names it, never a value.</exception>
    public static StorageAccount Parse(string connectionString)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        var settings = Split(connectionString);
        if (settings.GetValueOrDefault("UseDevelopmentStorage") is "true")
        {
            var host = settings.GetValueOrDefault("DevelopmentStorageProxyUri")?.TrimEnd('/') ?? "http://127.0.0.1";
            return new(new($"{host}:10002/{DevelopmentName}"), new(DevelopmentName, DevelopmentKey), null);
        }

        var name = settings.GetValueOrDefault("AccountName");
        var explicitEndpoint = settings.GetValueOrDefault("TableEndpoint");
        var endpoint = explicitEndpoint is not null ? new Uri(explicitEndpoint)
            : name is not null && settings.TryGetValue("EndpointSuffix", out var suffix)
                ? new Uri($"{settings.GetValueOrDefault("DefaultEndpointsProtocol", "https")}://{name}.table.{suffix}")
                : throw new ArgumentException("The connection string needs TableEndpoint, or AccountName with EndpointSuffix.", nameof(connectionString));

        return (name, settings.GetValueOrDefault("AccountKey"), settings.GetValueOrDefault("SharedAccessSignature")) switch
        {
            ({ } account, { } key, _) => new(endpoint, new(account, key), null),
            (_, _, { } signature) => new(endpoint, null, signature.TrimStart('?')),
            _ => throw new ArgumentException("The connection string needs AccountName and AccountKey, or SharedAccessSignature.", nameof(connectionString)),
        };
    }

    /// <summary>The account's name: the first label of a host name, or the first part of the path where the host is an address, as with Azurite.</summary>
    public static string NameFrom(Uri endpoint) =>
        endpoint.HostNameType == UriHostNameType.Dns && !endpoint.IsLoopback
            ? endpoint.Host.Split('.')[0]
            : endpoint.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";

    private static Dictionary<string, string> Split(string connectionString)
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var equals))
            {
                throw new ArgumentException("Each part of the connection string is Name=value, parts are divided by ';'.", nameof(connectionString));
            }

            settings[part[..equals].Trim()] = part[(equals + 1)..].Trim();
        }

        return settings;
    }
}
