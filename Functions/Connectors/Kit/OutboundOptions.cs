using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace AudienceSync.Connectors.Kit;

/// <summary>Where calls to platforms may go, and how many at a time.</summary>
public sealed class OutboundOptions
{
    public const string Section = "Outbound";

    /// <summary>Loopback and private addresses may be called, these also over plain http. For local use only.</summary>
    /// <value>False. Link-local and metadata addresses are never called, whatever it says.</value>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>Open connections per host, 1 to 256; further calls wait.</summary>
    /// <value>16.</value>
    [Range(1, 256)]
    public int ConnectionsPerHost { get; set; } = 16;

    /// <summary>How long connecting (DNS, TCP, TLS) may take, 1 s to 1 min.</summary>
    /// <value>10 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);
}

[OptionsValidator]
internal sealed partial class OutboundOptionsValidator : IValidateOptions<OutboundOptions>;
