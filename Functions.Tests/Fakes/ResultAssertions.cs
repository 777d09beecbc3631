using AudienceSync.Faults;

namespace AudienceSync.Fakes;

internal static class ResultAssertions
{
    extension<T>(Result<T> result)
    {
        public T ShouldBeOk() => result.Match(
            value => value,
            refusal => throw new ShouldAssertException($"Refused: {refusal.Code} {refusal.Detail} {string.Join(" | ", refusal.Faults)}"));

        public Refusal ShouldBeRefused(string code)
        {
            var refusal = result.Match(value => throw new ShouldAssertException($"Not refused, but {value}"), refusal => refusal);
            refusal.Code.ShouldBe(code);
            return refusal;
        }
    }
}
