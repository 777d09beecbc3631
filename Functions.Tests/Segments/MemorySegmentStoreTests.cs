using AudienceSync.Fakes;

namespace AudienceSync.Segments;

public sealed class MemorySegmentStoreTests : SegmentStoreContract
{
    private protected override Task<ISegmentStore> OpenAsync() => Task.FromResult<ISegmentStore>(new MemorySegmentStore());
}
