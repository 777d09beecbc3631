using AudienceSync.Journeys;

namespace AudienceSync.Fakes;

public sealed class MemoryJourneyStoreTests : JourneyStoreContract
{
    protected override IJourneyStore Store { get; } = new MemoryJourneyStore();
}
