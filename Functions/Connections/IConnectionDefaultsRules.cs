using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Connections;

/// <summary>Checks the destination defaults of a connection; what they mean is the business of destinations.</summary>
public interface IConnectionDefaultsRules
{
    /// <summary>Adds every fault of the defaults, with pointers below <paramref name="pointer"/>.</summary>
    void Check(JsonElement defaults, ConnectorDefinition connector, string pointer, ICollection<Fault> faults);
}
