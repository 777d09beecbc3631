using System.Globalization;
using AudienceSync.Http;

namespace AudienceSync.Erasures;

/// <summary>Says that erasures wait for a platform longer than they should.</summary>
public sealed class ErasureNotice(IErasureStore store, ErasureService service) : IReadinessNotice
{
    public string Name => "erasures";

    public async Task<string?> FindAsync(CancellationToken cancellationToken)
    {
        // The oldest come first.
        var late = await store.ListOpenIdsAsync(cancellationToken).TakeWhile(service.IsLate).CountAsync(cancellationToken);
        return late == 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{late} {(late == 1 ? "erasure is" : "erasures are")} not done after all this time: GET /api/v1/erasures?status=attention says which destinations have not accepted the removal.");
    }
}
