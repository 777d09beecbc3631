#nullable disable // as in the real package

using Azure.Core;

namespace Azure.Data.Tables;

/// <summary>Retries, transport and diagnostics of the clients (see <see cref="ClientOptions"/>), and the version of the service.</summary>
public partial class TableClientOptions : ClientOptions
{
    public TableClientOptions(ServiceVersion serviceVersion = ServiceVersion.V2020_12_06) => VersionString = serviceVersion switch
    {
        ServiceVersion.V2019_02_02 => "2019-02-02",
        ServiceVersion.V2020_12_06 => "2020-12-06",
        _ => throw new ArgumentOutOfRangeException(nameof(serviceVersion)),
    };

#pragma warning disable CA1707, CA1008 // the real names and values
    public enum ServiceVersion
    {
        V2019_02_02 = 1,
        V2020_12_06 = 2,
    }
#pragma warning restore CA1707, CA1008

    /// <summary>Default: the public cloud.</summary>
    public TableAudience? Audience { get; set; }

    internal string VersionString { get; }
}
