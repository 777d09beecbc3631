using AudienceSync.Fakes;

namespace AudienceSync.Segments;

/// <summary>What every store of segment sizes does: run on the fake and on the real table.</summary>
public abstract class SegmentSizesContract
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private protected abstract Task<ISegmentSizes> OpenAsync();

    [Fact]
    public async Task TryWrite_OldVersion_IsRefused()
    {
        var store = await OpenAsync();

        (await store.TryWriteAsync(Size("seg_1", 1), default)).ShouldBeTrue();
        (await store.TryWriteAsync(Size("seg_1", 2), default)).ShouldBeFalse("there is one already");
        var read = (await store.GetAsync("seg_1", default)).ShouldNotBeNull();
        (await store.TryWriteAsync(read.With(new(3, Noon, Noon.AddDays(1))), default)).ShouldBeTrue();
        (await store.TryWriteAsync(read.With(new(4, Noon, Noon.AddDays(2))), default)).ShouldBeFalse();

        (await store.GetAsync("seg_1", default)).ShouldNotBeNull().Counts.Select(count => count.Size).ShouldBe([1L, 3L]);
        (await store.GetAsync("seg_2", default)).ShouldBeNull();
    }

    [Fact]
    public async Task List_Sizes_AllOfThemUntilDeleted()
    {
        var store = await OpenAsync();
        await store.TryWriteAsync(Size("seg_2", 2), default);
        await store.TryWriteAsync(Size("seg_1", 1), default);

        (await store.ListAllAsync(default).Select(size => (size.SegmentId, size.Counts[0])).ToListAsync()).ShouldBe(
            [("seg_1", new(1, Noon, Noon)), ("seg_2", new(2, Noon, Noon))]);

        await store.DeleteAsync("seg_1", default);
        await store.DeleteAsync("seg_1", default);
        (await store.ListAllAsync(default).Select(size => size.SegmentId).ToListAsync()).ShouldBe(["seg_2"]);
    }

    [Fact]
    public async Task Note_CountAfterCount_KeepsTheLastOfEachDay()
    {
        var store = await OpenAsync();
        for (var hour = 0; hour < 24 * 20; hour += 6)
        {
            await store.NoteAsync("seg_1", new(hour, Noon.AddYears(-1), Noon.Date.AddHours(hour)), default);
        }

        (await store.GetAsync("seg_1", default)).ShouldNotBeNull().Counts.Select(count => count.Size)
            .ShouldBe(Enumerable.Range(6, 14).Select(day => (24L * day) + 18));
    }

    private static SegmentSize Size(string id, long size) => new(id, [new(size, Noon, Noon)]);
}

public sealed class MemorySegmentSizesTests : SegmentSizesContract
{
    private protected override Task<ISegmentSizes> OpenAsync() => Task.FromResult<ISegmentSizes>(new MemorySegmentSizes());
}
