namespace AudienceSync.Profiles.Attributes;

public sealed class DistinctSketchTests
{
    /// <summary>Counts around every bound of the two forms, and far beyond.</summary>
    private static readonly int[] Sizes = [257, 300, 500, 1_000, 2_000, 4_096, 8_000, 20_000, 50_000, 200_000];

    [Fact]
    public void Count_FewValues_IsExactHoweverOftenTheyCome()
    {
        var random = new Random(5);
        for (var seed = 0; seed < 1_000; seed++)
        {
            var hashes = Hashes(random, random.Next(0, DistinctSketch.MaxExact + 1));
            var sketch = new DistinctSketch();

            for (var repeat = 0; repeat < 3; repeat++)
            {
                random.Shuffle(hashes);
                sketch.Add(hashes);
            }

            (sketch.Count, sketch.IsExact).ShouldBe((hashes.Length, true));
        }
    }

    /// <summary>1,200 sets: the errors have the documented spread, no bias, and none is far out.</summary>
    [Fact]
    public void Count_ManyValues_IsWithinTheDocumentedError()
    {
        foreach (var size in Sizes)
        {
            var random = new Random(size);
            var rounds = size > 20_000 ? 40 : 140;
            var errors = new double[rounds];
            foreach (ref var error in errors.AsSpan())
            {
                var sketch = new DistinctSketch();
                sketch.Add(Hashes(random, size));
                sketch.IsExact.ShouldBeFalse();
                error = (sketch.Count - size) / (double)size;
            }

            var spread = Math.Sqrt(errors.Average(error => error * error));
            spread.ShouldBeLessThan(DistinctSketch.StandardError * (1 + (4 / Math.Sqrt(2 * rounds))), $"of {size}");
            Math.Abs(errors.Average()).ShouldBeLessThan(4 * DistinctSketch.StandardError / Math.Sqrt(rounds), $"of {size}");
            errors.Max(Math.Abs).ShouldBeLessThan(5 * DistinctSketch.StandardError, $"of {size}");
        }
    }

    /// <summary>However a set is cut into parts that overlap, in whatever order: the parts together are the whole, byte by byte.</summary>
    [Fact]
    public void Add_SketchesOfParts_IsTheSketchOfTheUnion()
    {
        var (exact, estimated) = (0, 0);
        for (var seed = 0; seed < 1_500; seed++)
        {
            var random = new Random(seed);
            var hashes = Hashes(random, random.Next(0, random.Next(2) == 0 ? 400 : 3_000));
            var whole = new DistinctSketch();
            whole.Add(hashes);
            var parts = Enumerable.Range(0, random.Next(1, 6)).Select(_ => new DistinctSketch()).ToArray();
            foreach (var hash in hashes)
            {
                for (var copies = random.Next(1, 3); copies > 0; copies--)
                {
                    parts[random.Next(parts.Length)].Add(hash);
                }
            }

            random.Shuffle(parts);
            var union = new DistinctSketch();
            foreach (var part in parts)
            {
                union.Add(DistinctSketch.FromBytes(part.ToBytes()));
            }

            union.ToBytes().ShouldBe(whole.ToBytes(), $"seed {seed}");
            union.Count.ShouldBe(whole.Count);
            _ = union.IsExact ? exact++ : estimated++;
        }

        exact.ShouldBeGreaterThan(200);
        estimated.ShouldBeGreaterThan(200);
    }

    [Fact]
    public void FromBytes_WhatNoSketchWrote_Throws()
    {
        Should.Throw<InvalidDataException>(() => DistinctSketch.FromBytes([]));
        Should.Throw<InvalidDataException>(() => DistinctSketch.FromBytes([0, 1, 2]));
        Should.Throw<InvalidDataException>(() => DistinctSketch.FromBytes([1, 1, 2]));
        Should.Throw<InvalidDataException>(() => DistinctSketch.FromBytes([7]));
        DistinctSketch.FromBytes(new DistinctSketch().ToBytes()).Count.ShouldBe(0);
    }

    private static ulong[] Hashes(Random random, int count)
    {
        var hashes = new HashSet<ulong>(count);
        while (hashes.Count < count)
        {
            hashes.Add((ulong)random.NextInt64(long.MinValue, long.MaxValue));
        }

        return [.. hashes];
    }
}
