using Azure.Core.Serialization;

namespace Microsoft.Azure.Functions.Worker;

public class WorkerOptions
{
    /// <summary>Reads message bodies into records. Default: System.Text.Json, names without regard to case.</summary>
    public ObjectSerializer? Serializer { get; set; }

    public IDictionary<string, string> Capabilities { get; } = new Dictionary<string, string>
    {
        ["HandlesWorkerTerminateMessage"] = "true",
        ["HandlesInvocationCancelMessage"] = "true",
        ["IncludeEmptyEntriesInMessagePayload"] = "true",
        ["EnableUserCodeException"] = "true",
    };

    public bool IncludeEmptyEntriesInMessagePayload { get; set; } = true;
}
