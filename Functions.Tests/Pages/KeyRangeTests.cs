namespace AudienceSync.Pages;

public sealed class KeyRangeTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void OfShard_AllShards_TileAllKeys(int bits)
    {
        var next = 0UL;
        for (var shard = 0; shard < 1 << bits; shard++)
        {
            var range = KeyRange.OfShard(shard, bits);
            range.First.ShouldBe(next);
            range.Contains(range.First).ShouldBeTrue();
            range.Contains(range.Last).ShouldBeTrue();
            next = unchecked(range.Last + 1);
        }

        next.ShouldBe(0UL);
    }

    [Fact]
    public void Overlaps_TouchingAtOneKey_IsTrue()
    {
        new KeyRange(1, 5).Overlaps(new(5, 9)).ShouldBeTrue();
        new KeyRange(5, 9).Overlaps(new(1, 5)).ShouldBeTrue();
        new KeyRange(1, 5).Overlaps(new(6, 9)).ShouldBeFalse();
        new KeyRange(1, 9).Overlaps(new(4, 5)).ShouldBeTrue();
    }
}
