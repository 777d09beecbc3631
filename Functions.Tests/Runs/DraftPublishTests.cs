using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Drafts published beside runs.</summary>
public sealed class DraftPublishTests
{
    private const string NewRule = """{"attr":"orders","op":"gte","value":2}""";

    /// <summary>Whenever a draft is published, before, during or between the steps of a run: the run works on the old rules or on the new ones, whole, though its rule names the segment twice.</summary>
    [Fact]
    public async Task Publish_AtAnyMomentOfARun_NeverMakesAMix()
    {
        var (published, refused) = (0, 0);
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var engine = new EngineHarness(seed);
            engine.Shards.ShardBits = random.Next(3);
            for (var number = 0; number < 12; number++)
            {
                engine.Put(EngineHarness.Id(number), vip: number % 2 == 0, orders: number % 3);
            }

            var outer = (await engine.Segments.CreateAsync(
                JsonElement.Parse("""{"name":"Twice","rules":{"any":[{"all":[{"segment":"seg_1"},{"attr":"orders","op":"lt","value":1}]},{"all":[{"segment":"seg_1"},{"attr":"orders","op":"gte","value":1}]}]}}"""), default)).ShouldBeOk();
            await engine.ChangeAsync(destination => destination with { Source = new DestinationSource.OfSegment(outer.Id) });
            var drafts = engine.Drafts;
            (await drafts.PutAsync("seg_1", JsonElement.Parse($$"""{"rules":{{NewRule}}}"""), ETags.Any, default)).ShouldBeOk();

            var run = random.Next(5) > 0 ? await engine.StartAsync() : null;
            if (run is null)
            {
                // Between the look for runs and the write.
                engine.SegmentStore.BeforeWrite = () => (engine.SegmentStore.BeforeWrite, run) = (null, engine.StartAsync().Result);
            }

            var steps = random.Next(12);
            await engine.PumpAsync(async () => steps-- <= 0 || await engine.IsIdleAsync());
            var result = await drafts.PublishAsync("seg_1", ifMatch: null, default);
            var isPublished = result is Result<SegmentView>.Ok;
            if (result is Result<SegmentView>.Refused(var refusal))
            {
                refusal.Code.ShouldBe("run_active", $"seed {seed}");
                refusal.Extensions!["runId"]!.GetValue<string>().ShouldBe(run!.Id);
            }

            (published, refused) = isPublished ? (published + 1, refused) : (published, refused + 1);
            await engine.PumpAsync();

            string[] old = [.. Enumerable.Range(0, 12).Where(number => number % 2 == 0).Select(EngineHarness.Id)];
            string[] @new = [.. Enumerable.Range(0, 12).Where(number => number % 3 == 2).Select(EngineHarness.Id)];
            string[] list = [.. engine.Platform.List.Keys];
            (list.SequenceEqual(old) || list.SequenceEqual(@new)).ShouldBeTrue($"seed {seed}: {string.Join(' ', list)}");
            if (!isPublished)
            {
                list.ShouldBe(old, $"seed {seed}");
                (await drafts.PublishAsync("seg_1", ifMatch: null, default)).ShouldBeOk();
            }

            await engine.RunAsync();
            engine.Platform.List.Keys.ToArray().ShouldBe(@new, $"seed {seed}");
        }

        (published, refused).ShouldSatisfyAllConditions(counts => counts.published.ShouldBeGreaterThan(50), counts => counts.refused.ShouldBeGreaterThan(50));
    }

    /// <summary>Guards judge the run after a publication like any other.</summary>
    [Fact]
    public async Task Publish_RulesThatDropNearlyEveryone_HoldTheNextRun()
    {
        var engine = new EngineHarness();
        engine.PutMany(200);
        engine.Put("c-9999", orders: 9);
        await engine.ChangeAsync(destination => destination with { Guards = new() });
        await engine.RunAsync();
        var drafts = engine.Drafts;
        (await drafts.PutAsync("seg_1", JsonElement.Parse($$"""{"rules":{{NewRule}}}"""), ETags.Any, default)).ShouldBeOk();
        (await drafts.PublishAsync("seg_1", ifMatch: null, default)).ShouldBeOk();

        var run = await engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Held);
        engine.Platform.List.Count.ShouldBe(201);
    }
}
