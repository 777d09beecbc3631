using AudienceSync.Fakes;

namespace AudienceSync.Ids;

public sealed class NewIdTests
{
    private readonly ManualTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Create_ManyInOneMillisecond_SortAsTheyWereMade()
    {
        var ids = Enumerable.Range(0, 10_000).Select(_ => NewId.Create("run", _time)).ToList();

        ids.ShouldBe(ids.Order(StringComparer.Ordinal).Distinct());
        ids.ShouldAllBe(id => id.Length == 30 && NewId.TimeOf(id) == _time.GetUtcNow());
    }

    [Fact]
    public void Create_LaterMillisecond_SortsBehind()
    {
        var first = NewId.Create("run", _time);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        string.CompareOrdinal(first, NewId.Create("run", _time)).ShouldBeNegative();
    }
}
