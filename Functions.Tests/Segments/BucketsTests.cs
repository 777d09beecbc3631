namespace AudienceSync.Segments;

public sealed class BucketsTests
{
    // Made with Python: int.from_bytes(hashlib.sha256((salt + ':' + id).encode()).digest()[:8], 'big') % 10000
    [Theory]
    [InlineData("spring", "c-1", 6489)]
    [InlineData("s", "profile-42", 2371)]
    [InlineData("Größe", "ü:1", 6583)]
    public void Of_KnownPairs_GivesThePublishedBucket(string salt, string id, int bucket) => Buckets.Of(salt, id).ShouldBe(bucket);

    [Fact]
    public void Of_IdLongerThanTheStackBuffer_StillHashesAllOfIt() =>
        Buckets.Of("s", new string('x', 5_000) + "a").ShouldNotBe(Buckets.Of("s", new string('x', 5_000) + "b"));

    [Fact]
    public void Of_ManyIds_FillsHalvesAndSaltsIndependently()
    {
        const int Ids = 20_000;
        var first = Enumerable.Range(0, Ids).Count(id => Buckets.Of("one", $"p-{id}") < 5_000);
        var both = Enumerable.Range(0, Ids).Count(id => Buckets.Of("one", $"p-{id}") < 5_000 && Buckets.Of("two", $"p-{id}") < 5_000);

        first.ShouldBeInRange(9_700, 10_300); // four standard deviations are 283
        both.ShouldBeInRange(4_750, 5_250); // four standard deviations are 245
    }
}
