using AudienceSync.Connections;
using AudienceSync.Destinations;

namespace AudienceSync.Fakes;

public sealed class MemoryConnectionStoreTests : ConnectionStoreContract
{
    protected override IConnectionStore Store { get; } = new MemoryConnectionStore();
}

public sealed class MemoryDestinationStoreTests : DestinationStoreContract
{
    protected override IDestinationStore Store { get; } = new MemoryDestinationStore();

    protected override IDestinationStateStore States { get; } = new MemoryDestinationStateStore();
}
